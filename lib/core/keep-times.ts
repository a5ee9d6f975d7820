import type { ObservedContainer, ObservedTask } from './task.ts';
import { withoutUndefined } from './without-undefined.ts';

/**
 * A newer look at the same task, with the times of its containers as they were first seen: the provider has none of its own,
 * so that each look would tell another.
 */
export function keepTimes(before: ObservedTask | undefined, after: ObservedTask): ObservedTask {
  if (before?.arn !== after.arn) return after;
  const containers = after.containers.map((container) => {
    const first = before.containers.find(({ name }) => name === container.name);
    return first === undefined ? container : keepTimesOf(first, container);
  });
  return { ...after, containers };
}

function keepTimesOf(first: ObservedContainer, container: ObservedContainer): ObservedContainer {
  const startedAt = first.startedAt ?? container.startedAt;
  const finishedAt = container.state === 'stopped' ? (first.finishedAt ?? container.finishedAt) : undefined;
  return withoutUndefined({ ...container, startedAt, finishedAt });
}
