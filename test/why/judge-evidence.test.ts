import { describe, expect, it } from 'vitest';
import { CEILING_REACHED, describeLack } from '../../lib/core/ceiling.ts';
import { toTime, type Pod } from '../../lib/core/kubernetes.ts';
import type { PodRecord, Refusal } from '../../lib/core/record.ts';
import type { Evidence } from '../../lib/why/evidence.ts';
import { reportOn } from '../../lib/why/why-report.ts';
import {
  aClaim,
  aLaunch,
  aPendingTask,
  aPod,
  ago,
  aTask,
  deleted,
  exited,
  NOW,
  patched,
  SECOND,
  seen,
  showing,
} from '../support/vocabulary.ts';
import { aNode, aSlot, evidenceOf, known, unread } from './why-words.ts';

const none = known(undefined);
const say = (other: Partial<Evidence>): string => reportOn(evidenceOf(other), NOW).verdict.sentence;

/** A pod that shows what its record says, and no other news of its task. */
const remembered = (record: PodRecord, pod: Pod = aPod()): Partial<Evidence> => ({
  pod: known(showing(pod, record)),
  record: known(record),
  task: none,
});
const refused = (kind: Refusal['kind'], message: string, more: Partial<Refusal> = {}): PodRecord =>
  aClaim({
    refusal: { kind, message, at: ago(20), tries: 2, retry: true, podReason: 'X', ...more },
    nextTryAt: NOW + 190 * SECOND,
    launchBefore: ago(1),
    firstSentAt: ago(60),
  });
const stopped = (words: Parameters<typeof aTask>[0]) =>
  aTask({ state: 'stopped', version: 9, stoppedAt: ago(4), ...words });
const unbound = (message: string): Pod => ({
  ...aPod({
    status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
  }),
  spec: { containers: [{ name: 'main', image: 'x' }] },
});
const LACK = describeLack({
  owner: { kind: 'namespace', name: 'batch' },
  ...{ unit: 'vcpu', ceiling: 8, inUse: 8, need: 1, isKept: false },
});
const waitingForRoom = patched(aPod(), {
  containerStatuses: [
    {
      ...{ name: 'main', image: 'x', imageID: '', ready: false, restartCount: 0 },
      state: { waiting: { reason: CEILING_REACHED, message: LACK } },
    },
  ],
});
const runnable = { kind: 'runnable', specHash: '1:abc', warnings: [] } as const;

