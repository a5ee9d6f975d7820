import type { Pod } from './kubernetes.ts';
import type { PodEdit } from './record.ts';

/** What Kubernetes lets a user edit of a bound pod and a task cannot follow is its images and, by a resize, its resources. */
const WAY_OUT = 'takes effect when the pod is restarted or replaced';

/** The edit of a pod whose spec is no longer what its task was made from. Images that run are those that the status shows. */
export function findEdit(pod: Pod): Omit<PodEdit, 'attempt'> {
  const images = pod.spec.containers.flatMap(({ name, image }) => {
    const shown = pod.status?.containerStatuses?.find((status) => status.name === name)?.image;
    return shown === undefined || shown === '' || shown === image ? [] : [`${name} (${image})`];
  });
  if (images.length === 0)
    return {
      kind: 'resize',
      message: `A Fargate task cannot be resized while it runs; the resize ${WAY_OUT}.`,
    };
  return {
    kind: 'spec',
    message: `A running Fargate task keeps its images; the new image of ${images.join(', ')} ${WAY_OUT}.`,
  };
}
