import type { FunctionName } from '../names.ts';
import type { FunctionLine, OwnLine, QueueLine, Section, Statistic, UsageLine } from './row-types.ts';

/** The functions that run all the time. The teardown runs once in the life of a node, and CloudFormation tells how it went. */
export const LOOP_FUNCTIONS = [
  'node-heartbeat',
  'pod-sync',
  'task-events',
] as const satisfies readonly FunctionName[];

/** Lines of the logs that tell what is wrong; the runbook of the alarm "Trouble" has the same query. */
export const TROUBLE_QUERY = [
  'filter ispresent(trouble)',
  'fields @timestamp, trouble, service, message, node, pod, failure.message',
  'sort @timestamp desc',
  'limit 50',
] as const;

const REFUSAL_QUERY = [
  'filter message = "Launch failed"',
  'stats count(*) as launches, latest(@timestamp) as last by failure.kind, failure.code, failure.message, node',
  'sort launches desc',
  'limit 20',
] as const;

const own = (metric: OwnLine['metric'], statistic: Statistic, label: string): OwnLine => ({
  ...{ of: 'lambdalet', metric, statistic, label },
});
/** Half of all values are below the first, all but one in a hundred below the second. */
const spread = (metric: OwnLine['metric']): readonly OwnLine[] => [
  own(metric, 'p50', 'half'),
  own(metric, 'p99', '99 of 100'),
];
const lambda = (metric: FunctionLine['metric'], statistic: Statistic): FunctionLine => ({
  ...{ of: 'functions', metric, statistic, functions: LOOP_FUNCTIONS, label: '' },
});
const queue = (name: QueueLine['queue'], metric: QueueLine['metric'], label: string): QueueLine => ({
  ...{ of: 'queue', queue: name, metric, statistic: 'Maximum', label },
});
const usage = (which: UsageLine['class'], label: string, isQuota: boolean): UsageLine => ({
  ...{ of: 'usage', class: which, quota: isQuota, statistic: 'Maximum', label, periodMinutes: 5 },
});

/**
 * The dashboard as data: the CloudWatch dashboard, the Grafana dashboard and the picture are made from these rows. What is broken comes
 * first, then what users feel, then the causes from near to far.
 */
