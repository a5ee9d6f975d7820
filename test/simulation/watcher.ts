import type { Failure } from '../../lib/core/failure.ts';
import type { TroubleKind } from '../../lib/core/metrics.ts';
import type { RecordChange } from '../../lib/ports/records.ts';
import type { Fields } from '../../lib/ports/telemetry.ts';
import type { ApiServer } from './api-server.ts';
import type { Court } from './court.ts';
import type { GateWorld } from './gate.ts';
import type { HandOverJudge } from './judge-hand-over.ts';
import { judgeStop } from './judge-tasks.ts';
import { SECRET_CANARY } from './inputs.ts';
import type { Listener } from './sim-telemetry.ts';
import type { Story } from './story.ts';
import { labelIn, tellCall, tellFate } from './tell-call.ts';
import type { Timeline } from './timeline.ts';
import { CANARY } from './pod-of-wish.ts';
import type { Notes } from './world.ts';

/** What a watcher sees with. */
export interface WatcherOptions {
  readonly court: Court;
  readonly story: Story;
  readonly notes: Notes;
  readonly apiServer: ApiServer;
  readonly timeline: Timeline;
  readonly handOver: HandOverJudge;
}

/** Calls that may carry values of the environment: they are the channel, or give back what came by it. */
const CHANNEL = ['ecs.RunTask', 'ecs.RegisterTaskDefinition', 'eventQueue.discard'];
/** The only calls that may carry what is in Secrets. */
const SECRET_CHANNEL = ['s3.PutObject', 'secrets.CreateSecret', 'secrets.PutSecretValue'];
/** Calls that a story tells of. */
const NEWS =
  /^(ecs\.(RunTask|StopTask)|s3\.(PutObject|DeleteObjects)|records\.(write|forget)|pods\.(patchStatus|remove)|marks\.set\w+|slot\.take|nodes\.(create|remove|cordon))$/;
/** Calls that change something in ECS. */
const ECS_WRITES =
  /^(ecs\.(RunTask|StopTask|RegisterTaskDefinition|DeregisterTaskDefinition)|s3\.(PutObject|DeleteObjects)|secrets\.(CreateSecret|PutSecretValue))$/;
/** What another cluster would keep; writes to pods name a UID that it does not have. */
const CLUSTER_WRITES = /^nodes\.create$/;
/** Every look at everything, slow calls included, begins by asking which cluster it is. */
const KNOWN_MS = 60_000;
/** Trouble that a settled world must not know. */
const ALARMS: readonly unknown[] = ['foldLimit', 'identity', 'breaker'] satisfies TroubleKind[];
/** A disturbed sweep is made anew by the next invocation, after at most a dead slot, a trigger and a back-off. */
const AFTERMATH_MS = 6 * 60_000;

/** Whoever sees every call, every fate and every word of the product. */
export function createWatcher(options: WatcherOptions): GateWorld['watcher'] & Listener {
  const { court, story, notes, timeline, handOver } = options;
  return {
    calls: (call, sandbox) => {
      const name = `${call.port}.${call.method}`;
      story.mark(`${sandbox.name} ${name}`);
      if (ECS_WRITES.test(name)) notes.writes += 1;
      if (call.port === 'pods') notes.writer = 'product';
      if (name === 'ecs.StopTask') judgeStop(court, (call.args[0] as { readonly task: string }).task);
      judgeCluster(options, name);
      handOver.onCall(call, sandbox);
      if (name === 'records.write') judgeLoss(court, call.args[1] as RecordChange);
      judgeSecrets(court, name, call.args);
      if (NEWS.test(name)) story.tell(() => `${sandbox.name}: ${tellCall(court, call)}`);
      else story.murmur(() => `${sandbox.name}: ${name}`);
    },
    answers: (call, sandbox, answer) => {
      const { port, method, args } = call;
      handOver.onAnswer(call, sandbox, answer);
      const { kind } = (answer ?? {}) as { readonly kind?: string };
      if (kind === 'conflict' || answer === 'gone')
        story.tell(
          () =>
            `${sandbox.name}: ${port}.${method} of ${labelIn(court, args)} is refused (${kind ?? 'gone'})`,
        );
    },
    strikes: (call, sandbox, fate) => {
      handOver.onStrike(sandbox);
      story.count(`call ${fate.kind === 'crashes' ? `crashes ${fate.moment}` : fate.kind}`);
      story.count(`port ${call.port}`);
      notes.disturbedUntil = Math.max(notes.disturbedUntil, timeline.now() + AFTERMATH_MS);
      story.tell(() => tellFate(court, call, sandbox, fate));
    },
    line: (level, message, fields) => {
      const text = fields === undefined ? '' : JSON.stringify(fields, withErrors);
      if (text.includes(CANARY) || text.includes(SECRET_CANARY))
        court.accuse('a secret left its channel', `the log line "${message}"`);
      if (message === 'Pod status was called invalid') court.accuse('a status was called invalid', text);
      const alarm = alarmIn(message, fields);
      if (alarm !== undefined) notes.alarms.push(alarm);
      if (level === 'warn' || level === 'error')
        story.tell(() => `log ${level}: ${message} ${text.slice(0, 300)}`);
    },
  };
}

/** What a line tells that must not come up in a settled world. */
function alarmIn(message: string, { trouble, failure }: Fields = {}): string | undefined {
  if (ALARMS.includes(trouble)) return String(trouble);
  if (message === 'Task without a pod is stopped') return message;
  const isThrottled = (failure as Failure | undefined)?.kind === 'throttled';
  return message === 'Launch failed' && !isThrottled ? message : undefined;
}

/** What was verified just before the credentials changed cannot be taken back; what comes later must know. */
function judgeCluster({ apiServer, notes, court }: WatcherOptions, name: string): void {
  const since = apiServer.swappedSince();
  if (since === undefined || !CLUSTER_WRITES.test(name)) return;
  if (court.now() - Math.max(since, notes.jumpedAt) > KNOWN_MS)
    court.accuse('another cluster was written to', name);
}

/** While an event of it waits, nobody may say that it is not known how a task ended. */
function judgeLoss(court: Court, { task }: RecordChange): void {
  if (task?.cause !== 'lost') return;
  const since = court.eventWaitsSince(task.arn);
  if (since !== undefined && court.now() - since > KNOWN_MS)
    court.accuse('a task was called lost while its event waited', task.arn);
}

function judgeSecrets(court: Court, name: string, args: readonly unknown[]): void {
  if (SECRET_CHANNEL.includes(name)) return;
  // What a plan reads of objects goes in with no argument; values come by answers.
  if (JSON.stringify(args).includes(SECRET_CANARY))
    court.accuse('a secret left its channel', `the call ${name} has the value of a Secret`);
  if (CHANNEL.includes(name)) return;
  // The pod that a status is written for holds its own environment; only the status leaves.
  const told = name === 'pods.patchStatus' ? args.slice(1) : args;
  if (JSON.stringify(told).includes(CANARY)) court.accuse('a secret left its channel', `the call ${name}`);
}

function withErrors(_: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message} ${value.stack ?? ''}` : value;
}
