import { createHash } from 'node:crypto';
import { FailureError, type Failure } from '../../lib/core/failure.ts';
import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import { launchToken, type PodRecord } from '../../lib/core/record.ts';
import type { FoundTask, ObservedTask } from '../../lib/core/task.ts';
import type { Assessment, FieldFault, LaunchOutcome, Provider } from '../../lib/ports/provider.ts';

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
  | { readonly method: 'listAll'; readonly at: Instant };

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
  /** Changes a task and raises its version by one; the result is what an event would carry. */
  setState(taskArn: string, change: Partial<ObservedTask>): FoundTask;
  /** The task and all its containers run, with an address. */
  start(taskArn: string): FoundTask;
  /** The task is over: its containers exited with these codes (one number: all of them). */
  exit(taskArn: string, exitCode: number | Readonly<Record<string, number>>): FoundTask;
  /** Every task that the provider still knows, oldest first. */
  tasks(): readonly FoundTask[];
}

/** ECS forgets a stopped task, and with it its client token, after an hour. */
const REMEMBERED_MS = 3_600_000;
const TIMED_OUT: Failure = { kind: 'ambiguous', code: 'TimeoutError', message: 'The request timed out.' };

/** A memory provider whose time is `now`. Obeys the contract suite `providerContract`. */
export function createMemoryProvider(options: {
  readonly now: () => Instant;
  readonly cluster?: string;
  readonly assess?: (pod: Pod, node: string) => Assessment;
}): MemoryProvider {
  const { now, cluster = 'demo', assess = assessSimply } = options;
  const calls: ProviderCall[] = [];
  const planned: { method: FailingMethod; failure: PlannedFailure }[] = [];
  const known = new Map<string, FoundTask>();
  const byToken = new Map<string, string>();
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
    if (failure === undefined) return Promise.resolve(work());
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
    const found = newTask({ pod, record, cluster, number: ++made, now: now() });
    known.set(found.task.arn, found);
    byToken.set(token, found.task.arn);
    return found;
  };
  const launch = (pod: Pod, record: PodRecord, sendBefore: Instant): LaunchOutcome => {
    const sent = now() <= sendBefore;
    calls.push({ method: 'launch', uid: pod.metadata.uid, token: launchToken(record), at: now(), sent });
    if (!sent) return { kind: 'failed', failure: { kind: 'transient', message: 'The claim ran out.' } };
    const failure = nextFailure('launch');
    if (failure !== undefined && failure !== 'timeoutAfterSuccess') return { kind: 'failed', failure };
    const found = taskOf(pod, record);
    if (failure !== undefined) return { kind: 'failed', failure: TIMED_OUT };
    return { kind: 'launched', found, taskDefinition: found.taskDefinition ?? '' };
  };
  const stop = (taskArn: string, reason: string): void => {
    const found = known.get(taskArn);
    if (found === undefined || found.task.state === 'stopping' || found.task.state === 'stopped') return;
    setState(taskArn, { state: 'stopping', cause: 'requested', reason, stoppingAt: now() });
  };

  return {
    calls,
    tasks,
    setState,
    failNext: (method, failure) => void planned.push({ method, failure }),
    start: (taskArn) => setState(taskArn, running(get(taskArn).task, now())),
    exit: (taskArn, exitCode) => setState(taskArn, exited(get(taskArn).task, exitCode, now())),
    assess,
    launch: (pod, record, sendBefore) => Promise.resolve(launch(pod, record, sendBefore)),
    stop: (taskArn, reason) => {
      calls.push({ method: 'stop', taskArn, reason, at: now() });
      return failOrDo('stop', () => stop(taskArn, reason));
    },
    describe: (taskArns) => {
      calls.push({ method: 'describe', taskArns, at: now() });
      return failOrDo('describe', () => {
        const wanted = tasks().filter(({ task }) => taskArns.includes(task.arn));
        return new Map(wanted.map((found) => [found.task.arn, found]));
      });
    },
    find: (uid, attempt) => {
      calls.push({ method: 'find', uid, attempt, at: now() });
      return failOrDo('find', () => {
        const all = tasks().filter(({ owner }) => owner?.uid === uid && owner.attempt === attempt);
        return all.find(({ task }) => task.state !== 'stopped') ?? all[0];
      });
    },
    listAll: () => {
      calls.push({ method: 'listAll', at: now() });
      return failOrDo('listAll', tasks);
    },
  };
}

function newTask(made: {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly cluster: string;
  readonly number: number;
  readonly now: Instant;
}): FoundTask {
  const { pod, record, cluster, number, now } = made;
  const { uid, namespace, name } = pod.metadata;
  return {
    taskDefinition: `arn:aws:ecs:eu-west-1:111122223333:task-definition/lambdalet-${cluster}-${record.specHash.slice(2, 18)}:1`,
    owner: { cluster, node: record.node, uid, attempt: record.attempt, namespace, name },
    task: {
      arn: `arn:aws:ecs:eu-west-1:111122223333:task/${cluster}/${String(number).padStart(32, '0')}`,
      version: 1,
      state: 'pending',
      containers: pod.spec.containers.map((container) => ({ name: container.name, state: 'pending' })),
      createdAt: now,
    },
  };
}

function running(task: ObservedTask, now: Instant): Partial<ObservedTask> {
  const address = Number(task.arn.slice(-9));
  return {
    state: 'running',
    podIP: `10.0.${Math.floor(address / 250) % 250}.${(address % 250) + 1}`,
    startedAt: now,
    containers: task.containers.map((container) => ({
      ...container,
      state: 'running',
      runtimeId: `${task.arn.slice(-32)}-${container.name}`,
      startedAt: now,
    })),
  };
}

function exited(
  task: ObservedTask,
  exitCode: number | Readonly<Record<string, number>>,
  now: Instant,
): Partial<ObservedTask> {
  const codeOf = (name: string): number | undefined =>
    typeof exitCode === 'number' ? exitCode : exitCode[name];
  return {
    state: 'stopped',
    cause: task.cause ?? 'exited',
    reason: task.reason ?? 'Essential container in task exited',
    stoppingAt: task.stoppingAt ?? now,
    stoppedAt: now,
    containers: task.containers.map((container) => {
      const code = codeOf(container.name);
      return {
        ...container,
        state: 'stopped',
        finishedAt: now,
        ...(code === undefined ? {} : { exitCode: code }),
      };
    }),
  };
}

/** Refuses what no provider of ours can do, and hashes what replicas share: their containers without identity and mounts. */
function assessSimply(pod: Pod): Assessment {
  const faults: FieldFault[] = [];
  if (pod.spec.hostNetwork === true)
    faults.push({ path: 'spec.hostNetwork', note: 'A task has its own network.' });
  pod.spec.containers.forEach((container, index) => {
    if (container.securityContext?.privileged === true)
      faults.push({
        path: `spec.containers[${index}].securityContext.privileged`,
        note: 'A task is never privileged.',
      });
  });
  if (faults.length > 0) return { kind: 'unsupported', faults };
  const shared = pod.spec.containers.map(({ volumeMounts: _, ...container }) => container);
  const hash = createHash('sha256').update(JSON.stringify(shared)).digest('hex');
  return { kind: 'runnable', specHash: `1:${hash}`, warnings: [] };
}
