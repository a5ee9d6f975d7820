// What every rehearsal asks of its stage.
import { expect } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { isLive } from '../simulation/true-tasks.ts';
import type { Stage } from './stage/stage.ts';

/** That many pods are there, and all of them Ready. Returns after how many seconds. */
export function allRun(stage: Stage, count: number, withinS = 300): Promise<number> {
  const { pods, isReady } = stage;
  return stage.until(
    `${count} pods are Ready`,
    () => pods().length === count && pods().every(isReady),
    withinS,
  );
}

/** No pod ever had two tasks; each that lives has one, and each task that lives has its pod. */
export function expectUnharmed({ account, living, liveTasks }: Stage): void {
  expect(account.doubles, 'pods with two live tasks').toEqual([]);
  const uids = living().map(({ metadata }) => metadata.uid);
  const owners = liveTasks().map(({ uid }) => uid);
  expect(owners.sort(), 'one task for each pod').toEqual(uids.sort());
}

/** The pods of one Deployment. */
export function podsOf({ pods }: Stage, deployment: string): readonly Pod[] {
  return pods().filter(({ metadata }) => metadata.labels?.['app'] === deployment);
}

/** How often the only pod of a Deployment was restarted. */
export function restartsOf(stage: Stage, deployment: string): number {
  return podsOf(stage, deployment)[0]?.status?.containerStatuses?.[0]?.restartCount ?? 0;
}

/** The tasks of these pods that live. */
export function tasksOf({ account }: Stage, pods: readonly Pod[]): readonly string[] {
  return pods.flatMap(({ metadata }) =>
    account.tasks
      .of(metadata.uid)
      .filter(isLive)
      .map(({ arn }) => arn),
  );
}

/** The spec of pods that run on that virtual node only. */
export function onNode(node: string): object {
  return { nodeSelector: { 'kubernetes.io/hostname': node } };
}

const IMAGE = 'public.ecr.aws/docker/library/busybox:1.37';

/** The spec of pods whose container fails after so many seconds, every time. */
export function crashing(seconds: number): object {
  return { containers: [{ name: 'main', image: IMAGE, command: ['sh', '-c', `sleep ${seconds}; exit 3`] }] };
}

/** The spec of pods that are done after so many seconds. */
export function ending(seconds: number): object {
  const containers = [{ name: 'main', image: IMAGE, command: ['sh', '-c', `sleep ${seconds}; exit 0`] }];
  return { restartPolicy: 'Never', containers };
}

/** Everything that the functions complained about since then, as text. */
export function complaintsSince({ telemetry }: Stage, since: number): string {
  return telemetry.complaints
    .filter(({ at }) => at >= since)
    .map(({ text }) => text)
    .join('\n');
}