describe('the verdict on a pod', () => {
  it.each<[situation: string, evidence: Partial<Evidence>, sentence: RegExp | string]>([
    ['runs', {}, 'web has been running since 11:59:50 UTC (10 s ago).'],
    [
      'waits for the quota of the account',
      {
        ...remembered(
          refused('quota', "You've reached the limit on the number of vCPUs you can run concurrently"),
        ),
        mark: known({ closing: false, quota: { share: { limit: 64, available: 0 } } }),
      },
      "web waits: the account's Fargate vCPU quota of 64 is used up; next try at 12:03:10 UTC (in 3 min 10 s).",
    ],
    [
      'waits for a quota that could not be read',
      remembered(refused('quota', 'limit')),
      "web waits: the account's Fargate vCPU quota is used up; next try at 12:03:10 UTC (in 3 min 10 s).",
    ],
    [
      'waits for capacity',
      remembered(refused('capacity', 'no')),
      /^web waits: Fargate has no capacity for it in the zones/,
    ],
    [
      'waits for addresses',
      remembered(refused('capacity', 'no', { podReason: 'SubnetAddressesExhausted' })),
      /^web waits: the subnets of its node have no free address; next try/,
    ],
    [
      'may not be started',
      remembered(refused('auth', 'not authorized to perform ecs:RunTask')),
      /^web waits: the functions may not start it: not authorized to perform ecs:RunTask; next try/,
    ],
    [
      'lacks a Secret',
      remembered(refused('configuration', 'secret "db" not found')),
      /^web waits: something that it refers to is missing: secret "db" not found; next try/,
    ],
    [
      'waits for the ceiling of its namespace',
      { pod: known(waitingForRoom), record: none, task: none, assessment: runnable },
      /^web waits for room\. The ceiling of namespace batch is 8 vCPU, and this pod needs 1 vCPU/,
    ],
    [
      'crashes',
      remembered(
        aLaunch(stopped({ cause: 'exited', containers: [exited('main', 137, { outOfMemory: true })] }), {
          restarts: { main: 3 },
          backOffCount: 2,
          attempt: 4,
        }),
      ),
      'web failed: container main ended with OOMKilled, exit 137; restarted 3 times, next attempt at 12:00:36 UTC.',
    ],
    [
      'cannot pull its image',
      remembered(
        aLaunch(
          aPendingTask({
            ...{ state: 'stopped', version: 9, stoppedAt: ago(4) },
            cause: 'imagePull',
            reason: 'CannotPullContainerError: not found',
            containers: [{ name: 'main', state: 'stopped' }],
          }),
        ),
      ),
      'web did not start: its image cannot be pulled: CannotPullContainerError: not found; next try at 12:00:06 UTC (in 6 s).',
    ],
    [
      'is taken away by AWS',
      remembered(
        aLaunch(stopped({ cause: 'disruption', reason: 'Your Spot Task was interrupted.', containers: [] })),
      ),
      /^web failed for good: Shutdown: Your Spot Task was interrupted; how container|^web failed for good: Shutdown: Your Spot Task was interrupted\./,
    ],
    [
      'succeeded',
      {
        ...remembered(
          aLaunch(stopped({ cause: 'exited', containers: [exited('main', 0)] })),
          aPod({ spec: { restartPolicy: 'Never' } }),
        ),
      },
      'web succeeded at 11:59:56 UTC (4 s ago).',
    ],
    [
      'is starting',
      remembered(aLaunch(aPendingTask())),
      'the task of web has been starting since 11:59:30 UTC (30 s ago).',
    ],
    [
      'is being launched',
      remembered(aClaim()),
      'web is being launched, as attempt 1, which was first sent at 12:00:00 UTC (0 s ago).',
    ],
    [
      'is due',
      { pod: known(aPod()), record: none, task: none, assessment: runnable },
      'web has been due to be launched since 11:59:00 UTC (1 min ago): nothing known is in its way.',
    ],
    [
      'can never run',
      {
        ...{ pod: known(aPod()), record: none, task: none },
        assessment: { kind: 'unsupported', faults: [{ path: 'spec.hostNetwork', note: 'not on Fargate' }] },
      },
      'no task of web can run on its node (UnsupportedPodField): spec.hostNetwork: not on Fargate.',
    ],
    [
      'is not bound',
      {
        pod: known(unbound('0/3 nodes are available: 3 Insufficient cpu.')),
        record: none,
        task: none,
        node: none,
      },
      'web is not bound to a node: the scheduler says Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.',
    ],
    [
      'is of a node of somebody else',
      { pod: known(aPod({ spec: { nodeName: 'ip-10-0-0-1' } })), record: none, task: none },
      'web is bound to ip-10-0-0-1, which is no node of this deployment.',
    ],
    [
      'waits while pod-sync stands still',
      { pod: known(aPod()), record: none, task: none, assessment: runnable, slot: known(aSlot(600)) },
      'web waits, and nobody looks at it: pod-sync last completed a pass at 11:50:00 UTC (10 min ago).',
    ],
    [
      'waits while the heartbeat is old',
      {
        pod: known(aPod()),
        record: none,
        task: none,
        assessment: runnable,
        slot: none,
        node: known(aNode(95)),
      },
      'web waits, and nobody looks at it: the last heartbeat of node-1 was at 11:58:25 UTC (1 min 35 s ago).',
    ],
    [
      'waits on a node that is removed',
      { pod: known(aPod()), record: none, task: none, assessment: runnable, mark: known({ closing: true }) },
      'web is not started: its node node-1 is being removed.',
    ],
    [
      'runs on although pod-sync stands still',
      { slot: known(aSlot(600)) },
      'web has been running since 11:59:50 UTC (10 s ago).',
    ],
    [
      'is being deleted',
      remembered(aLaunch(), deleted(aPod())),
      'web has been stopping since 12:00:00 UTC (0 s ago): its deletion was asked for.',
    ],
    [
      'does not go',
      remembered(
        aLaunch(aTask({ state: 'stopping' }), { stop: { why: 'deleted', at: ago(300), deadline: ago(180) } }),
        deleted(aPod()),
      ),
      'web has been stopping since 11:55:00 UTC (5 min ago): its deletion was asked for; it should have been gone 3 min ago.',
    ],
    [
      'is kept by a finalizer',
      {
        pod: known(
          deleted(aPod({ status: { phase: 'Failed' }, metadata: { finalizers: ['example.com/backup'] } })),
        ),
        record: none,
      },
      'web has ended, and its object is kept by the finalizers example.com/backup.',
    ],
    [
      'has lost its task',
      remembered(aLaunch(aTask(), { missingSince: ago(50) })),
      'ECS has not known the task of web since 11:59:10 UTC (50 s ago), and it was never seen to stop.',
    ],
    [
      'is gone',
      { pod: none, record: none, task: none },
      'there is no pod web, and no virtual node remembers one.',
    ],
    [
      'is gone, as far as is known',
      { pod: none, record: unread('no credentials'), task: none },
      'there is no pod web; whether a virtual node had one cannot be told.',
    ],
    [
      'is gone, but not its task',
      { pod: none },
      'web is gone from the cluster, and its task is running: the controller has still to end it.',
    ],
    ['cannot be read', { pod: unread('403') }, 'why web is as it is cannot be told: 403.'],
    [
      'has a record that cannot be read',
      { record: unread('there are no AWS credentials') },
      'web shows Running; more cannot be told, because its record could not be read: there are no AWS credentials.',
    ],
    [
      'runs and is not ready',
      {
        pod: known(
          patched(showing(aPod(), aLaunch()), {
            conditions: [
              {
                type: 'Ready',
                status: 'False',
                reason: 'ContainersNotReady',
                message: 'containers with unready status: [main]',
              },
            ],
          }),
        ),
      },
      /^web has been running since 11:59:50 UTC \(10 s ago\), but is not ready: ContainersNotReady: containers with unready status/,
    ],
    [
      'has a task of which ECS knows more than the record',
      { task: known({ task: stopped({ cause: 'exited', containers: [exited('main', 1)] }) }) },
      /^web failed: container main ended with Error, exit 1; not restarted yet/,
    ],
  ])('%s', (_, evidence, sentence) => {
    expect(say(evidence)).toEqual(sentence instanceof RegExp ? expect.stringMatching(sentence) : sentence);
  });
});

