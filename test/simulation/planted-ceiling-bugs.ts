import type { PlantedBug } from './planted-bug.ts';

const ROOM = 'lib/loop/launch-room.ts';

/** Bugs in what may be used at a time. */
export const PLANTED_CEILING_BUGS: Readonly<Record<string, PlantedBug>> = {
  'unanswered-launch-is-free': {
    breaks: 'a claim whose launch may have started a task takes up nothing',
    replacements: [
      {
        file: 'lib/core/task-use.ts',
        find: 'return record.firstSentAt !== undefined;',
        by: 'return false;',
      },
    ],
    rule: 'a ceiling was exceeded',
    weather: 'ceilings',
    foundWithin: 60,
  },
  'launch-before-the-look': {
    breaks: 'a new holder launches before it has seen what is in use',
    replacements: [
      { file: ROOM, find: 'if (!this.#isKnown(entry)) {', by: 'if (false) {' },
      { file: ROOM, find: 'if (entry.accounts.length === 0) return false;', by: 'return false;' },
    ],
    rule: 'a ceiling was exceeded',
    weather: 'ceilings',
    foundWithin: 60,
  },
  'ended-task-keeps-room': {
    breaks: 'what a task took up is not free when it has stopped',
    replacements: [
      {
        file: 'lib/loop/ceiling-account.ts',
        find: 'this.#inUse = addUse(this.#inUse, use, sign);',
        by: 'if (sign === 1) this.#inUse = addUse(this.#inUse, use, sign);',
      },
    ],
    rule: 'a pod waits although there is room',
    weather: 'ceilings',
    foundWithin: 100,
  },
};
