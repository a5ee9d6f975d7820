import type { PlantedBug } from './planted-bug.ts';

/** Bugs in how one invocation, or one deployment, hands the watch to the next. */
export const PLANTED_HAND_OVER_BUGS: Readonly<Record<string, PlantedBug>> = {
  'goes-on-without-slot': {
    breaks: 'a holder whose slot was taken holds its watch until its own time is over',
    replacements: [
      {
        file: 'lib/loop/sync-cluster.ts',
        find: 'onLost: () => stop.abort(),',
        by: 'onLost: () => undefined,',
      },
    ],
    rule: 'an invocation went on without the slot',
    weather: 'hand-over',
    foundWithin: 20,
  },
  'old-deployment-keeps-slot': {
    breaks: 'new code waits until the old holder has used up its time',
    replacements: [
      {
        file: 'lib/core/slot-rules.ts',
        find: 'return seen.deployId !== me.deployId && me.startedAt > seen.startedAt;',
        by: 'return false;',
      },
    ],
    rule: 'a deployment was not taken up',
    weather: 'hand-over',
    foundWithin: 20,
  },
  'successor-looks-at-nothing': {
    breaks: 'who takes over acts only on what the watch tells from then on',
    replacements: [{ file: 'lib/loop/sync-node.ts', find: 'this.#queueDue(view);', by: '' }],
    rule: 'a pod was not launched in time',
    weather: 'hand-over',
    foundWithin: 20,
  },
  'lease-left-to-the-other': {
    breaks:
      'heartbeat and holder each take a lease of three quarters of a minute for one that the other has just renewed',
    replacements: [
      {
        file: 'lib/loop/heartbeat.ts',
        find: 'if (age < HEARTBEAT.skipMs) return;',
        by: 'if (age < 45_000) return;',
      },
    ],
    rule: 'a lease grew too old',
    weather: 'hand-over',
    foundWithin: 20,
  },
};
