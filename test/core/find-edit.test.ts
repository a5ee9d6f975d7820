import { describe, expect, it } from 'vitest';
import { findEdit } from '../../lib/core/find-edit.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { aLaunch, aPod, aTask, seen, showing } from '../support/vocabulary.ts';

/** A running pod whose status shows the images that it was launched with. */
function running(...containers: readonly string[]): Pod {
  const task = aTask({ containers: containers.map((name) => seen(name)) });
  return showing(aPod({ containers }), aLaunch(task));
}
/** The same pod after someone has set the image of a container. */
const withImage = (pod: Pod, name: string, image: string): Pod => ({
  ...pod,
  spec: {
    ...pod.spec,
    containers: pod.spec.containers.map((container) =>
      container.name === name ? { ...container, image } : container,
    ),
  },
});

describe('an edit that a running task cannot follow', () => {
  it('names the container with the new image', () => {
    expect(findEdit(withImage(running('main'), 'main', 'registry.invalid/main:2'))).toEqual({
      kind: 'spec',
      message:
        'A running Fargate task keeps its images; the new image of main (registry.invalid/main:2) takes effect when the pod is restarted or replaced.',
    });
  });

  it('names every container with a new image, and no other', () => {
    const one = withImage(running('main', 'log', 'proxy'), 'main', 'a:2');
    const { message } = findEdit(withImage(one, 'proxy', 'b:2'));
    expect(message).toContain('the new image of main (a:2), proxy (b:2) takes effect');
    expect(message).not.toContain('log');
  });

  it('of resources says so when no image differs', () => {
    expect(findEdit(running('main'))).toEqual({
      kind: 'resize',
      message:
        'A Fargate task cannot be resized while it runs; the resize takes effect when the pod is restarted or replaced.',
    });
  });

  it('takes no image for new that was never shown', () => {
    const pod = withImage(aPod(), 'main', 'registry.invalid/main:2');
    expect(findEdit(pod).kind).toBe('resize');
    const blank = running('main');
    const statuses = blank.status!.containerStatuses!.map((status) => ({ ...status, image: '' }));
    const unshown = { ...blank, status: { ...blank.status, containerStatuses: statuses } };
    expect(findEdit(withImage(unshown, 'main', 'registry.invalid/main:2')).kind).toBe('resize');
  });

  it('is found by the name of the container, in whatever order statuses come', () => {
    const pod = running('main', 'log');
    const containerStatuses = [...pod.status!.containerStatuses!].reverse();
    expect(findEdit({ ...pod, status: { ...pod.status, containerStatuses } }).kind).toBe('resize');
  });
});
