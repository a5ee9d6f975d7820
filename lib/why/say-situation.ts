import { UNKNOWN_END } from '../core/container-state.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { StopRequest } from '../core/record.ts';
import type { ContainerEnd, RefusedBy, Situation, VainStart } from './situation.ts';
import { tellClock, tellSpan, tellTime } from './tell-time.ts';

/** The verdict on the pod of this name: a plain sentence, or two. */
export function saySituation(pod: string, situation: Situation, now: Instant): string {
  const time = (instant: Instant): string => tellTime(instant, now);
  /** `web is starting`, or since when it has been. */
  const lasting = (isNow: string, hasBeen: string, since: Instant | undefined): string =>
    since === undefined ? isNow : `${hasBeen} since ${time(since)}`;
  switch (situation.kind) {
    case 'unreadable':
      return `why ${pod} is as it is cannot be told: ${clause(situation.why)}`;
    case 'absent':
      return ABSENT[situation.record](pod);
    case 'goneUnfinished':
      return `${pod} is gone from the cluster, and its task is ${situation.taskState ?? 'not known'}: the controller has still to end it`;
    case 'unscheduled':
      return `${pod} is not bound to a node: ${situation.words === undefined ? 'the scheduler has not said anything yet' : `the scheduler says ${clause(situation.words)}`}`;
    case 'foreignNode':
      return `${pod} is bound to ${situation.node}, which is no node of this deployment`;
    case 'daemonSet':
      return `${pod} waits for ever: a virtual node runs no pods of DaemonSets`;
    case 'refused':
      return `no task of ${pod} can run on its node (${situation.reason}): ${clause(situation.message)}`;
    case 'nodeAbsent':
      return `${pod} waits, and there is no Node ${situation.node} any more`;
    case 'heartbeatOld':
      return `${pod} waits, and nobody looks at it: ${situation.at === undefined ? `no heartbeat of ${situation.node} was ever seen` : `the last heartbeat of ${situation.node} was at ${time(situation.at)}`}`;
    case 'passOld':
      return `${pod} waits, and nobody looks at it: pod-sync last completed a pass at ${time(situation.at)}`;
    case 'nodeClosing':
      return `${pod} is not started: its node ${situation.node} is being removed`;
    case 'ceiling':
      return `${pod} waits for room. ${clause(situation.message)}`;
    case 'launchRefused':
      return `${pod} waits: ${andThen(lackInWords(situation.by, situation), nextTry(situation.nextTryAt, now))}`;
    case 'launchDue':
      return `${lasting(`${pod} is due to be launched`, `${pod} has been due to be launched`, situation.since)}: nothing known is in its way`;
    case 'launching':
      return `${pod} is being launched, as attempt ${situation.attempt}${situation.since === undefined ? '' : `, which was first sent at ${time(situation.since)}`}`;
    case 'recovering':
      return `${pod} ran before, but what is remembered of it is gone or old: its task is looked for first`;
    case 'starting':
      return lasting(
        `the task of ${pod} is starting`,
        `the task of ${pod} has been starting`,
        situation.since,
      );
    case 'neverStarted':
      return `${pod} did not start: ${andThen(vainStartInWords(situation.cause, situation), nextTry(situation.nextTryAt, now))}`;
    case 'crashed':
      return `${pod} failed: ${andThen(crashInWords(situation), `${restartsInWords(situation.restarts)}, next attempt at ${tellClock(situation.nextTryAt, now)}`)}`;
    case 'running': {
      const { since, restarted } = situation;
      const told =
        restarted === undefined
          ? ''
          : `; its container ${restarted.container} was ${restartsInWords(restarted.count)}`;
      return `${lasting(`${pod} is running`, `${pod} has been running`, since)}${told}`;
    }
    case 'notReady':
      return `${lasting(`${pod} is running`, `${pod} has been running`, situation.since)}, but is not ready: ${clause(situation.words)}`;
    case 'missing':
      return `${lasting(`ECS does not know the task of ${pod}`, `ECS has not known the task of ${pod}`, situation.since)}, and it was never seen to stop`;
    case 'stopping': {
      const { why, deadline, since } = situation;
      const stops = lasting(`${pod} is being stopped`, `${pod} has been stopping`, since);
      return `${stops}: ${STOPS[why]}${deadline === undefined ? '' : `; ${deadlineInWords(deadline, now)}`}`;
    }
    case 'finalizers':
      return situation.names.length === 0
        ? `${pod} has ended, and its object is about to be removed`
        : `${pod} has ended, and its object is kept by the finalizers ${situation.names.join(', ')}`;
    case 'succeeded':
      return `${pod} succeeded${situation.at === undefined ? '' : ` at ${time(situation.at)}`}`;
    case 'failed':
      return `${pod} failed for good: ${failureInWords(situation)}`;
    case 'recordUnreadable':
      return `${pod} shows ${clause(situation.shown)}; more cannot be told, because its record could not be read: ${clause(situation.why)}`;
  }
}

