import type { Instant, Pod, PodStatus } from '../../../lib/core/kubernetes.ts';
import type { PatchOutcome } from '../../../lib/ports/pods.ts';
import type { BenchWorld } from './bench-world.ts';
import type { MeteredCall } from './count-calls.ts';

/** What was written of pods so far. */
export interface PodTally {
  /** Status patches that the API server took. */
  patched: number;
  /** Of them, those that changed nothing. */
  idle: number;
  /** Patches that it refused: someone else was faster. */
  conflicts: number;
  removed: number;
  /** Pods of which Running was published, and when that was first. */
  readonly runningAt: ReadonlyMap<string, Instant>;
  /** From the delivery of the event RUNNING to the patch that says so, in milliseconds. */
  readonly eventToPatchMs: readonly number[];
}

/** Sorts what is written of pods from now on. */
export function tallyPods(world: Pick<BenchWorld, 'meter' | 'onDelivery'>): PodTally {
  const runningAt = new Map<string, Instant>();
  const toldAt = new Map<string, Instant>();
  const eventToPatchMs: number[] = [];
  const tally = { patched: 0, idle: 0, conflicts: 0, removed: 0, runningAt, eventToPatchMs };
  const sort = ({ args, answer, at }: MeteredCall): void => {
    const [before, status] = args as [Pod, Partial<PodStatus>];
    const outcome = answer as PatchOutcome | undefined;
    if (outcome?.kind !== 'patched') {
      tally.conflicts += 1;
      return;
    }
    tally.patched += 1;
    if (outcome.pod.metadata.resourceVersion === before.metadata.resourceVersion) tally.idle += 1;
    const name = `${before.metadata.namespace}/${before.metadata.name}`;
    if (status.phase !== 'Running' || runningAt.has(name)) return;
    runningAt.set(name, at);
    const told = toldAt.get(name);
    if (told !== undefined) eventToPatchMs.push(at - told);
  };
  world.meter.onCall((call) => {
    if (call.name === 'pods.patchStatus') sort(call);
    if (call.name === 'pods.remove') tally.removed += 1;
  });
  world.onDelivery(({ at, pod, status }) => {
    if (status === 'RUNNING' && pod !== undefined && !toldAt.has(pod)) toldAt.set(pod, at);
  });
  return tally;
}
