import type { Drivable } from '../../local/aws/drive-models.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Keeps models going on virtual time. */
export interface VirtualDriver {
  /** Does what is due now and plans the next look: call it after everything that changes a model. */
  readonly touch: () => void;
  add(one: Drivable): void;
}

/** A driver of models that does at each instant what is due then. */
export function driveOnClock(clock: VirtualClock): VirtualDriver {
  const all: Drivable[] = [];
  let planned = Infinity;
  let running = false;
  const look = (): void => {
    planned = Infinity;
    touch();
  };
  const touch = (): void => {
    if (running) return;
    running = true;
    try {
      runDue(all, clock.now());
    } finally {
      running = false;
    }
    const next = nextOf(all);
    if (next >= planned) return;
    planned = next;
    clock.at(next, look);
  };
  return {
    touch,
    add: (one) => {
      all.push(one);
      touch();
    },
  };
}

function runDue(all: readonly Drivable[], now: number): void {
  for (;;) {
    const due = all.filter((one) => (one.nextDue() ?? Infinity) <= now);
    if (due.length === 0) return;
    for (const one of due) one.advance(now);
  }
}

function nextOf(all: readonly Drivable[]): number {
  return Math.min(Infinity, ...all.map((one) => one.nextDue() ?? Infinity));
}
