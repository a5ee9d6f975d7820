import type { Pod } from '../../lib/core/kubernetes.ts';
import type { ApiServer } from './api-server.ts';
import type { Court } from './court.ts';
import type { Fate } from './deeds.ts';
import type { GateWorld } from './gate.ts';
import { judgeStop } from './judge-tasks.ts';
import type { Sandbox } from './sandbox.ts';
import type { Listener } from './sim-telemetry.ts';
import { ordinal, type Story } from './story.ts';
import type { GatedCall } from './strikes.ts';
import type { Timeline } from './timeline.ts';
import { CANARY } from './users.ts';
import type { Notes } from './world.ts';

/** What a watcher sees with. */
export interface WatcherOptions {
  readonly court: Court;
  readonly story: Story;
  readonly notes: Notes;
  readonly apiServer: ApiServer;
  readonly timeline: Timeline;
}

/** Calls that may carry values of the environment: they are the channel. */
const CHANNEL = ['ecs.RunTask', 'ecs.RegisterTaskDefinition'];
/** Calls that a story tells of. */
const NEWS =
  /^(ecs\.(RunTask|StopTask)|records\.(write|forget)|pods\.(patchStatus|remove)|marks\.set\w+|slot\.take|nodes\.(create|remove|cordon))$/;
/** Calls that change something in ECS. */
const ECS_WRITES = /^ecs\.(RunTask|StopTask|RegisterTaskDefinition|DeregisterTaskDefinition)$/;
const CLUSTER_WRITES = /^(pods|nodes|leases)\.(create|patch\w*|remove|cordon|renew)$/;
/** Every look at everything, slow calls included, begins by asking which cluster it is. */
const KNOWN_MS = 60_000;
const ALARMS = ['FoldLimitReached', 'IdentityMismatch', 'BreakerHolds', 'OrphansStopped', 'LaunchFailures'];
/** A disturbed sweep is made anew by the next invocation, after at most a dead slot, a trigger and a back-off. */
const AFTERMATH_MS = 6 * 60_000;

/** Whoever sees every call, every fate and every word of the product. */
export function createWatcher(options: WatcherOptions): GateWorld['watcher'] & Listener {
  const { court, story, notes, timeline } = options;
  return {
    calls: (call, sandbox) => {
      const name = `${call.port}.${call.method}`;
      story.mark(`${sandbox.name} ${name}`);
      if (ECS_WRITES.test(name)) notes.writes += 1;
      if (call.port === 'pods') notes.writer = 'product';
      if (name === 'ecs.StopTask') judgeStop(court, (call.args[0] as { readonly task: string }).task);
      judgeCluster(options, name);
      judgeSecrets(court, name, call.args);
      if (NEWS.test(name)) story.tell(() => `${sandbox.name}: ${tellCall(options, call)}`);
      else story.murmur(() => `${sandbox.name}: ${name}`);
    },
    answers: ({ port, method, args }, sandbox, answer) => {
      const { kind } = (answer ?? {}) as { readonly kind?: string };
      if (kind === 'conflict' || answer === 'gone')
        story.tell(
          () =>
            `${sandbox.name}: ${port}.${method} of ${labelIn(court, args)} is refused (${kind ?? 'gone'})`,
        );
    },
    strikes: (call, sandbox, fate) => {
      story.count(`call ${fate.kind === 'crashes' ? `crashes ${fate.moment}` : fate.kind}`);
      story.count(`port ${call.port}`);
      notes.disturbedUntil = Math.max(notes.disturbedUntil, timeline.now() + AFTERMATH_MS);
      story.tell(() => tellFate(options, call, sandbox, fate));
    },
    line: (level, message, fields) => {
      if (level === 'debug') return;
      const text = fields === undefined ? '' : JSON.stringify(fields, withErrors);
      if (text.includes(CANARY)) court.accuse('a secret left its channel', `the log line "${message}"`);
      if (message === 'Pod status was called invalid') court.accuse('a status was called invalid', text);
      if (level !== 'info') story.tell(() => `log ${level}: ${message} ${text.slice(0, 300)}`);
    },
    metric: (name, value) => {
      if (ALARMS.includes(name) && value > 0) notes.alarms.push(name);
    },
  };
}

