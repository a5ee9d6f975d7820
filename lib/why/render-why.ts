import type { Paint, Mood } from '../cli/paint.ts';
import { wrapText } from '../cli/wrap-text.ts';
import type { Action } from '../core/action.ts';
import { fromTime, type Instant } from '../core/kubernetes.ts';
import type { Situation } from './situation.ts';
import type { Section, SectionId } from './tell-sections.ts';
import { tellTime } from './tell-time.ts';
import type { WhyReport } from './why-report.ts';

/** How it is shown. */
export interface WhyLook {
  readonly width: number;
  readonly paint: Paint;
}

const TITLES: Readonly<Record<SectionId, string>> = {
  pod: 'pod',
  record: 'record',
  task: 'task now',
  node: 'node',
  events: 'events',
  log: 'last lines of the log',
  links: 'console',
};

/** The answer as text: the verdict first. A link is never broken. */
export function renderWhy(report: WhyReport, { width, paint }: WhyLook): string {
  const { verdict, next, beside, sections } = report;
  const now = fromTime(report.askedAt) ?? 0;
  return [
    ...wrapText(verdict.sentence, width).map((line) => paint(moodOf(verdict.kind), line)),
    ...verdict.advice.flatMap((one) => wrapText(one, width, '  do    ')),
    ...beside.flatMap((one) => wrapText(one, width, '  also  ')),
    ...(next === undefined ? [] : wrapText(sayNext(next, now), width, '  next  ')),
    ...sections.flatMap((section) => renderSection(section, { width, paint })),
  ].join('\n');
}

function renderSection({ id, lines, unread }: Section, { width, paint }: WhyLook): readonly string[] {
  if (unread !== undefined)
    return ['', paint('strong', TITLES[id]), ...wrapText(`could not be read: ${unread}`, width, '  ')];
  if (lines.length === 0) return [];
  const column = Math.max(...lines.map(({ name }) => name.length)) + 2;
  const told = lines.flatMap(({ name, value }) => wrapText(value, width, `  ${name.padEnd(column)}`));
  return ['', paint('strong', TITLES[id]), ...told];
}

function moodOf(kind: Situation['kind']): Mood {
  switch (kind) {
    case 'running':
    case 'succeeded':
      return 'good';
    case 'refused':
    case 'crashed':
    case 'failed':
    case 'neverStarted':
    case 'heartbeatOld':
    case 'passOld':
    case 'nodeAbsent':
    case 'missing':
    case 'daemonSet':
      return 'bad';
    case 'unreadable':
    case 'absent':
    case 'goneUnfinished':
    case 'unscheduled':
    case 'foreignNode':
    case 'nodeClosing':
    case 'ceiling':
    case 'launchRefused':
    case 'launchDue':
    case 'launching':
    case 'recovering':
    case 'starting':
    case 'notReady':
    case 'stopping':
    case 'finalizers':
    case 'recordUnreadable':
      return 'doubtful';
  }
}

/** What each action of the loop is to people. */
const ACTIONS: Readonly<Record<Exclude<Action['kind'], 'wait'>, string>> = {
  refuse: 'tells that the pod cannot run here',
  hold: 'tells why the pod stays Pending',
  claim: 'claims an attempt and launches its task',
  renewClaim: 'sends the launch again',
  launch: 'sends the launch',
  findTask: 'looks whether the launch made a task after all',
  moveTry: 'begins a new try, because the last one made no task',
  declareLost: 'declares the task lost',
  recover: 'looks for the task of the last attempt',
  recordEnd: 'remembers that the pod went before anything was started',
  examineLoss: 'looks whether the task is lost',
  giveUp: 'gives the attempt up',
  noteEdit: 'compares the edited pod with what runs',
  stop: 'asks ECS to stop the task',
  describeTask: 'asks ECS how the task is',
  patchStatus: 'shows what is new in the status of the pod',
  clearFiles: 'removes the files that the containers have read',
  removePod: 'removes the pod object',
  endRecord: 'ends the record',
};

function sayNext({ action, at }: NonNullable<WhyReport['next']>, now: Instant): string {
  if (action !== 'wait') return `in its next pass the controller ${ACTIONS[action]}`;
  const until = fromTime(at);
  return until === undefined
    ? 'the controller waits until something changes'
    : `the controller looks again at ${tellTime(until, now)}`;
}
