import type { Chance } from './chance.ts';
import type { DeedKind, Fate, GatedPort } from './deeds.ts';

/** Kinds of deeds that a weather rains; the users' own are drawn apart. */
export type Trouble = Exclude<DeedKind, 'createPod' | 'deletePod' | 'editPod' | 'putInput'>;

/** What a run is like: which troubles come how often, how fast everything is. */
export interface Weather {
  readonly name: string;
  /** How often seeds get it, relative to the others. */
  readonly weight: number;
  /** Minutes until the troubles end, least and most. */
  readonly minutes: readonly [number, number];
  readonly pods: readonly [number, number];
  readonly troubles: readonly [number, number];
  readonly kinds: Readonly<Partial<Record<Trouble, number>>>;
  /** Which ports strikes hit. */
  readonly ports: Readonly<Partial<Record<GatedPort, number>>>;
  readonly fates: Readonly<Partial<Record<Fate['kind'], number>>>;
  /** Share of calls that are slow (up to seconds). */
  readonly slowness: number;
  /** Share of runs in watch mode; the others are in economy mode. */
  readonly watches: number;
  /** Share of pods that a controller makes anew when they are gone. */
  readonly stateful: number;
  /** Share of pods whose containers exit by themselves. */
  readonly exits: number;
  /** Share of runs in which all pods have one task definition: then only the first launch has to register it. */
  readonly sharesShape: number;
  /** Shares of pods that refer to ConfigMaps and Secrets, have init containers, have a probe, have a preStop sleep. */
  readonly inputs: number;
  readonly inits: number;
  readonly probes: number;
  readonly hooks: number;
  /** How far the clocks of two functions may be apart, in milliseconds. */
  readonly skewMs: number;
  /** Whether the heartbeat runs (and nodes can be in trouble). */
  readonly beats: boolean;
  /** Whether nodes and namespaces have ceilings; then nothing hides what is in use. */
  readonly bounded?: true;
  /** Whether nothing but deployments and struck invocations of pod-sync is wrong: then hand-overs are judged by the clock. */
  readonly handsOver: boolean;
}

const CALM: Omit<Weather, 'name' | 'weight'> = {
  minutes: [4, 16],
  pods: [1, 6],
  troubles: [4, 40],
  kinds: { strike: 6, sendEvents: 2, invoke: 2 },
  ports: {
    pods: 3,
    records: 4,
    ecs: 4,
    slot: 1,
    marks: 1,
    cluster: 1,
    eventQueue: 1,
    objects: 1,
    s3: 1,
    secrets: 0.3,
    probes: 0.2,
    nodes: 1,
    events: 1,
    notices: 1,
  },
  fates: { fails: 4, losesAnswer: 3, isSentTwice: 1, arrivesLate: 1, isSlow: 2, crashes: 3, freezes: 1 },
  slowness: 0.05,
  watches: 0.6,
  stateful: 0.3,
  exits: 0.5,
  sharesShape: 0.2,
  inputs: 0.15,
  inits: 0.15,
  probes: 0.06,
  hooks: 0.12,
  skewMs: 0,
  beats: false,
  handsOver: false,
};

