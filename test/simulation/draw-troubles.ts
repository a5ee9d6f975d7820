import type { Chance } from './chance.ts';
import type { Blow, Deed, Fate, GatedPort, Strike } from './deeds.ts';
import { INPUT_NAMES } from './inputs.ts';
import type { Trouble, Weather } from './weathers.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What troubles are drawn around. */
export interface Surroundings {
  readonly names: readonly string[];
  /** When users do something. */
  readonly times: readonly number[];
  /** When they create pods. */
  readonly births: readonly number[];
  /** All pods have one task definition. */
  readonly sharesShape: boolean;
  readonly calmAt: number;
}

/** The troubles of a run: those that belong to its weather, and those that it rains. */
export function drawTroubles(chance: Chance, weather: Weather, around: Surroundings): readonly Deed[] {
  const { names, times, calmAt } = around;
  const rained = Array.from({ length: chance.between(...weather.troubles) }, () =>
    drawTrouble(chance, weather, { names, at: drawTime(chance, times, calmAt) }),
  );
  return [...rained, ...fixedDeeds(chance, weather, around)];
}

/** Troubles that make the weather what it is: they have to come together to matter. */
function fixedDeeds(chance: Chance, { name }: Weather, around: Surroundings): readonly Deed[] {
  const { names, calmAt, times, births, sharesShape } = around;
  switch (name) {
    case 'teardown':
      return [{ at: Math.floor(chance.pick([calmAt - 1, calmAt / 2, calmAt / 3])), kind: 'tearDown' }];
    case 'long sleep':
      return sleepDeeds(chance, calmAt);
    case 'unruly events':
      return chance.happens(0.5) ? lateEchoes(chance, calmAt) : [];
    case 'races':
      return chance.happens(0.6) ? staleClaim(chance, chance.pick(times)) : [];
    case 'fickle cloud':
      return sharesShape ? unansweredThenRefused(births) : [];
    case 'lost table':
      return chance.happens(0.4) ? nobodysTask(chance, chance.pick(names), chance.pick(times)) : [];
  }
  return [];
}

/** Launches are never answered and nobody tells what became of them, for longer than ECS remembers tasks and tokens. */
function sleepDeeds(chance: Chance, calmAt: number): readonly Deed[] {
  const at = chance.between(35 * SECOND, 75 * SECOND);
  const launch = { port: 'ecs', method: 'RunTask', calls: 1000, forMs: calmAt } as const;
  return [
    { at: 20 * SECOND, kind: 'strike', strike: { ...launch, fate: { kind: 'losesAnswer' } } },
    { at: 20 * SECOND, kind: 'sendEvents', how: 'never', count: chance.pick([4, 200, 200, 200]), ms: 0 },
    { at, kind: 'withholdTriggers', forMs: calmAt - at },
  ];
}

/** Launches take long, so that events of the attempt before come while the next one is claimed. */
function lateEchoes(chance: Chance, calmAt: number): readonly Deed[] {
  const launch = { port: 'ecs', method: 'RunTask', calls: 1000, forMs: calmAt } as const;
  const echoes = Array.from({ length: 12 }, (): Deed => ({
    ...{ at: chance.between(0, calmAt - 1), kind: 'sendEvents', how: 'twice' },
    ...{ count: 4, ms: chance.between(9 * SECOND, 20 * SECOND) },
  }));
  return [
    { at: 0, kind: 'strike', strike: { ...launch, fate: { kind: 'isSlow', ms: 9 * SECOND } } },
    ...echoes,
  ];
}

/** A launch is not answered and its task tells nothing; the next send is refused, which proves nothing about the first. */
function unansweredThenRefused(births: readonly number[]): readonly Deed[] {
  const at = Math.max(0, Math.max(...births) - 200);
  const launch = { port: 'ecs', method: 'RunTask', calls: 1, forMs: 4 * MINUTE } as const;
  return [
    { at, kind: 'strike', strike: { ...launch, fate: { kind: 'losesAnswer' } } },
    { at: at + 1, kind: 'strike', strike: { ...launch, fate: { kind: 'fails', as: 'auth' } } },
    { at, kind: 'sendEvents', how: 'never', count: 10, ms: 0 },
  ];
}

/** The table is lost and the pod is gone just after its launch, too early for the lists of ECS. */
function nobodysTask(chance: Chance, name: string, born: number): readonly Deed[] {
  const at = born + chance.between(500, 4000);
  return [
    { at, kind: 'clearTable' },
    { at: at + 100, kind: 'deletePod', name, graceSeconds: 0 },
    { at: at + 200, kind: 'invoke', what: 'pod-sync', times: 1 },
  ];
}

/** A holder sees a new pod, stands still, and goes on when another has taken over and its launch was refused at first. */
function staleClaim(chance: Chance, born: number): readonly Deed[] {
  const at = Math.max(0, born - 200);
  const look = {
    port: 'records',
    method: chance.pick(['get', 'getMany', 'write']),
    by: 'pod-sync',
    calls: 1,
    forMs: MINUTE,
  } as const;
  const fate = { kind: 'freezes', ms: chance.between(40, 130) * SECOND } as const;
  return [
    { at, kind: 'strike', strike: { ...look, fate } },
    { at, kind: 'exhaustCapacity', forMs: chance.between(35, 80) * SECOND },
  ];
}

