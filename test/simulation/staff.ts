import { beatNodes } from '../../lib/loop/heartbeat.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { handleTaskEvent } from '../../lib/loop/handle-task-event.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { tearDownNode } from '../../lib/loop/tear-down-node.ts';
import { createChance } from './chance.ts';
import { createDeps, type Deployment } from './create-deps.ts';
import type { FunctionName } from './deeds.ts';
import type { Letter } from './mailbox.ts';
import { kill, type Sandbox } from './sandbox.ts';
import type { World } from './world.ts';

/** Who does the work: the execution environments of the product's functions. */
export interface Staff {
  deploy(deployment: Deployment): void;
  /** What was deployed last. */
  deployment(): Deployment;
  /** Starts an invocation, in an idle sandbox or a new one. Without a `letter` task-events does nothing. */
  invoke(what: FunctionName, letter?: Letter): void;
  /** How many invocations of a function run. */
  running(what: FunctionName): number;
  /** How the teardown ended, if there was one. */
  tornDown(): string | undefined;
}

/** As deployed (infra/function-shapes, infra/constructs/control-loop). */
const SHAPES = {
  'pod-sync': { timeoutMs: 900_000, most: 5 },
  'task-events': { timeoutMs: 60_000, most: 4 },
  'node-heartbeat': { timeoutMs: 30_000, most: 3 },
  'node-teardown': { timeoutMs: 900_000, most: 1 },
} as const satisfies Record<FunctionName, unknown>;
/** What the teardown keeps of its time for the answer. */
const ANSWER_MS = 20_000;
/** An asynchronous invocation that failed is made again after this. */
const RETRY_MS = 60_000;

interface Worker {
  readonly sandbox: Sandbox;
  readonly deps: SyncDeps;
}

/** Nobody works yet, and everything is deployed as `first`. */
export function createStaff(world: World, first: Deployment): Staff {
  const workers: Worker[] = [];
  let deployment = first;
  let hired = 0;
  let tornDown: string | undefined;
  const isBusy = (what: FunctionName): Worker[] =>
    workers.filter(({ sandbox }) => sandbox.of === what && sandbox.busy && !sandbox.dead);
  const hire = (what: FunctionName): Worker => {
    const idle = workers.find(
      ({ sandbox: { of, busy, dead, deployId } }) =>
        of === what && !busy && !dead && deployId === deployment.deployId,
    );
    if (idle !== undefined) return idle;
    const name = `${what} #${(hired += 1)}`;
    const sandbox: Sandbox = {
      ...{ name, of: what, deployId: deployment.deployId, chance: createChance(world.seed, name) },
      ...{
        busy: false,
        dead: false,
        frozenUntil: 0,
        struckAt: 0,
        strikes: 0,
        onDeath: new Set<() => void>(),
        ids: 0,
      },
      skewMs: createChance(world.seed, `clock of ${name}`).between(-world.skewMs, world.skewMs),
    };
    const worker = { sandbox, deps: createDeps(world, sandbox, deployment) };
    workers.push(worker);
    return worker;
  };
  const start = (worker: Worker, work: () => Promise<unknown>, over: () => void): void => {
    const { sandbox } = worker;
    sandbox.busy = true;
    const end = (): void => {
      limit.cancel();
      sandbox.onDeath.delete(die);
      sandbox.busy = false;
      over();
    };
    const die = (): void => {
      world.story.tell(() => `${sandbox.name} is dead`);
      end();
      sandbox.busy = true;
    };
    const limit = world.timeline.plan(world.timeline.now() + SHAPES[sandbox.of].timeoutMs, () => {
      world.story.count(`${sandbox.of} timed out`);
      world.story.tell(() => `${sandbox.name} has used up its time`);
      kill(sandbox);
    });
    sandbox.onDeath.add(die);
    world.story.mark(`${sandbox.name} starts`);
    work().then(end, (error: unknown) => {
      world.story.tell(() => `${sandbox.name} fails: ${String(error)}`);
      end();
    });
  };
  const takeLetter = (worker: Worker, letter: Letter): void => {
    const { mailbox, story } = world;
    let handled = false;
    const work = async (): Promise<void> => {
      const outcome = await handleTaskEvent(JSON.parse(letter.body), letter.receives, worker.deps);
      handled = outcome.kind === 'done' || outcome.kind === 'ignored';
      story.tell(
        () =>
          `${worker.sandbox.name} has handled "${letter.about}": ${outcome.kind}${'why' in outcome ? ` (${outcome.why})` : ''}`,
      );
    };
    start(worker, work, () => (handled ? mailbox.done(letter) : mailbox.failed(letter)));
  };
  const tearDown = async ({ deps }: Worker): Promise<void> => {
    const { kind, message } = await tearDownNode(
      deps,
      world.nodes[0] ?? '',
      world.timeline.now() + SHAPES['node-teardown'].timeoutMs - ANSWER_MS,
    );
    tornDown = kind;
    world.story.tell(() => `the teardown ended: ${kind} (${message})`);
  };
  /** CloudFormation waits for an answer, and the function is invoked again when it dies. */
  const retryTeardown = (): void => {
    if (tornDown === undefined)
      world.timeline.plan(world.timeline.now() + RETRY_MS, () => world.staff.invoke('node-teardown'));
  };
  const begin = (worker: Worker, letter: Letter | undefined): void => {
    const { deps, sandbox } = worker;
    switch (sandbox.of) {
      case 'pod-sync':
        start(worker, () => syncCluster(deps), nothing);
        return;
      case 'node-heartbeat':
        start(worker, () => beatNodes(deps), nothing);
        return;
      case 'node-teardown':
        start(worker, () => tearDown(worker), retryTeardown);
        return;
      case 'task-events':
        if (letter !== undefined) takeLetter(worker, letter);
        return;
    }
  };
  return {
    deploy: (next) => void (deployment = next),
    deployment: () => deployment,
    running: (what) => isBusy(what).length,
    tornDown: () => tornDown,
    invoke: (what, letter) => {
      if (isBusy(what).length >= SHAPES[what].most) {
        if (letter !== undefined)
          world.timeline.plan(world.timeline.now() + 1000, () => world.staff.invoke(what, letter));
        return;
      }
      begin(hire(what), letter);
    },
  };
}

function nothing(): void {
  // Nobody waits for the end of this invocation.
}
