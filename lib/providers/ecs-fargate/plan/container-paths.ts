import type { Container, PodSpec } from '../../../core/kubernetes.ts';

/** Every container of a pod with its place in the manifest, in the order in which they start: init containers first. */
export function containerPaths({
  initContainers = [],
  containers,
}: PodSpec): readonly { readonly container: Container; readonly path: string }[] {
  return [
    ...initContainers.map((container, index) => ({ container, path: `spec.initContainers[${index}]` })),
    ...containers.map((container, index) => ({ container, path: `spec.containers[${index}]` })),
  ];
}