/** The words of somebody else, so that ours can go on behind them. */
function clause(words: string): string {
  return words.replace(/[.;\s]+$/, '');
}

/** What comes after it; behind words that are sentences themselves it is one of its own. */
function andThen(words: string, next: string): string {
  if (next === '') return words;
  const isSentences = /\.\s/.test(words);
  return isSentences ? `${words}. ${next.charAt(0).toUpperCase()}${next.slice(1)}` : `${words}; ${next}`;
}

function deadlineInWords(deadline: Instant, now: Instant): string {
  return deadline < now
    ? `it should have been gone ${tellSpan(now - deadline)} ago`
    : `it is to be gone by ${tellTime(deadline, now)}`;
}

const ABSENT: Readonly<Record<(Situation & { readonly kind: 'absent' })['record'], (pod: string) => string>> =
  {
    ended: (pod) => `${pod} is gone: it was on a virtual node, and nothing of it is left to do`,
    none: (pod) => `there is no pod ${pod}, and no virtual node remembers one`,
    unread: (pod) => `there is no pod ${pod}; whether a virtual node had one cannot be told`,
  };

const STOPS: Readonly<Record<StopRequest['why'] | 'provider', string>> = {
  deleted: 'its deletion was asked for',
  deadlineExceeded: 'its activeDeadlineSeconds have passed',
  teardown: 'its node is being removed',
  orphan: 'its pod has ended',
  initFailed: 'an init container failed, and what comes after it would wait for ever',
  unhealthy: 'a liveness or startup probe failed, and only the task as a whole can be started again',
  sidecarEnded: 'a native sidecar ended, and only the task as a whole can be started again',
  provider: 'ECS stops its task by itself',
};

function lackInWords(
  by: RefusedBy,
  { words, quota }: { readonly words: string; readonly quota?: number },
): string {
  switch (by) {
    case 'quota':
      return `the account's Fargate vCPU quota${quota === undefined ? '' : ` of ${quota}`} is used up`;
    case 'capacity':
      return 'Fargate has no capacity for it in the zones of its node';
    case 'addresses':
      return 'the subnets of its node have no free address';
    case 'access':
      return `the functions may not start it: ${clause(words)}`;
    case 'configuration':
      return `something that it refers to is missing: ${clause(words)}`;
    case 'provider':
      return `its launch did not succeed: ${clause(words)}`;
  }
}

function vainStartInWords(
  cause: VainStart,
  told: { readonly words: string; readonly quota?: number },
): string {
  switch (cause) {
    case 'imagePull':
      return `its image cannot be pulled: ${clause(told.words)}`;
    case 'configuration':
      return `something that its task needs cannot be prepared: ${clause(told.words)}`;
    case 'quota':
    case 'capacity':
    case 'addresses':
      return lackInWords(cause, told);
  }
}

function nextTry(at: Instant | undefined, now: Instant): string {
  if (at === undefined) return '';
  return at > now
    ? `next try at ${tellTime(at, now)}`
    : `the next try has been due since ${tellTime(at, now)}`;
}

/** What an init container is stopped for is that it failed. */
function crashInWords({ end, stoppedFor }: Situation & { readonly kind: 'crashed' }): string {
  const ended = end === undefined ? 'its task ended without an exit code' : endInWords(end);
  const isOwn = stoppedFor === undefined || (stoppedFor === 'initFailed' && end?.isInit === true);
  return isOwn ? ended : `${STOPS[stoppedFor]} (${ended})`;
}

function failureInWords({ reason, words, end }: Situation & { readonly kind: 'failed' }): string {
  const told = [reason, words].flatMap((one) => (one === undefined || one === '' ? [] : [clause(one)]));
  const parts = [told.join(': '), end === undefined ? '' : endInWords(end)].filter((one) => one !== '');
  return parts.length === 0 ? 'nobody told why' : parts.join('; ');
}

/** `container main ended with OOMKilled, exit 137`. */
function endInWords({ container, isInit, reason, exitCode, words = '' }: ContainerEnd): string {
  const what = `${isInit === true ? 'init container' : 'container'} ${container}`;
  const said = words === '' || words === reason ? '' : ` (${clause(words)})`;
  // No exit code that anybody told: nothing is to be read from the one that Kubernetes has for that.
  if (reason === UNKNOWN_END.reason) return `how ${what} ended is not known${said}`;
  return `${what} ended with ${reason}, exit ${exitCode}${said}`;
}

function restartsInWords(count: number): string {
  return count === 0 ? 'not restarted yet' : `restarted ${count} ${count === 1 ? 'time' : 'times'}`;
}
