import type { ContainerDependency } from '@aws-sdk/client-ecs';
import type { Container, PodSpec } from '../../../core/kubernetes.ts';
import { healthCheckKind } from '../../../core/plan-probes.ts';
import { sameJson } from '../../../core/same-json.ts';
import type { FieldFault } from '../../../ports/provider.ts';
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

/**
 * A sidecar has started once its startup probe says so; ECS can wait only for its health check. Where that is a readiness probe that asks
 * something else, nothing may wait for it: a sidecar that gets ready only when the app answers would hold up the app for ever.
 */
function readyWhen(container: Container): 'HEALTHY' | 'START' {
  const { startupProbe, readinessProbe } = container;
  if (startupProbe?.exec === undefined) return 'START';
  const asksOther =
    healthCheckKind(container) === 'readiness' && !sameJson(startupProbe.exec, readinessProbe?.exec);
  return asksOther ? 'START' : 'HEALTHY';
}

/** Sidecars with a startup probe that nothing waits for. */
export function unawaitedSidecars({ initContainers = [] }: PodSpec): readonly FieldFault[] {
  return initContainers.flatMap((container, index) => {
    const { startupProbe } = container;
    if (!isSidecar(container) || startupProbe === undefined || readyWhen(container) === 'HEALTHY') return [];
    const way =
      startupProbe.exec === undefined
        ? 'use an `exec` probe'
        : 'leave the readiness probe out, or give it the command of this one';
    const note = `The containers after this sidecar start as soon as it runs: Fargate waits only for the one health check inside a container. Let them try again, or ${way}.`;
    return [{ path: `spec.initContainers[${index}].startupProbe`, note }];
  });
}