describe('what comes next', () => {
  const next = (other: Partial<Evidence>) => reportOn(evidenceOf(other), NOW).next;

  it('is what the loop would do', () => {
    expect(next({ pod: known(aPod()), record: none, task: none, assessment: runnable })).toEqual({
      action: 'claim',
    });
    expect(next(remembered(refused('quota', 'limit')))).toEqual({
      action: 'wait',
      at: toTime(NOW + 15 * SECOND),
    });
  });

  it('is no launch while there is no room', () => {
    expect(next({ pod: known(waitingForRoom), record: none, task: none, assessment: runnable })).toEqual({
      action: 'wait',
    });
  });

  it('is nothing where nothing is left to do', () => {
    const gone = { pod: none, task: none, record: known(aLaunch(null, { state: 'ended' })) };
    expect(reportOn(evidenceOf(gone), NOW).verdict.kind).toBe('absent');
    expect(next(gone)).toBeUndefined();
  });

  it('is not told when the record could not be read', () => {
    expect(next({ record: unread('no') })).toBeUndefined();
  });
});

describe('what is true besides', () => {
  it('is told where it changes how the verdict is read', () => {
    const { beside } = reportOn(
      evidenceOf({
        task: known({ task: aTask({ version: 12, containers: [seen()] }) }),
        mark: known({
          closing: false,
          breaker: { since: ago(60), why: '30 of 40 tasks are absent', absent: 30 },
        }),
      }),
      NOW,
    );
    expect(beside).toEqual([
      'ECS knows more of the task than the record: the event of it is still on its way',
      expect.stringContaining('30 of 40 tasks are absent'),
    ]);
  });
});

describe('the question is answered', () => {
  const isAnswer = (other: Partial<Evidence>): boolean => reportOn(evidenceOf(other), NOW).verdict.isAnswer;
  const ended = known(aLaunch(null, { state: 'ended' }));

  it.each<[string, boolean, Partial<Evidence>]>([
    ['about a pod that runs', true, {}],
    ['about a pod that waits', true, remembered(refused('quota', 'limit'))],
    ['about a pod that is gone and remembered', true, { pod: none, task: none, record: ended }],
    ['about a pod that is gone, but not its task', true, { pod: none }],
    ['not about a pod that nobody knows', false, { pod: none, record: none, task: none }],
    ['not where the records could not be read', false, { pod: none, record: unread('no'), task: none }],
    ['not where the pod could not be read', false, { pod: unread('403') }],
    ['not where its record could not be read', false, { record: unread('no') }],
  ])('%s: %s', (_, answered, other) => {
    expect(isAnswer(other)).toBe(answered);
  });
});
