import type { Instant } from '../../../lib/core/kubernetes.ts';
import { handleTaskEvent } from '../../../lib/loop/handle-task-event.ts';
import { beatNodes } from '../../../lib/loop/heartbeat.ts';
import { syncCluster } from '../../../lib/loop/sync-cluster.ts';
import { tearDownNode, type TornDown } from '../../../lib/loop/tear-down-node.ts';
import {
  startEnvironment,
  type Deployment,
  type ExecutionEnvironment,
  type FunctionName,
  type Surroundings,
} from './execution-environment.ts';

/** The functions of the control-loop stack, and what sets them off. */
export interface Staff {
  readonly deployment: Deployment;
  /** New invocations are of this code and these settings; those that run go on as they are. */
  deploy(deployment: Deployment): void;
  /** Schedules and event sources: as the stack makes them, or takes them away before anything else. */
  setTriggers(areOn: boolean): void;
  /** One invocation more than the triggers make. */
  invoke(of: 'node-heartbeat' | 'pod-sync'): void;
  /** Ends every running invocation of a function at once, as a crash does. */
  kill(of: FunctionName): void;
  /** Lambda takes every execution environment away: whatever runs ends, and the next invocations start cold. */
  recycle(): void;
  handleEvent(event: unknown, deliveries: number): Promise<boolean>;
  /** CloudFormation deletes the custom resource of a node. */
  deleteNodeResource(node: string): Promise<Answer>;
}

/** What CloudFormation was told, when, and by the which run of the function. */
export interface Answer {
  readonly torn: TornDown;
  readonly at: Instant;
  readonly run: number;
}

const SECOND = 1000;
/** The schedules of the stack. */
const TRIGGER_MS = 12 * SECOND;
const TIMEOUT_MS = {
  'pod-sync': 900,
  'task-events': 60,
  'node-heartbeat': 30,
  'node-teardown': 900,
} as const;
const MOST = { 'pod-sync': 5, 'task-events': 40, 'node-heartbeat': 3, 'node-teardown': 10 } as const;
/** What the teardown keeps of its time for the answer. */
const ANSWER_MS = 20 * SECOND;
/** Lambda makes an asynchronous invocation that failed again after one minute, and after two more. */
const RETRIES_MS = [60 * SECOND, 120 * SECOND] as const;

/** Nobody works yet; triggers begin at once. */
export function createStaff(shared: Surroundings, first: Deployment): Staff {
  const { clock } = shared;
  const environments: ExecutionEnvironment[] = [];
  let deployment = first;
  let areOn = true;

  const busy = (of: FunctionName): readonly ExecutionEnvironment[] =>
    environments.filter((one) => one.of === of && one.isBusy && !one.isDead);
  const hire = (of: FunctionName): ExecutionEnvironment => {
    const isFree = (one: ExecutionEnvironment): boolean =>
      one.of === of && one.deployId === deployment.deployId && !one.isBusy && !one.isDead;
    const free = environments.find(isFree);
    if (free !== undefined) return free;
    const started = startEnvironment(shared, of, deployment);
    environments.push(started);
    return started;
  };
  const begin = async <T>(
    of: FunctionName,
    work: (environment: ExecutionEnvironment) => Promise<T>,
  ): Promise<T | 'died'> => {
    const environment = hire(of);
    environment.isBusy = true;
    const limit = clock.now() + TIMEOUT_MS[of] * SECOND;
    const end = new AbortController();
    const over = clock.sleep(limit, end.signal).then(() => {
      if (!end.signal.aborted) environment.isDead = true;
    });
    try {
      return await Promise.race([work(environment), diesOf(environment, over)]);
    } finally {
      environment.isBusy = false;
      end.abort();
    }
  };
  /** Death has no call of its own: it is looked for each second. */
  const diesOf = async (environment: ExecutionEnvironment, over: Promise<void>): Promise<'died'> => {
    while (environment.isBusy && !environment.isDead)
      await Promise.race([clock.sleep(clock.now() + SECOND), over]);
    return 'died';
  };
  const invoke: Staff['invoke'] = (of) => {
    if (busy(of).length >= MOST[of]) return;
    const work = of === 'pod-sync' ? syncCluster : beatNodes;
    // As the handlers do: what goes wrong is logged, the next message comes in seconds.
    void begin(of, ({ deps }) => work(deps) as Promise<unknown>).catch((error: unknown) =>
      shared.telemetry.error(`${of} failed`, { error: String(error) }),
    );
  };
  const fire = (): void => {
    if (areOn) invoke('node-heartbeat');
    if (areOn) invoke('pod-sync');
    clock.at(clock.now() + TRIGGER_MS, fire);
  };
  clock.at(clock.now(), fire);

  return {
    invoke,
    get deployment() {
      return deployment;
    },
    deploy: (next) => void (deployment = next),
    setTriggers: (on) => void (areOn = on),
    kill: (of) => {
      for (const one of busy(of)) one.isDead = true;
    },
    recycle: () => {
      for (const one of environments) one.isDead = true;
    },
    handleEvent: async (event, deliveries) => {
      if (!areOn) return false;
      const outcome = await begin('task-events', ({ deps }) => handleTaskEvent(event, deliveries, deps));
      return outcome === 'died' || outcome.kind === 'retry';
    },
    deleteNodeResource: async (node) => {
      const tearDown = async ({ deps }: ExecutionEnvironment): Promise<TornDown> =>
        tearDownNode(deps, node, clock.now() + TIMEOUT_MS['node-teardown'] * SECOND - ANSWER_MS);
      for (let run = 1; ; run += 1) {
        const torn = await begin('node-teardown', tearDown);
        if (torn !== 'died') return { torn, at: clock.now(), run };
        const pause = RETRIES_MS[run - 1];
        if (pause === undefined) throw new Error('CloudFormation never got an answer');
        await clock.sleep(clock.now() + pause);
      }
    },
  };
}
