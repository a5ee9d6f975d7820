import { FailureError, type Failure } from '../../lib/core/failure.ts';
import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { PodInputs } from '../../lib/core/pod-inputs.ts';
import { needsOf } from '../../lib/core/pod-needs.ts';
import { launchToken, type PodRecord } from '../../lib/core/record.ts';
import type { FoundTask, ObservedTask } from '../../lib/core/task.ts';
import type { TaskUse } from '../../lib/core/task-use.ts';
import type {
  Assessment,
  LaunchNote,
  LaunchOutcome,
  LaunchTry,
  Provider,
  RefusedLaunch,
} from '../../lib/ports/provider.ts';
import { createMemoryDefinitions } from './memory-definitions.ts';
import { createMemoryStorage } from './memory-storage.ts';
import { assessSimply, exited, isLive, newTask, running, useSimply, type Oversight } from './memory-tasks.ts';

/** One call that the provider was asked for. `sent` is false when a launch came after its `sendBefore`. */
type ProviderCall =
  | {
      readonly method: 'launch';
      readonly uid: string;
      readonly token: string;
      readonly at: Instant;
      readonly sent: boolean;
    }
  | { readonly method: 'stop'; readonly taskArn: string; readonly reason: string; readonly at: Instant }
  | { readonly method: 'describe'; readonly taskArns: readonly string[]; readonly at: Instant }
  | { readonly method: 'find'; readonly uid: string; readonly attempt: number; readonly at: Instant }
  | { readonly method: 'listAll' | 'listLive'; readonly at: Instant }
  | { readonly method: 'clearFiles'; readonly uid: string; readonly attempt: number; readonly at: Instant }
  | { readonly method: 'clearNode'; readonly node: string; readonly at: Instant }
  | {
      readonly method: 'retireDefinitions' | 'retireSecrets';
      readonly most: number;
      readonly at: Instant;
    };

/** A method that can be told to fail. */
type FailingMethod = ProviderCall['method'];

/** The failure to answer with; `timeoutAfterSuccess` does the work and then answers `ambiguous`. */
type PlannedFailure = Failure | 'timeoutAfterSuccess';

/** A provider in memory for tests of the loop: tasks go nowhere by themselves, the test drives them. */
export interface MemoryProvider extends Provider {
  /** Every call so far, oldest first. */
  readonly calls: readonly ProviderCall[];
  /** The next call of the method (after those planned before) fails this way. `launch` returns it, the others throw it. */
  failNext(method: FailingMethod, failure: PlannedFailure): void;
  /** The next launch that is sent has this to tell. */
  tellNext(note: LaunchNote): void;
  /** Attempts that something is stored for, as `<node>/<uid>/<attempt>`. */
  files(): readonly string[];
  /** Changes a task and raises its version by one; the result is what an event would carry. */
  setState(taskArn: string, change: Partial<ObservedTask>): FoundTask;
  /** The task and all its containers run, with an address. */
  start(taskArn: string): FoundTask;
  /** The task is over: its containers exited with these codes (one number: all of them). */
  exit(taskArn: string, exitCode: number | Readonly<Record<string, number>>): FoundTask;
  /** Every task that the provider still knows, oldest first. */
  tasks(): readonly FoundTask[];
  /** The provider knows a task no more, though nobody saw it stop. */
  lose(taskArn: string): void;
  /** Answers are wrong about a task that lives on: `{}` makes them right again. */
  overlook(taskArn: string, oversight: Oversight): void;
  /** Starts a task of nobody's. */
  startStranger(): FoundTask;
  /** Names of the definitions that are there to launch with. */
  definitions(): readonly string[];
}

/** ECS forgets a stopped task, and with it its client token, after an hour. */
const REMEMBERED_MS = 3_600_000;
const TIMED_OUT: Failure = { kind: 'ambiguous', code: 'TimeoutError', message: 'The request timed out.' };