/** Every weather there is. */
const WEATHERS: readonly Weather[] = [
  {
    ...CALM,
    name: 'mixed',
    weight: 5,
    kinds: {
      ...{
        strike: 8,
        sendEvents: 4,
        invoke: 3,
        withholdTriggers: 1,
        deploy: 1,
        restartApiServer: 1,
        compact: 1,
      },
      ...{
        hidePods: 1,
        hideTasks: 1,
        hideRecords: 1,
        strikeTask: 2,
        exhaustCapacity: 1,
        exhaustQuota: 1,
        jumpClock: 0.3,
      },
      ...{ clearTable: 0.3, runStranger: 0.5, swapCluster: 0.3 },
    },
  },
  {
    ...CALM,
    name: 'races',
    weight: 4,
    skewMs: 2000,
    slowness: 0.3,
    minutes: [3, 10],
    pods: [1, 4],
    kinds: { strike: 6, invoke: 6, sendEvents: 2, deploy: 1, exhaustCapacity: 1, withholdTriggers: 0.5 },
    ports: { records: 5, ecs: 5, pods: 3, slot: 2 },
    fates: { freezes: 4, isSlow: 3, crashes: 3, losesAnswer: 3, arrivesLate: 2, fails: 2, isSentTwice: 1 },
    watches: 0.4,
    stateful: 0.6,
  },
  {
    ...CALM,
    name: 'unruly events',
    weight: 3,
    kinds: { sendEvents: 10, strike: 3, invoke: 1, strikeTask: 1 },
    ports: { records: 3, pods: 3, ecs: 1 },
    exits: 0.8,
  },
  {
    ...CALM,
    name: 'long sleep',
    sharesShape: 1,
    weight: 2,
    minutes: [75, 110],
    pods: [2, 4],
    troubles: [3, 8],
    kinds: { strike: 3, sendEvents: 2, strikeTask: 0.5 },
    ports: { ecs: 6, records: 2 },
    fates: { losesAnswer: 4, crashes: 3, fails: 1, arrivesLate: 1 },
    watches: 0.2,
    exits: 0.8,
    stateful: 0,
  },
  {
    ...CALM,
    name: 'outages',
    weight: 2,
    minutes: [8, 20],
    troubles: [3, 10],
    kinds: {
      strike: 8,
      withholdTriggers: 2,
      restartApiServer: 2,
      swapCluster: 1,
      jumpClock: 1,
      sendEvents: 1,
    },
    fates: { fails: 8, losesAnswer: 3, crashes: 1 },
  },
  {
    ...CALM,
    name: 'fickle cloud',
    sharesShape: 0.6,
    weight: 2,
    minutes: [6, 16],
    kinds: {
      strikeTask: 6,
      exhaustCapacity: 2,
      exhaustQuota: 1,
      runStranger: 1,
      hideTasks: 2,
      sendEvents: 3,
      strike: 2,
    },
    ports: { ecs: 5, records: 1 },
  },
  {
    ...CALM,
    name: 'rolling deploys',
    weight: 2,
    kinds: { deploy: 6, strike: 4, invoke: 2, strikeTask: 2, sendEvents: 2 },
    pods: [2, 6],
  },
  {
    ...CALM,
    name: 'hand-over',
    weight: 1.5,
    kinds: { deploy: 5, strike: 6, invoke: 3 },
    ports: { slot: 3, records: 3, pods: 3, ecs: 3, marks: 1, cluster: 1, nodes: 1 },
    fates: { crashes: 6, freezes: 2, fails: 2, losesAnswer: 2, isSlow: 2, arrivesLate: 1 },
    pods: [4, 10],
    troubles: [4, 20],
    watches: 0.9,
    slowness: 0.01,
    exits: 0.3,
    inputs: 0,
    inits: 0,
    beats: true,
    handsOver: true,
  },
  {
    ...CALM,
    name: 'lost table',
    weight: 2,
    kinds: { clearTable: 2, strike: 4, sendEvents: 3, invoke: 1, withholdTriggers: 1 },
    troubles: [3, 10],
  },
  {
    ...CALM,
    name: 'old table',
    weight: 1.5,
    minutes: [8, 20],
    kinds: { restoreTable: 2, strike: 4, sendEvents: 3, invoke: 1, withholdTriggers: 1, strikeTask: 2 },
    troubles: [3, 12],
    exits: 0.6,
  },
  {
    ...CALM,
    name: 'lost inputs',
    weight: 2,
    pods: [2, 5],
    kinds: {
      ...{ removeInput: 6, forbidInputs: 3, spoilFiles: 2, emptyBucket: 1, loseSecrets: 1 },
      ...{ strike: 6, sendEvents: 2, invoke: 1, strikeTask: 1, clearTable: 0.2 },
    },
    ports: { objects: 4, s3: 6, secrets: 2, ecs: 3, records: 2 },
    inputs: 0.9,
    inits: 0.3,
  },
  {
    ...CALM,
    name: 'sick containers',
    weight: 2,
    kinds: { sicken: 10, strike: 4, sendEvents: 2, invoke: 1, strikeTask: 2 },
    ports: { probes: 3, ecs: 4, records: 4, pods: 2 },
    exits: 0.2,
    inits: 0.4,
    probes: 0.8,
    hooks: 0.4,
  },
  {
    ...CALM,
    name: 'troubled node',
    weight: 1,
    kinds: {
      deleteNode: 3,
      flapNode: 3,
      strike: 4,
      restartApiServer: 2,
      compact: 2,
      swapCluster: 1,
      strikeTask: 1,
    },
    ports: { nodes: 3, leases: 3, cluster: 3, marks: 2, pods: 2 },
    beats: true,
  },
  {
    ...CALM,
    name: 'lying lists',
    weight: 1,
    kinds: {
      hidePods: 4,
      hideTasks: 4,
      hideRecords: 4,
      strike: 3,
      invoke: 2,
      compact: 1,
      restartApiServer: 1,
    },
    pods: [2, 5],
  },
  {
    ...CALM,
    name: 'crowd',
    weight: 0.3,
    pods: [24, 26],
    minutes: [14, 18],
    troubles: [2, 5],
    kinds: { hidePods: 3, strike: 2, hideTasks: 1, clearTable: 0.3 },
    stateful: 0,
    exits: 0.1,
  },
  {
    ...CALM,
    name: 'ceilings',
    weight: 1.5,
    minutes: [10, 30],
    pods: [4, 9],
    kinds: {
      strike: 6,
      sendEvents: 3,
      invoke: 2,
      deploy: 1,
      withholdTriggers: 1,
      strikeTask: 2,
      exhaustCapacity: 1,
    },
    exits: 0.7,
    watches: 0.7,
    bounded: true,
  },
  {
    ...CALM,
    name: 'teardown',
    weight: 0.7,
    kinds: { strike: 6, sendEvents: 3 },
    troubles: [2, 8],
    stateful: 0,
  },
];

/** The weather of a run; `name` demands one. Throws when there is none of that name. */
export function drawWeather(chance: Chance, name: string | undefined): Weather {
  const drawn = chance.weigh(Object.fromEntries(WEATHERS.map((weather) => [weather.name, weather.weight])));
  const found = WEATHERS.find((weather) => weather.name === (name ?? drawn));
  if (found !== undefined) return found;
  throw new Error(
    `no weather ${name ?? drawn}; there are ${WEATHERS.map((weather) => weather.name).join(', ')}`,
  );
}
