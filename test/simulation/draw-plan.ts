import { createChance, type Chance } from './chance.ts';
import type { Behaviour, Blow, Deed, Fate, GatedPort, PodWish, Strike } from './deeds.ts';
import { drawWeather, type Trouble, type Weather } from './weathers.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** All that is decided before a run begins; the rest comes from the seed too, call by call. */
export interface Plan {
  readonly seed: number;
  readonly weather: Weather;
  /** When the troubles end. */
  readonly calmAt: number;
  readonly mode: 'watch' | 'economy';
  readonly version: 'new' | 'old';
  readonly missingMs: number;
  readonly slowCloud: boolean;
  readonly deeds: readonly Deed[];
}

/** The plan of a seed. */
export function drawPlan(seed: number): Plan {
  const chance = createChance(seed, 'plan');
  const weather = drawWeather(chance);
  const [least, most] = weather.minutes;
  const calmAt = chance.between(least * MINUTE, most * MINUTE);
  const names = Array.from({ length: chance.between(...weather.pods) }, (_, index) => `web-${index + 1}`);
  const users = names.flatMap((name) => drawPodLife(chance, weather, name, calmAt));
  const times = users.map(({ at }) => at);
  const troubles = Array.from({ length: chance.between(...weather.troubles) }, () =>
    drawTrouble(chance, weather, { names, at: drawTime(chance, times, calmAt) }),
  );
  const fixed = fixedDeeds(chance, weather, calmAt);
  return {
    seed,
    weather,
    calmAt,
    mode: chance.happens(weather.watches) ? 'watch' : 'economy',
    version: chance.happens(0.1) ? 'old' : 'new',
    missingMs: chance.pick([0, 0, 0, 1000, 10_000]),
    slowCloud: chance.happens(0.3),
    deeds: [...users, ...troubles, ...fixed]
      .filter(({ at }) => at <= calmAt)
      .sort((one, other) => one.at - other.at),
  };
}

/** Troubles that make the weather what it is. */
function fixedDeeds(chance: Chance, { name }: Weather, calmAt: number): readonly Deed[] {
  if (name === 'teardown') return [{ at: calmAt, kind: 'tearDown' }];
  if (name !== 'long sleep') return [];
  const at = chance.between(10 * SECOND, 90 * SECOND);
  const forMs = calmAt - at;
  const launch = { port: 'ecs', method: 'RunTask', calls: chance.between(1, 3), forMs: calmAt } as const;
  return [
    { at: 0, kind: 'strike', strike: { ...launch, fate: { kind: 'losesAnswer' } } },
    { at: 0, kind: 'sendEvents', how: 'never', count: chance.pick([3, 200, 200]), ms: 0 },
    { at, kind: 'withholdTriggers', forMs },
  ];
}

/** Troubles gather where something goes on. */
function drawTime(chance: Chance, times: readonly number[], calmAt: number): number {
  const near = chance.happens(0.65) ? chance.pick(times) + chance.between(0, 40 * SECOND) : undefined;
  return Math.min(near ?? chance.between(0, calmAt), calmAt);
}

function drawPodLife(chance: Chance, weather: Weather, name: string, calmAt: number): Deed[] {
  const isSleepy = weather.name === 'long sleep' || weather.name === 'crowd';
  const born = chance.between(0, isSleepy ? 30 * SECOND : calmAt * 0.6);
  const deeds: Deed[] = [{ at: born, kind: 'createPod', name, pod: drawPod(chance, weather) }];
  const later = (): number => chance.between(born + SECOND, Math.max(born + SECOND, calmAt));
  const soon = (): number => born + chance.between(0, 60 * SECOND);
  if (chance.happens(0.55)) {
    const at = chance.happens(0.5) ? soon() : later();
    const graceSeconds = chance.happens(0.25) ? 0 : undefined;
    deeds.push({
      ...{ at, kind: 'deletePod', name },
      ...(graceSeconds !== undefined && { graceSeconds }),
      ...(chance.happens(0.6) && { recreate: true }),
    });
    if (chance.happens(0.2))
      deeds.push({
        at: at + chance.between(0, 60 * SECOND),
        kind: 'deletePod',
        name,
        graceSeconds: 0,
        recreate: true,
      });
  }
  if (chance.happens(0.15))
    deeds.push({ at: later(), kind: 'editPod', name, what: chance.pick(['label', 'image']) });
  if (chance.happens(0.3)) deeds.push({ at: later(), kind: 'editPod', name, what: 'finalizer' });
  return deeds;
}

function drawPod(chance: Chance, weather: Weather): PodWish {
  const policy = chance.pick(['Always', 'Always', 'OnFailure', 'Never'] as const);
  // Several containers run only under Always here: the exit of one ends the task.
  const containers = policy === 'Always' && chance.happens(0.3) ? 2 : 1;
  const isStateful = chance.happens(weather.stateful);
  return {
    policy,
    containers: Array.from({ length: containers }, () => drawBehaviour(chance, weather)),
    graceSeconds: chance.pick([1, 5, 30, 30, 60]),
    ...(chance.happens(0.12) && { deadlineSeconds: chance.pick([5, 30, 120]) }),
    ...(chance.happens(0.08) && { finalizer: true }),
    ...(isStateful && { statefulTimes: chance.between(1, 4) }),
    ...(chance.happens(0.03) && { unsupported: true }),
  };
}

function drawBehaviour(chance: Chance, weather: Weather): Behaviour {
  if (chance.happens(0.06)) return { kind: 'cannotBePulled' };
  if (!chance.happens(weather.exits))
    return { kind: 'runs', onTerm: chance.pick(['obeys', 'obeys', 'exits0', 'ignores']) };
  return {
    kind: 'exits',
    afterSeconds: chance.pick([0, 1, 5, 20, 60, 300]),
    code: chance.pick([0, 0, 1, 3, 137]),
  };
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
        ...{ at, kind, how: chance.pick(['never', 'twice', 'late']), count: chance.pick([1, 1, 2, 3, 8]) },
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
      return { at, kind, share: chance.pick([0.3, 1, 1]), forMs: minutes(0.2, 8) };
    case 'swapCluster':
    case 'exhaustCapacity':
    case 'exhaustQuota':
      return { at, kind, forMs: minutes(0.2, 4) };
    case 'jumpClock':
      return { at, kind, ms: minutes(1, 10) };
    case 'strikeTask':
      return { at, kind, name: chance.pick(names), blow: chance.pick(BLOWS) };
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
    ...(chance.happens(0.15) && { by: chance.pick(['pod-sync', 'task-events']) }),
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