/** Troubles gather where something goes on. */
function drawTime(chance: Chance, times: readonly number[], calmAt: number): number {
  const near = chance.happens(0.65) ? chance.pick(times) + chance.between(0, 40 * SECOND) : undefined;
  return Math.min(near ?? chance.between(0, calmAt), calmAt - 1);
}

interface Aim {
  readonly names: readonly string[];
  readonly at: number;
}

const BLOWS: readonly Blow[] = [
  'forget',
  'interruptSpot',
  'retire',
  'failHost',
  'personStops',
  'killForMemory',
];

function drawTrouble(chance: Chance, weather: Weather, { names, at }: Aim): Deed {
  const kind: Trouble = chance.weigh(weather.kinds);
  const minutes = (least: number, most: number): number => chance.between(least * MINUTE, most * MINUTE);
  switch (kind) {
    case 'strike':
      return { at, kind, strike: drawStrike(chance, weather) };
    case 'sendEvents':
      return {
        ...{
          at,
          kind,
          how: chance.pick(['never', 'twice', 'late']),
          count: chance.pick([1, 1, 2, 3, 8, 25]),
        },
        ms: chance.pick([0, 500, 5 * SECOND, 40 * SECOND, 5 * MINUTE]),
      };
    case 'invoke':
      return {
        at,
        kind,
        what: weather.beats && chance.happens(0.3) ? 'node-heartbeat' : 'pod-sync',
        times: chance.between(1, 3),
      };
    case 'withholdTriggers':
      return { at, kind, forMs: minutes(1, 6) };
    case 'deploy':
      return { at, kind, version: chance.pick(['new', 'old']), mode: chance.pick(['watch', 'economy']) };
    case 'hidePods':
    case 'hideTasks':
    case 'hideRecords':
      return { at, kind, share: chance.pick([0.3, 1, 1]), forMs: minutes(0.2, 8) };
    case 'swapCluster':
    case 'exhaustCapacity':
    case 'exhaustQuota':
      return { at, kind, forMs: minutes(0.2, 4) };
    case 'jumpClock':
      return { at, kind, ms: minutes(1, 10) };
    case 'restoreTable':
      return { at, kind, agoMs: minutes(0.5, 12) };
    case 'removeInput':
    case 'forbidInputs': {
      const what = chance.pick(['ConfigMap', 'Secret'] as const);
      return kind === 'removeInput'
        ? { at, kind, what, name: chance.pick(INPUT_NAMES) }
        : { at, kind, what, forMs: minutes(0.2, 4) };
    }
    case 'spoilFiles':
      return { at, kind, forMs: minutes(0.2, 3) };
    case 'sicken':
      return { at, kind, name: chance.pick(names), ailment: chance.pick(['liveness', 'readiness']) };
    case 'strikeTask':
      return { at, kind, name: chance.pick(names), blow: chance.pick(BLOWS) };
    case 'emptyBucket':
    case 'loseSecrets':
    case 'restartApiServer':
    case 'compact':
    case 'deleteNode':
    case 'flapNode':
    case 'clearTable':
    case 'runStranger':
    case 'tearDown':
      return { at, kind };
  }
}

/** The calls that matter most, by port: strikes that aim at one method mostly aim at these. */
const METHODS: Readonly<Partial<Record<GatedPort, readonly string[]>>> = {
  pods: ['patchStatus', 'remove', 'get', 'list', 'watch'],
  records: ['write', 'write', 'get', 'getMany', 'list'],
  s3: ['PutObject', 'PutObject', 'ListObjectsV2', 'DeleteObjects'],
  ecs: ['RunTask', 'RunTask', 'StopTask', 'DescribeTasks', 'ListTasks', 'RegisterTaskDefinition'],
  slot: ['take', 'renew', 'read', 'clear'],
  marks: ['node', 'setRebuilt', 'rebuiltAt', 'keepIdentity'],
};

function drawStrike(chance: Chance, weather: Weather): Strike {
  const port = chance.weigh(weather.ports);
  const methods = METHODS[port];
  const fate = drawFate(chance, weather);
  const isOutage = fate.kind === 'fails' && chance.happens(0.3);
  return {
    port,
    ...(methods !== undefined && !(isOutage && chance.happens(0.6)) && { method: chance.pick(methods) }),
    ...(weather.handsOver
      ? { by: 'pod-sync' as const }
      : chance.happens(0.15) && { by: chance.pick(['pod-sync', 'task-events'] as const) }),
    fate,
    calls: isOutage ? 1000 : chance.pick([1, 1, 2, 4]),
    forMs: isOutage ? chance.between(SECOND, 4 * MINUTE) : chance.between(MINUTE, 10 * MINUTE),
  };
}

function drawFate(chance: Chance, weather: Weather): Fate {
  const kind = chance.weigh(weather.fates);
  switch (kind) {
    case 'fails':
      return { kind, as: chance.pick(['transient', 'transient', 'throttled', 'auth', 'ambiguous']) };
    case 'losesAnswer':
    case 'isSentTwice':
      return { kind };
    case 'arrivesLate':
      return { kind, ms: chance.between(0, 15 * SECOND) };
    case 'isSlow':
      return { kind, ms: chance.between(SECOND, 9 * SECOND) };
    case 'crashes':
      return { kind, moment: chance.pick(['before', 'after']) };
    case 'freezes':
      return { kind, ms: chance.pick([5, 20, 40, 70, 130]) * SECOND };
  }
}
