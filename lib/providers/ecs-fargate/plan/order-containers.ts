import type { ContainerDependency } from '@aws-sdk/client-ecs';
import type { Container, PodSpec } from '../../../core/kubernetes.ts';
import { isSidecar } from '../support/choose-helpers.ts';
import { HELPERS } from './plan-types.ts';

/**
 * What each container of a pod waits for, by its name: an init container for the writer or the init container before it, and
 * for every sidecar before it; an app container for the last init container (or the writer) and for every sidecar. ECS stops
 * containers in the reverse order, so sidecars end after the app containers, the last one first, as with the kubelet.
 */
export function orderContainers(
  { initContainers = [], containers }: PodSpec,
  hasWriter: boolean,
): ReadonlyMap<string, readonly ContainerDependency[]> {
  const order = new Map<string, readonly ContainerDependency[]>();
  let finished: readonly ContainerDependency[] = hasWriter
    ? [{ containerName: HELPERS.writer, condition: 'SUCCESS' }]
    : [];
  const sidecars: ContainerDependency[] = [];
  for (const container of initContainers) {
    order.set(container.name, [...finished, ...sidecars]);
    if (isSidecar(container))
      sidecars.push({ containerName: container.name, condition: readyWhen(container) });
    else finished = [{ containerName: container.name, condition: 'SUCCESS' }];
  }
  for (const { name } of containers) order.set(name, [...finished, ...sidecars]);
  return order;
}

/** A sidecar has started once its startup probe says so; ECS can wait only for what runs inside the container. */
function readyWhen({ startupProbe }: Container): 'HEALTHY' | 'START' {
  return startupProbe?.exec === undefined ? 'START' : 'HEALTHY';
}
