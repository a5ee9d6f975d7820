// Records the histories of test/simulation/histories: `node test/simulation/record-histories.ts`. Each is the life of one pod in a run of the
// simulation in which nothing is wrong but what the history is about, exported as `lambdalet history --export` does it.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exportHistory } from '../../lib/history/export-history.ts';
import type { HistoryDocument } from '../../lib/history/history-document.ts';
import { readTransition, type TransitionLine } from '../../lib/history/read-line.ts';
import { actsIn } from '../../lib/history/tell-history.ts';
import type { Behaviour, Deed, PodWish } from './deeds.ts';
import type { Plan } from './draw-plan.ts';
import { runPlan } from './run-plan.ts';
import { createChance } from './chance.ts';
import { drawWeather } from './weathers.ts';
import { START } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** By then the Node is old enough for a task to be declared lost. */
const BIRTH = 11 * MINUTE;
const NAME = 'recorded';

/** One life: of which pod, and what happens to it, milliseconds after its birth. */
interface Life {
  readonly pod: PodWish;
  readonly deeds: readonly Deed[];
  /** What comes later is left out. */
  readonly untilMs: number;
}

const runs: Behaviour = { kind: 'runs', onTerm: 'obeys' };
const exits = (code: number, afterSeconds: number): Behaviour => ({ kind: 'exits', code, afterSeconds });
const aPod = (policy: PodWish['policy'], ...containers: readonly Behaviour[]): PodWish => ({
  ...{ policy, containers, graceSeconds: 20 },
});

const LIVES: Readonly<Record<string, Life>> = {
  'job-succeeds': { pod: aPod('Never', exits(0, 30)), deeds: [], untilMs: 5 * MINUTE },
  'crash-loop': { pod: aPod('Always', exits(3, 2)), deeds: [], untilMs: 100 * SECOND },
  'quota-then-launched': {
    pod: aPod('Always', runs),
    deeds: [{ at: -SECOND, kind: 'exhaustQuota', forMs: 80 * SECOND }],
    untilMs: 5 * MINUTE,
  },
  'spot-interruption': {
    pod: aPod('Always', runs),
    deeds: [{ at: 60 * SECOND, kind: 'strikeTask', name: NAME, blow: 'interruptSpot' }],
    untilMs: 6 * MINUTE,
  },
  'graceful-delete': {
    pod: aPod('Always', { kind: 'runs', onTerm: 'exits0' }),
    deeds: [{ at: 60 * SECOND, kind: 'deletePod', name: NAME }],
    untilMs: 5 * MINUTE,
  },
  'forced-delete': {
    pod: aPod('Always', runs),
    deeds: [{ at: 60 * SECOND, kind: 'deletePod', name: NAME, graceSeconds: 0 }],
    untilMs: 5 * MINUTE,
  },
  'lost-task': {
    pod: aPod('Never', runs),
    deeds: [{ at: 60 * SECOND, kind: 'strikeTask', name: NAME, blow: 'forget' }],
    untilMs: 10 * MINUTE,
  },
};

function planOf({ pod, deeds }: Life): Plan {
  const calm = drawWeather(createChance(1, 'histories'), 'mixed');
  const all: readonly Deed[] = [
    { at: BIRTH, kind: 'createPod', name: NAME, pod },
    ...deeds.map((deed) => ({ ...deed, at: BIRTH + deed.at })),
  ];
  return {
    ...{
      seed: 1,
      calmAt: BIRTH + 11 * MINUTE,
      mode: 'watch',
      version: 'new',
      missingMs: 0,
      slowCloud: false,
    },
    ...{ nodes: 1, networkProbes: false, cureAfterMs: 0, visibilityMs: 6 * MINUTE, bounds: undefined },
    weather: { ...calm, slowness: 0, skewMs: 0, beats: true, handsOver: false, kinds: {}, fates: {} },
    deeds: all.toSorted((one, other) => one.at - other.at),
  };
}

/** The life as a document. */
async function recordLife(life: Life): Promise<HistoryDocument> {
  const lines: TransitionLine[] = [];
  const { violation } = await runPlan(planOf(life), 'none', (by, at, message, fields) => {
    if (at > START + BIRTH + life.untilMs) return;
    const text = JSON.stringify({ ...fields, message, service: by, timestamp: new Date(at).toISOString() });
    const line = readTransition({ id: String(lines.length), at, text });
    if (line?.pod === NAME) lines.push(line);
  });
  if (violation !== undefined) throw new Error(`${violation.rule}: ${violation.words}`);
  const acts = actsIn({
    lines: {
      'pod-sync': { kind: 'known', value: lines },
      'task-events': { kind: 'known', value: [] },
      'node-teardown': { kind: 'known', value: [] },
    },
  });
  const until = START + BIRTH + life.untilMs;
  return exportHistory(acts, { mode: 'watch', podsReady: true }, undefined, until);
}

for (const [name, life] of Object.entries(LIVES)) {
  const file = fileURLToPath(new URL(`histories/${name}.json`, import.meta.url));
  writeFileSync(file, `${JSON.stringify(await recordLife(life), null, 2)}\n`);
  console.log(`wrote ${name}`);
}
