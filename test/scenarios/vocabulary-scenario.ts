// The words of the scenarios: a world whose node has been there for a while, the two ways in which news reach the loop, and what
// a user sees in the end.
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { FoundTask } from '../../lib/core/task.ts';
import { beatNodes } from '../../lib/loop/heartbeat.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { aClaim, MINUTE, SECOND } from '../support/vocabulary.ts';

/** A way in which news of the cluster and of tasks reach the loop. */
export interface Way {
  readonly way: string;
  /** A world at work: its node is older than the ten minutes in which nothing is declared lost. `prepare` comes before any look. */
  open(
    prepare?: (world: LoopWorld) => unknown,
    words?: Parameters<typeof createWorld>[0],
  ): Promise<LoopWorld>;
  /** What someone changed in the cluster is noticed. */
  look(world: LoopWorld): Promise<void>;
  /** What happened to a task is noticed. */
  hear(world: LoopWorld, found: FoundTask): Promise<void>;
  /** That many minutes go by. */
  minutes(world: LoopWorld, count: number): Promise<void>;
}

/** A world whose node has been there for ten minutes. */
export async function aged(
  prepare: (world: LoopWorld) => unknown = () => undefined,
  words: Parameters<typeof createWorld>[0] = {},
): Promise<LoopWorld> {
  const world = createWorld(words);
  await prepare(world);
  await beatNodes(world.deps);
  await world.clock.advance(10 * MINUTE);
  return world;
}

/** Passes of economy mode for that many minutes, one each 12 s. */
export async function passMinutes(world: LoopWorld, count: number): Promise<void> {
  const end = world.clock.now() + count * MINUTE;
  while (world.clock.now() < end) await world.pass();
}

/** Time goes by without any pass, until one is due that asks the provider about every task. */
export async function sweep(world: LoopWorld): Promise<void> {
  await world.clock.advance(5 * MINUTE);
  await world.pass();
}

/** Time goes by for a holder of the watch. Triggers go on: one of them takes over where a holder ends. */
async function holdMinutes(world: LoopWorld, count: number): Promise<void> {
  const end = world.clock.now() + count * MINUTE;
  while (world.clock.now() < end) {
    await world.clock.advance(Math.min(MINUTE, end - world.clock.now()));
    void world.hold();
  }
}

const pushed: Way = {
  way: 'with every event pushed: the watch tells of pods, the event function of tasks',
  open: async (prepare, words) => {
    const world = await aged(prepare, words);
    void world.hold();
    await world.clock.advance(SECOND);
    return world;
  },
  look: ({ clock }) => clock.advance(0),
  hear: async (world, found) => {
    await world.tell(found);
    await world.clock.advance(0);
  },
  minutes: holdMinutes,
};

const polled: Way = {
  way: 'with every event lost: passes find pods, sweeps find tasks',
  open: aged,
  look: async (world) => {
    await world.pass();
  },
  hear: sweep,
  minutes: passMinutes,
};

/** Both ways. */
export const WAYS: readonly Way[] = [pushed, polled];

/** A world at work in which every pod that `prepare` binds has its task. */
export async function launchedBy(way: Way, prepare: (world: LoopWorld) => unknown): Promise<LoopWorld> {
  const world = await way.open(prepare);
  if (world.provider.tasks().length === 0) await way.look(world);
  return world;
}

/** A pod that runs, everything published, at rest. */
export async function running(
  prepare: (world: LoopWorld) => unknown = (world) => world.bind(),
): Promise<LoopWorld> {
  const world = await aged(prepare);
  await world.pass();
  await world.tell(world.provider.start(world.task().task.arn));
  return world;
}

/** A task that runs at the provider for that pod, started before anyone of this world was there. */
export async function runningBefore({ provider, clock }: LoopWorld, pod: Pod): Promise<FoundTask> {
  const { uid, name, namespace } = pod.metadata;
  const claim = aClaim({ uid, name, namespace });
  const launched = await provider.launch(pod, claim, clock.now(), noInputs());
  if (launched.kind === 'failed') throw new Error(launched.failure.message);
  return provider.start(launched.found.task.arn);
}

/** The stops that the provider was asked for. */
export const stopsOf = ({ provider }: LoopWorld): string[] =>
  provider.calls.flatMap((call) => (call.method === 'stop' ? [call.taskArn] : []));

/** Every status that was written, oldest first. */
export const patchesOf = ({ kubernetes }: LoopWorld): unknown[] =>
  kubernetes.controls.callsOf('pods.patchStatus').map(({ args }) => args[1]);

/** The phases that were written, oldest first, each once in a row. */
export function phasesOf(world: LoopWorld): string[] {
  const phases = patchesOf(world).flatMap((patch) => (patch as { phase?: string }).phase ?? []);
  return phases.filter((phase, index) => phase !== phases[index - 1]);
}

/** The events about pods with that reason: how often each text was told. */
export const told = ({ kubernetes }: LoopWorld, reason: string): { message: string; count: number }[] =>
  kubernetes.controls
    .events()
    .flatMap((event) => (event.reason === reason ? [{ message: event.message, count: event.count }] : []));

/** Starts counting writes anew: to pods, to records, and commands to the provider. */
export function forgetWrites({ kubernetes, records }: LoopWorld): void {
  kubernetes.controls.forgetCalls();
  records.forgetCalls();
}

/** What was written since {@link forgetWrites}: methods of pods and events, and the number of record writes. */
export function writesOf({ kubernetes, records }: LoopWorld): string[] {
  const calls = kubernetes.controls.calls.map(({ method }) => method);
  const writes = calls.filter((method) => /^(pods\.(patchStatus|remove)|events\.)/.test(method));
  return [...writes, ...Array.from({ length: records.writes }, () => 'records.write')];
}
