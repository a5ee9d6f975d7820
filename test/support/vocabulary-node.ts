// The node lifecycle controller of kube-controller-manager and the triggers of the heartbeat, as far as a node's life hangs on
// them.
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { LoopWorld } from './vocabulary-loop.ts';
import { SECOND } from './vocabulary.ts';

/** `--node-monitor-period` and the shorter `--node-monitor-grace-period` (50 s from Kubernetes 1.32). */
export const CONTROLLER = { periodMs: 5 * SECOND, graceMs: 40 * SECOND } as const;

/** Watches one node as the controller does. */
export interface NodeController {
  /** One round of `monitorNodeHealth`. */
  check(): void;
  /** When it called the node Unknown, each time. */
  readonly unknownAt: readonly Instant[];
  /** The longest time that it saw no sign of life, in milliseconds. */
  readonly longestSilence: number;
}

/**
 * It never reads the times that the node writes: it notes by its own clock when it *saw* the lease's renewTime or the heartbeat
 * of Ready change, and calls the node Unknown when the last such moment is longer ago than the grace.
 */
export function createNodeController({ clock, kubernetes }: LoopWorld, node = 'node-1'): NodeController {
  const { controls } = kubernetes;
  const unknownAt: Instant[] = [];
  let seen = '';
  let probedAt = clock.now();
  let longest = 0;
  return {
    unknownAt,
    get longestSilence() {
      return longest;
    },
    check: () => {
      const ready = controls.nodeOf(node)?.status?.conditions?.find(({ type }) => type === 'Ready');
      const signs = JSON.stringify([controls.leaseOf(node)?.spec?.renewTime, ready?.lastHeartbeatTime]);
      longest = Math.max(longest, clock.now() - probedAt);
      if (signs !== seen) [seen, probedAt] = [signs, clock.now()];
      if (clock.now() - probedAt <= CONTROLLER.graceMs || ready?.status === 'Unknown') return;
      unknownAt.push(clock.now());
      controls.flapNode(node);
    },
  };
}

/** The delays of the messages of one schedule fire: one batch covers nearly two minutes. */
const BATCH: readonly number[] = Array.from({ length: 10 }, (_, index) => index * 12 * SECOND);

/** When each message of the schedule arrives: one fire a minute, that many seconds late, each message by its own latency. */
export function arrivalsOf(
  start: Instant,
  fires: readonly { readonly lateSeconds: number; readonly isMissed?: boolean }[],
  latencyOf: (message: number) => number,
): Instant[] {
  const arrivals = fires.flatMap(({ lateSeconds, isMissed = false }, minute) =>
    isMissed
      ? []
      : BATCH.map(
          (delay, index) =>
            start + (minute * 60 + lateSeconds) * SECOND + delay + latencyOf(minute * 10 + index),
        ),
  );
  return arrivals.sort((one, other) => one - other);
}

/** Runs things at their times, whatever they wait for, until `end`. */
export async function runSchedule(
  { clock }: LoopWorld,
  things: readonly { readonly at: Instant; readonly run: () => unknown }[],
  end: Instant,
): Promise<void> {
  for (const { at, run } of [...things].sort((one, other) => one.at - other.at)) {
    if (at > end) break;
    await clock.advance(at - clock.now());
    void run();
  }
  await clock.advance(Math.max(0, end - clock.now()));
}
