// Compares what the control loop did with what it does, in words.
import type { HistoryAct, HistoryDocument } from '../../lib/history/history-document.ts';
import { LAUNCH } from '../../lib/core/record.ts';

const SECOND = 1000;
/** Calls took their time then, and take none now; a pass comes each 12 seconds. */
const WATCH_MS = 3 * SECOND;
const ECONOMY_MS = 14 * SECOND;
/** What only a sweep finds is found within five minutes and the look that follows. */
const SWEEP_MS = 5 * 60 * SECOND + LAUNCH.claimMs;
/** A status that is shown for a shorter time may be skipped by whoever is a little later. */
const PASSING_MS = 4 * SECOND;

/** Acts that are no decision about the pod: looks, what was learnt by them, and chores. */
const UNCOMPARED: ReadonlySet<string> = new Set([
  ...['taskSeen', 'taskMissing', 'taskAdopted', 'taskRecorded', 'describeTask', 'examineLoss', 'findTask'],
  ...['recover', 'clearFiles', 'strayStopped', 'probeTurned'],
]);

/** What is other now than then; empty: nothing is. */
export function compareActs(
  { acts, facts, settings, until }: HistoryDocument,
  now: readonly HistoryAct[],
  faults: readonly string[],
): readonly string[] {
  const tolerance = settings.mode === 'watch' ? WATCH_MS : ECONOMY_MS;
  const told = compare(decisionsIn(acts), decisionsIn(now), {
    toleranceMs: patienceFor(facts) ?? tolerance,
    until,
  });
  return [...faults, ...told];
}

/** How much later what only a sweep finds may be found; `undefined`: the history has nothing of that kind. */
export function patienceFor(facts: HistoryDocument['facts']): number | undefined {
  const isSwept = facts.some(
    (fact) => fact.kind === 'unknownTask' || (fact.kind === 'task' && fact.by === 'look'),
  );
  return isSwept ? SWEEP_MS : undefined;
}

interface Decision {
  readonly at: number;
  readonly words: string;
  /** A status that was soon another. */
  readonly isPassing: boolean;
}

function decisionsIn(acts: readonly HistoryAct[]): readonly Decision[] {
  const compared = acts.filter(({ act }) => !UNCOMPARED.has(act));
  const decisions = compared.map((act, index) => {
    const next = compared.slice(index + 1).find(({ shown }) => shown !== undefined);
    const isPassing = act.shown !== undefined && next !== undefined && next.at - act.at < PASSING_MS;
    return { at: act.at, words: sayAct(act), isPassing };
  });
  // Who publishes or asks again what already stands changes nothing.
  return decisions.filter(({ words }, index) => decisions[index - 1]?.words !== words);
}

function sayAct({ act, attempt, try: nth, cause, container, shown }: HistoryAct): string {
  const which =
    nth === undefined ? `${act} of attempt ${attempt}` : `${act} of attempt ${attempt}, try ${nth}`;
  const why = [cause, container].filter((one) => one !== undefined).join(' ');
  if (shown === undefined) return why === '' ? which : `${which} (${why})`;
  const states = Object.entries(shown.containers).map(([name, state]) => `${name} ${state}`);
  const words = [shown.phase, shown.reason, ...(shown.ready === true ? ['ready'] : [])];
  return `${which}, which shows ${words.filter((one) => one !== undefined).join(' ')}: ${states.join(', ')}`;
}

/** Both functions write what they did after it was done: what they do at once is told in either order. */
const AT_ONCE_MS = SECOND;

interface Differences {
  readonly missing: Decision[];
  readonly added: Decision[];
  readonly moved: string[];
}

/** What only one of the two has, and what came at another time. */
function compare(
  then: readonly Decision[],
  now: readonly Decision[],
  { toleranceMs, until }: { readonly toleranceMs: number; readonly until: number },
): readonly string[] {
  const { missing, added, moved } = align(then, now, toleranceMs);
  const swapped = new Set(
    missing.flatMap((before) => {
      const after = added.find(
        ({ words, at }) => words === before.words && Math.abs(at - before.at) <= AT_ONCE_MS,
      );
      return after === undefined ? [] : [before, after];
    }),
  );
  const isTold = (one: Decision): boolean => !one.isPassing && !swapped.has(one);
  return [
    ...moved,
    ...missing.filter(isTold).map(({ at, words }) => `missing, at ${sayTime(at)}: ${words}`),
    // What came then after the end of the document is not known.
    ...added
      .filter((one) => isTold(one) && one.at + toleranceMs <= until)
      .map(({ at, words }) => `not done then, at ${sayTime(at)}: ${words}`),
  ];
}

/** By the longest sequence that both have. */
function align(then: readonly Decision[], now: readonly Decision[], toleranceMs: number): Differences {
  const told: Differences = { missing: [], added: [], moved: [] };
  const common = tableOf(then, now);
  let [i, j] = [0, 0];
  for (;;) {
    const [before, after] = [then[i], now[j]];
    if (before === undefined) return { ...told, added: [...told.added, ...now.slice(j)] };
    if (after === undefined) return { ...told, missing: [...told.missing, ...then.slice(i)] };
    if (before.words === after.words) {
      if (Math.abs(before.at - after.at) > toleranceMs)
        told.moved.push(`at ${sayTime(after.at)} instead of ${sayTime(before.at)}: ${after.words}`);
      i += 1;
      j += 1;
    } else if (isLongerWithout(common, i, j)) {
      told.missing.push(before);
      i += 1;
    } else {
      told.added.push(after);
      j += 1;
    }
  }
}

/** Whether more is common when the decision of then is left out than when that of now is. */
function isLongerWithout(common: readonly (readonly number[])[], i: number, j: number): boolean {
  return (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0);
}

/** How many decisions the rests have in common, from each place on. */
function tableOf(then: readonly Decision[], now: readonly Decision[]): number[][] {
  const table = Array.from({ length: then.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let i = then.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      table[i]![j] =
        then[i]?.words === now[j]?.words
          ? (table[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(table[i + 1]?.[j] ?? 0, table[i]?.[j + 1] ?? 0);
  return table;
}

function sayTime(at: number): string {
  return `${at < 0 ? '-' : '+'}${(Math.abs(at) / SECOND).toFixed(1)} s`;
}
