import type { Act, SeenTask, ShownStatus } from '../core/transition.ts';
import { tellSpan } from '../why/tell-time.ts';
import type { TransitionLine } from './read-line.ts';

/** What was done, for people; an act of a newer version is called by its name. */
const WORDS: Readonly<Record<Act, string>> = {
  refuse: 'refused for good',
  hold: 'left Pending',
  claim: 'attempt claimed',
  renewClaim: 'launch taken up again',
  launch: 'launch sent',
  findTask: 'looked for a task of the attempt',
  moveTry: 'new try begun',
  declareLost: 'task declared lost',
  recover: 'looked for the task of the last attempt',
  recordEnd: 'remembered that the pod went before anything was started',
  examineLoss: 'looked whether the task is lost',
  giveUp: 'attempt given up',
  noteEdit: 'edit noted',
  stop: 'task asked to stop',
  describeTask: 'ECS asked about the task',
  patchStatus: 'status published',
  clearFiles: 'files of the attempt removed',
  removePod: 'pod object removed',
  endRecord: 'record ended',
  taskSeen: 'task seen',
  taskMissing: 'task unknown to ECS',
  taskAdopted: 'task adopted',
  taskRecorded: 'record made of the task',
  strayStopped: 'task without a pod stopped',
  probeTurned: 'probe turned',
};

/** Causes whose word does not say enough. */
const CAUSES: Readonly<Record<string, string>> = {
  bound: 'the pod was bound',
  retry: 'the next try was due',
  claimRanOut: 'nobody had sent it in time',
  launched: 'accepted',
  event: 'by event',
  look: 'by a look at ECS',
  knownAgain: 'ECS knows it again',
  eventsWait: 'events wait to be handled',
  deleted: 'the pod is deleted',
  deadlineExceeded: 'activeDeadlineSeconds exceeded',
  teardown: 'the node is removed',
  orphan: 'the pod has ended',
  initFailed: 'an init container failed',
  unhealthy: 'a probe failed',
  sidecarEnded: 'a native sidecar ended',
  noPod: 'no pod needs it',
  noRecord: 'there was no record',
  resize: 'a running task cannot be resized',
  spec: 'a running task keeps its images',
  followed: 'the task need not change',
  nothingFound: 'there is none',
  lost: 'nobody can know what became of it',
};

/** What was done. */
export function sayAct({ action, attempt, detail, failure }: TransitionLine): string {
  const words = action in WORDS ? WORDS[action as Act] : action;
  const parts = [
    failure === undefined ? words : `failed: ${words}`,
    ...(detail.seen === undefined ? [] : [sayTask(detail.seen)]),
    ...(detail.shown === undefined ? [] : [sayShown(detail.shown)]),
  ];
  const which =
    attempt > 1 ? ` (attempt ${attempt}${detail.try === undefined ? '' : `, try ${detail.try}`})` : '';
  return `${parts.join(', ')}${which}`;
}

/** Why; empty where the act says it. */
export function sayCause({ at, detail, failure }: TransitionLine): string {
  if (failure !== undefined) return sayFailure(failure);
  const { cause, refusal, seen, container } = detail;
  if (refusal !== undefined) {
    const { nextTryAt } = refusal;
    const next = nextTryAt === undefined ? '' : `; next try in ${tellSpan(Math.max(0, nextTryAt - at))}`;
    return `${next === '' ? sayFailure(refusal) : sayFailure(refusal).replace(/\.$/, '')}${next}`;
  }
  const words = cause === undefined ? '' : (CAUSES[cause] ?? cause);
  return [words, container, seen?.cause, seen?.reason]
    .filter((one) => one !== undefined && one !== '')
    .join(', ');
}

function sayFailure({ kind, code, message }: NonNullable<TransitionLine['failure']>): string {
  return `${kind}: ${[code, message].filter((one) => one !== undefined).join(': ')}`;
}

/** `stopped: main exit 3`. */
function sayTask({ state, containers }: SeenTask): string {
  const ends = containers.flatMap(({ name, exitCode, outOfMemory }) =>
    exitCode === undefined
      ? []
      : [`${name} exit ${exitCode}${outOfMemory === true ? ' (out of memory)' : ''}`],
  );
  return ends.length === 0 ? state : `${state}: ${ends.join(', ')}`;
}

/** `Pending: main waiting CrashLoopBackOff`. */
function sayShown({ phase, reason, containers }: ShownStatus): string {
  const states = Object.entries(containers).map(([name, state]) => `${name} ${state}`);
  return `${[phase, reason].filter((one) => one !== undefined).join(' ')}${states.length === 0 ? '' : `: ${states.join(', ')}`}`;
}

/** The date and the clock with milliseconds, UTC. */
export function sayTime(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', '');
}
