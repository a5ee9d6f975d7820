// The words of tests about what is lost and found again: pods that run, records and tasks that go missing, and sweeps.
import { toTime } from '../../lib/core/kubernetes.ts';
import type { FoundTask } from '../../lib/core/task.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import type { NewPod } from '../memory/memory-pods.ts';
import type { LoopWorld } from './vocabulary-loop.ts';
import { MINUTE, SECOND } from './vocabulary.ts';

/** The node is there, and old enough that what is missing on it may be believed. */
export async function settleNode(world: LoopWorld): Promise<void> {
  await beatNodes(world.deps);
  await world.clock.advance(10 * MINUTE);
}

/** So many pods named `web-0`, `web-1`, .. (one is named `web`), all running and published by passes. */
export async function runPods(
  world: LoopWorld,
  count: number,
  pod: Partial<NewPod> = {},
): Promise<readonly FoundTask[]> {
  const names = count === 1 ? ['web'] : Array.from({ length: count }, (_, index) => `web-${index}`);
  const before = world.provider.tasks().length;
  for (const name of names) world.bind({ ...pod, name });
  await world.pass();
  const tasks = world.provider.tasks().slice(before);
  for (const { task } of tasks) await world.tell(world.provider.start(task.arn));
  return tasks;
}

/** The record is gone from the table, as with a table that was restored or an item that someone deleted. */
export async function loseRecord(world: LoopWorld, name = 'web'): Promise<void> {
  const record = world.record(name);
  if (record === undefined) throw new Error(`there is no record of pod ${name}`);
  const expiresAt = world.clock.now();
  world.records.put({ ...record, state: 'ended', expiresAt: Math.ceil(expiresAt / SECOND) * SECOND });
  await world.records.forget(record.node, record.uid, expiresAt);
  if (world.record(name) !== undefined) throw new Error(`the record of pod ${name} is still there`);
}

/** The next pass, late enough that it is a sweep. */
export async function sweep(world: LoopWorld): Promise<void> {
  await world.clock.advance(5 * MINUTE - 12 * SECOND);
  await world.pass();
}

/** The provider does not know these tasks when asked by name; `known` makes that right again. */
export function hideTasks(world: LoopWorld, tasks: readonly FoundTask[]): { readonly known: () => void } {
  for (const { task } of tasks) world.provider.overlook(task.arn, { described: 'missing' });
  return {
    known: () => {
      for (const { task } of tasks) world.provider.overlook(task.arn, {});
    },
  };
}

/** The tasks that were asked to stop. */
export const stopsOf = ({ provider }: LoopWorld): string[] =>
  provider.calls.flatMap((call) => (call.method === 'stop' ? [call.taskArn] : []));

/** The message of an event, as the dead letter queue keeps it. */
export function letterOf(found: FoundTask, now: number): string {
  const { task, owner, taskDefinition } = found;
  return JSON.stringify({
    version: '0',
    id: `event-${task.arn}`,
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: '111122223333',
    time: toTime(now),
    region: 'eu-west-1',
    resources: [task.arn],
    detail: {
      taskArn: task.arn,
      clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/demo',
      taskDefinitionArn: taskDefinition ?? 'unknown',
      lastStatus: task.state.toUpperCase(),
      desiredStatus: 'RUNNING',
      version: task.version,
      containers: [],
      found: { task, owner, taskDefinition },
    },
  });
}