/** What was verified just before the credentials changed cannot be taken back; what comes later must know. */
function judgeCluster({ apiServer, notes, court }: WatcherOptions, name: string): void {
  const since = apiServer.swappedSince();
  if (since === undefined || !CLUSTER_WRITES.test(name)) return;
  if (court.now() - Math.max(since, notes.jumpedAt) > KNOWN_MS)
    court.accuse('another cluster was written to', name);
}

function judgeSecrets(court: Court, name: string, args: readonly unknown[]): void {
  if (CHANNEL.includes(name)) return;
  // The pod that a status is written for holds its own environment; only the status leaves.
  const told = name === 'pods.patchStatus' ? args.slice(1) : args;
  if (JSON.stringify(told).includes(CANARY)) court.accuse('a secret left its channel', `the call ${name}`);
}

function withErrors(_: string, value: unknown): unknown {
  return value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value;
}

function tellFate(options: WatcherOptions, call: GatedCall, sandbox: Sandbox, fate: Fate): string {
  const what = `${sandbox.name}: ${tellCall(options, call)}`;
  switch (fate.kind) {
    case 'fails':
      return `${what}: it will fail (${fate.as})`;
    case 'losesAnswer':
      return `${what}: its answer will be lost`;
    case 'isSentTwice':
      return `${what}: it will be sent twice`;
    case 'arrivesLate':
      return `${what}: it will time out, and arrive ${fate.ms} ms later`;
    case 'isSlow':
      return `${what}: it will take ${fate.ms} ms`;
    case 'crashes':
      return fate.moment === 'before'
        ? `${what}: it crashes before`
        : `${what}: it will crash before the answer`;
    case 'freezes':
      return `${what}: it will stand still for ${fate.ms / 1000} s`;
  }
}

function labelIn(court: Court, [first]: readonly unknown[]): string {
  const { uid, metadata } = (first ?? {}) as {
    readonly uid?: string;
    readonly metadata?: { readonly uid: string };
  };
  return court.files.labelOf(uid ?? metadata?.uid);
}

/** A call in words. */
function tellCall({ court }: WatcherOptions, { port, method, args }: GatedCall): string {
  const name = `${port}.${method}`;
  const [first, second] = args;
  switch (name) {
    case 'ecs.RunTask': {
      const { clientToken = '', startedBy = '' } = first as { clientToken?: string; startedBy?: string };
      const label = court.files.labelOf(startedBy.split('/')[0]);
      return `RunTask for ${label} (token ${clientToken.split('.').slice(1).join('.')})`;
    }
    case 'ecs.StopTask': {
      const task = court.tasks.get((first as { task: string }).task);
      return `StopTask of the ${ordinal(task?.nth ?? 0)} task of ${court.files.labelOf(task?.uid)}`;
    }
    case 'records.write': {
      const { uid } = first as { uid: string };
      return `writes the record of ${court.files.labelOf(uid)}: ${tellChange(second as object)}`;
    }
    case 'pods.patchStatus':
      return `patches ${court.files.labelOf((first as Pod).metadata.uid)}: ${tellStatus(second as Pod['status'])}`;
    case 'pods.remove':
      return `removes pod ${court.files.labelOf((first as { uid: string }).uid)}`;
    default:
      return name;
  }
}

function tellChange(change: object): string {
  const { state, attempt, task, stop } = change as Record<
    string,
    { state?: string; why?: string } | undefined
  >;
  const parts = [
    state === undefined ? undefined : String(state),
    attempt === undefined ? undefined : `attempt ${String(attempt)}`,
    task === undefined ? undefined : `its task is ${task.state ?? ''}`,
    stop === undefined ? undefined : `to stop: ${stop.why ?? ''}`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : Object.keys(change).join(', ');
}

function tellStatus(status: Pod['status']): string {
  const containers = (status?.containerStatuses ?? []).map(({ name, state, restartCount }) => {
    const now = state?.running
      ? 'running'
      : (state?.waiting?.reason ?? `exit ${state?.terminated?.exitCode ?? '?'}`);
    return `${name} ${now}, ${restartCount} restarts`;
  });
  return (
    [status?.phase, ...containers].filter((part) => part !== undefined).join('; ') ||
    Object.keys(status ?? {}).join(', ')
  );
}