export const SECTIONS: readonly Section[] = [
  {
    title: 'Is anything broken?',
    panels: [
      {
        kind: 'chart',
        title: 'Heartbeat age',
        about:
          'Age of the lease when it is renewed: 12 s is normal. Without a renewal for 40 s the node is NotReady.',
        unit: 'seconds',
        width: 8,
        lines: [own('HeartbeatAge', 'Maximum', 'age')],
        limits: [
          { value: 25, label: 'alarm' },
          { value: 40, label: 'NotReady' },
        ],
      },
      {
        kind: 'chart',
        title: 'Trouble',
        about:
          'Log lines that need a person. The table says which; more than one in a quarter of an hour is an alarm.',
        unit: 'count',
        width: 8,
        lines: [own('Trouble', 'Sum', 'lines')],
      },
      {
        kind: 'chart',
        title: 'Take-overs',
        about:
          'A new holder takes the slot every 14 minutes, in economy mode with each pass. More often: holders die.',
        unit: 'count',
        width: 8,
        lines: [own('TakeOvers', 'Sum', 'take-overs')],
      },
      {
        kind: 'log',
        title: 'What the trouble is',
        about: 'Each kind has its paragraph in the runbook "Trouble".',
        width: 24,
        functions: LOOP_FUNCTIONS,
        query: TROUBLE_QUERY,
      },
    ],
  },
  {
    title: 'How are the pods?',
    panels: [
      {
        kind: 'chart',
        title: 'Pods by phase',
        about:
          'Pending pods that stay pending wait for capacity, an image or what they refer to: kubectl says which.',
        unit: 'count',
        width: 6,
        lines: [own('PodsRunning', 'Maximum', 'running'), own('PodsPending', 'Maximum', 'pending')],
      },
      {
        kind: 'chart',
        title: 'Bind to RunTask',
        about:
          'From the binding of a pod, known in whole seconds, to a task: waiting in the line of launches shows here.',
        unit: 'milliseconds',
        width: 6,
        lines: spread('BindToLaunch'),
      },
      {
        kind: 'chart',
        title: 'RunTask to Running',
        about: 'The time that Fargate takes, pulling the image included.',
        unit: 'milliseconds',
        width: 6,
        lines: spread('LaunchToRunning'),
      },
      {
        kind: 'chart',
        title: 'Task event to patched',
        about: 'How far the status of pods lags behind their tasks.',
        unit: 'milliseconds',
        width: 6,
        lines: spread('EventToPatch'),
      },
    ],
  },
  {
    title: 'Do launches succeed, and what do they cost?',
    panels: [
      {
        kind: 'chart',
        title: 'Launches that failed',
        about:
          'Throttled and without capacity: tried again by themselves. Refused: someone has to change something.',
        unit: 'count',
        width: 8,
        lines: [
          own('LaunchThrottles', 'Sum', 'throttled'),
          own('LaunchesWithoutCapacity', 'Sum', 'without capacity'),
          own('LaunchesRefused', 'Sum', 'refused'),
        ],
      },
      {
        kind: 'chart',
        title: 'Fargate vCPU',
        about:
          'What our tasks use, what the account uses, and its quota: at the quota, launches are without capacity.',
        unit: 'vCPU',
        width: 8,
        lines: [
          own('VcpuInUse', 'Maximum', 'in use by us'),
          usage('Standard/OnDemand', 'account, on demand', false),
          usage('Standard/OnDemand', 'quota, on demand', true),
          usage('Standard/Spot', 'account, Spot', false),
          usage('Standard/Spot', 'quota, Spot', true),
        ],
      },
      {
        kind: 'chart',
        title: 'Estimated cost',
        about:
          'List price of the tasks that run. The bill differs: Savings Plans, the minute that each task costs at least.',
        unit: 'USD an hour',
        width: 8,
        lines: [own('CostPerHour', 'Maximum', 'tasks')],
      },
      {
        kind: 'log',
        title: 'Why launches failed',
        about: 'In the words of AWS, the most frequent first.',
        width: 24,
        functions: ['pod-sync'],
        query: REFUSAL_QUERY,
      },
    ],
  },
  {
    title: 'Does the API server answer?',
    panels: [
      {
        kind: 'chart',
        title: 'Kubernetes API latency',
        about: 'Requests other than watches, from the moment on which they have a connection.',
        unit: 'milliseconds',
        width: 12,
        lines: spread('ApiLatency'),
      },
      {
        kind: 'chart',
        title: 'Kubernetes API requests and errors',
        about: 'Errors are 429, 5xx and no answer at all.',
        unit: 'count',
        width: 12,
        lines: [own('ApiLatency', 'SampleCount', 'requests'), own('ApiErrors', 'Sum', 'errors')],
      },
    ],
  },
  {
    title: 'Do task events arrive?',
    panels: [
      {
        kind: 'chart',
        title: 'Age of the oldest task event',
        about: 'Nothing is lost while events wait: a pass publishes what ECS says, only later.',
        unit: 'seconds',
        width: 8,
        lines: [queue('taskEvents', 'ApproximateAgeOfOldestMessage', 'age')],
        limits: [{ value: 60, label: 'alarm' }],
      },
      {
        kind: 'chart',
        title: 'Task events that wait',
        about: 'As long as there are any, no task is declared lost.',
        unit: 'count',
        width: 8,
        lines: [
          queue('taskEvents', 'ApproximateNumberOfMessagesVisible', 'waiting'),
          queue('taskEvents', 'ApproximateNumberOfMessagesNotVisible', 'being handled'),
        ],
      },
      {
        kind: 'chart',
        title: 'Dead letters',
        about: 'Every sweep tries them again; what nobody can read stays.',
        unit: 'count',
        width: 8,
        lines: [queue('deadLetters', 'ApproximateNumberOfMessagesVisible', 'dead letters')],
      },
    ],
  },
  {
    title: 'Do the functions run?',
    panels: [
      {
        kind: 'chart',
        title: 'Function errors',
        about: 'Crashes and timeouts: the handlers do not throw, but for a message that must come again.',
        unit: 'count',
        width: 8,
        lines: [lambda('Errors', 'Sum')],
      },
      {
        kind: 'chart',
        title: 'Function throttles',
        about: 'The account has no concurrency left for the function.',
        unit: 'count',
        width: 8,
        lines: [lambda('Throttles', 'Sum')],
      },
      {
        kind: 'chart',
        title: 'Function duration',
        about: 'pod-sync holds for 14 minutes in watch mode; node-heartbeat is too late after 30 s.',
        unit: 'milliseconds',
        width: 8,
        lines: [lambda('Duration', 'Maximum')],
      },
    ],
  },
];