/** A memory provider whose time is `now`. Obeys the contract suite `providerContract`. */
export function createMemoryProvider(options: {
  readonly now: () => Instant;
  readonly cluster?: string;
  readonly assess?: (pod: Pod, node: string) => Assessment;
  readonly useOf?: (pod: Pod, of: LaunchTry) => TaskUse | undefined;
  readonly onLaunchThrottled?: () => void;
  /** What every launch tells the pod of its task. */
  readonly annotations?: Readonly<Record<string, string>>;
}): MemoryProvider {
  const { now, cluster = 'demo', assess = assessSimply, useOf = useSimply } = options;
  const { onLaunchThrottled, annotations } = options;
  const calls: ProviderCall[] = [];
  const planned: { method: FailingMethod; failure: PlannedFailure }[] = [];
  const known = new Map<string, FoundTask>();
  const byToken = new Map<string, string>();
  const overlooked = new Map<string, Oversight>();
  const registered = createMemoryDefinitions(cluster);
  const storage = createMemoryStorage();
  let notes: LaunchNote[] = [];
  let made = 0;

  const tasks = (): readonly FoundTask[] => {
    for (const [arn, { task }] of known)
      if (task.stoppedAt !== undefined && now() - task.stoppedAt > REMEMBERED_MS) known.delete(arn);
    return [...known.values()];
  };
  const nextFailure = (method: FailingMethod): PlannedFailure | undefined => {
    const at = planned.findIndex((plan) => plan.method === method);
    return at === -1 ? undefined : planned.splice(at, 1)[0]?.failure;
  };
  const failOrDo = <T>(method: FailingMethod, work: () => T): Promise<T> => {
    const failure = nextFailure(method);
    if (failure === undefined) return new Promise((resolve) => resolve(work()));
    if (failure === 'timeoutAfterSuccess') work();
    return Promise.reject(new FailureError(failure === 'timeoutAfterSuccess' ? TIMED_OUT : failure));
  };
  const get = (taskArn: string): FoundTask => {
    const found = known.get(taskArn);
    if (found === undefined)
      throw new Error(`The memory provider has no task ${taskArn}; it has ${[...known.keys()].join(', ')}`);
    return found;
  };
  const setState = (taskArn: string, change: Partial<ObservedTask>): FoundTask => {
    const found = get(taskArn);
    const next = { ...found, task: { ...found.task, ...change, version: found.task.version + 1 } };
    known.set(taskArn, next);
    return next;
  };
  const taskOf = (pod: Pod, record: PodRecord): FoundTask => {
    tasks();
    const token = launchToken(record);
    const earlier = known.get(byToken.get(token) ?? '');
    if (earlier !== undefined) return earlier;
    const assessment = assess(pod, record.node);
    const specHash = assessment.kind === 'runnable' ? assessment.specHash : record.specHash;
    const taskDefinition = registered.use(specHash, now());
    const task = newTask(cluster, ++made, pod.spec.containers, now());
    const { uid, namespace, name } = pod.metadata;
    const owner = { cluster, node: record.node, uid, attempt: record.attempt, namespace, name };
    const use = useOf(pod, record);
    const found = { task, taskDefinition, owner, ...(use !== undefined && { use }) };
    known.set(task.arn, found);
    byToken.set(token, task.arn);
    return found;
  };
  const lackIn = (pod: Pod, inputs: PodInputs): RefusedLaunch | undefined => {
    const message = storage.missing(pod, inputs);
    return message === undefined
      ? undefined
      : { kind: 'failed', failure: { kind: 'configuration', message } };
  };
  const launch = (pod: Pod, record: PodRecord, sendBefore: Instant, inputs: PodInputs): LaunchOutcome => {
    const lack = lackIn(pod, inputs);
    const sent = now() <= sendBefore && lack === undefined;
    calls.push({ method: 'launch', uid: pod.metadata.uid, token: launchToken(record), at: now(), sent });
    if (lack !== undefined) return lack;
    if (!sent) return { kind: 'failed', failure: { kind: 'transient', message: 'The claim ran out.' } };
    const failure = nextFailure('launch');
    if (failure !== undefined && failure !== 'timeoutAfterSuccess') {
      if (failure.kind === 'throttled') onLaunchThrottled?.();
      return { kind: 'failed', failure };
    }
    const files = storage.store(pod, record, now());
    const found = taskOf(pod, record);
    if (failure !== undefined) return { kind: 'failed', failure: TIMED_OUT };
    const told = notes;
    notes = [];
    return {
      ...{ kind: 'launched', found, taskDefinition: found.taskDefinition ?? '', files, notes: told },
      ...(annotations !== undefined && { annotations }),
    };
  };
  const stop = (taskArn: string, reason: string): FoundTask | undefined => {
    const found = known.get(taskArn);
    if (found === undefined || found.task.state === 'stopping' || found.task.state === 'stopped')
      return found;
    return setState(taskArn, { state: 'stopping', cause: 'requested', reason, stoppingAt: now() });
  };
  const listed = (): readonly FoundTask[] =>
    tasks().filter(({ task }) => overlooked.get(task.arn)?.listed !== false);
  const describe = (taskArns: readonly string[]): ReadonlyMap<string, FoundTask> => {
    const silent = taskArns.find((arn) => known.has(arn) && overlooked.get(arn)?.described === 'silent');
    if (silent !== undefined)
      throw new FailureError({ kind: 'transient', message: `Nothing was said of ${silent}.` });
    const asked = new Set(taskArns);
    const told = tasks().filter(
      ({ task }) => asked.has(task.arn) && overlooked.get(task.arn)?.described !== 'missing',
    );
    return new Map(told.map((found) => [found.task.arn, found]));
  };
  const startStranger = (): FoundTask => {
    const found = { task: newTask(cluster, ++made, [{ name: 'main' }], now()) };
    known.set(found.task.arn, found);
    return found;
  };

  return {
    calls,
    tasks,
    setState,
    startStranger,
    tellNext: (note) => void notes.push(note),
    files: () => storage.files(),
    definitions: () => registered.names(),
    lose: (taskArn) => void known.delete(get(taskArn).task.arn),
    overlook: (taskArn, oversight) => void overlooked.set(get(taskArn).task.arn, oversight),
    failNext: (method, failure) => void planned.push({ method, failure }),
    start: (taskArn) => setState(taskArn, running(get(taskArn).task, now())),
    exit: (taskArn, exitCode) => setState(taskArn, exited(get(taskArn).task, exitCode, now())),
    assess,
    useOf,
    logStreamOf: (task, container) => {
      const id = 'taskArn' in task ? task.taskArn.replace(/^.*\//, '') : task.runtimeId.slice(0, 32);
      return { group: `/lambdalet/${cluster}/pods`, stream: `pod/${container}/${id}` };
    },
    needsOf,
    lackIn: (pod, _, inputs) => lackIn(pod, inputs),
    launch: (...given) => Promise.resolve(launch(...given)),
    clearFiles: (attempt) => {
      calls.push({ method: 'clearFiles', uid: attempt.uid, attempt: attempt.attempt, at: now() });
      return failOrDo('clearFiles', () => storage.clear(attempt));
    },
    clearNode: (node) => {
      calls.push({ method: 'clearNode', node, at: now() });
      return failOrDo('clearNode', () => storage.clearNode(node));
    },
    stop: (taskArn, reason) => {
      calls.push({ method: 'stop', taskArn, reason, at: now() });
      return failOrDo('stop', () => stop(taskArn, reason));
    },
    describe: (taskArns) => {
      calls.push({ method: 'describe', taskArns, at: now() });
      return failOrDo('describe', () => describe(taskArns));
    },
    find: (uid, attempt) => {
      calls.push({ method: 'find', uid, attempt, at: now() });
      return failOrDo('find', () => {
        const all = listed().filter(({ owner }) => owner?.uid === uid && owner.attempt === attempt);
        return all.find(({ task }) => task.state !== 'stopped') ?? all[0];
      });
    },
    findByContainer: (runtimeId) =>
      Promise.resolve(
        [...known.values()].find(
          ({ task }) =>
            overlooked.get(task.arn)?.described !== 'missing' &&
            task.containers.some((container) => container.runtimeId === runtimeId),
        ),
      ),
    listAll: () => {
      calls.push({ method: 'listAll', at: now() });
      return failOrDo('listAll', () => listed().filter(({ owner }) => owner !== undefined));
    },
    listLive: () => {
      calls.push({ method: 'listLive', at: now() });
      return failOrDo('listLive', () =>
        listed()
          .filter(isLive)
          .map(({ task }) => task.arn),
      );
    },
    retireDefinitions: (isUsed, most) => {
      calls.push({ method: 'retireDefinitions', most, at: now() });
      return failOrDo('retireDefinitions', () => registered.retire(isUsed, most, now()));
    },
    retireSecrets: (most) => {
      calls.push({ method: 'retireSecrets', most, at: now() });
      return failOrDo('retireSecrets', () => storage.retire(most, now()));
    },
  };
}
