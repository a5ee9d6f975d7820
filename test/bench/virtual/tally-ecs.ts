import type { RunTaskCommandInput, RunTaskCommandOutput, StopTaskCommandInput } from '@aws-sdk/client-ecs';
import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { CallMeter, MeteredCall } from './count-calls.ts';

/** The calls to ECS so far, by what they were for. */
export interface EcsTally {
  runTask: number;
  stopTask: number;
  /** Looks at a single task: DescribeTasks of one, ListTasks of one owner. */
  readBack: number;
  /** Looks at many: what a sweep does. */
  sweep: number;
  register: number;
  /** Looks at definitions and their retirement, at the rate that is left over. */
  housekeeping: number;
  throttled: number;
  lastRunTaskAt: Instant | undefined;
  /** When the task of a pod (`namespace/name`) was first asked for, and when its stop was. */
  readonly launchedAt: Map<string, Instant>;
  readonly stoppedAt: Map<string, Instant>;
}

type Purpose = 'runTask' | 'stopTask' | 'readBack' | 'sweep' | 'register' | 'housekeeping';

/** Sorts the calls to ECS from now on. */
export function tallyEcs(meter: CallMeter): EcsTally {
  const tally: EcsTally = {
    ...{ runTask: 0, stopTask: 0, readBack: 0, sweep: 0, register: 0, housekeeping: 0, throttled: 0 },
    lastRunTaskAt: undefined,
    ...{ launchedAt: new Map<string, Instant>(), stoppedAt: new Map<string, Instant>() },
  };
  const podOfTask = new Map<string, string>();
  meter.onCall((call) => {
    if (!call.name.startsWith('ecs.')) return;
    if (call.error instanceof Error && call.error.name === 'ThrottlingException') tally.throttled += 1;
    const purpose = purposeOf(call);
    tally[purpose] += 1;
    if (purpose === 'runTask') {
      const pod = podOf(call.args[0] as RunTaskCommandInput);
      noteFirst(tally.launchedAt, pod, call.at);
      for (const { taskArn } of (call.answer as RunTaskCommandOutput | undefined)?.tasks ?? [])
        if (taskArn !== undefined) podOfTask.set(taskArn, pod);
      tally.lastRunTaskAt = call.at;
    }
    if (purpose === 'stopTask')
      noteFirst(
        tally.stoppedAt,
        podOfTask.get((call.args[0] as StopTaskCommandInput).task ?? '') ?? '',
        call.at,
      );
  });
  return tally;
}

function noteFirst(times: Map<string, Instant>, pod: string, at: Instant): void {
  if (!times.has(pod)) times.set(pod, at);
}

function podOf({ overrides }: RunTaskCommandInput): string {
  const environment = (overrides?.containerOverrides ?? []).flatMap(
    (container) => container.environment ?? [],
  );
  return environment.find(({ name }) => name === 'LAMBDALET_POD')?.value ?? '';
}

function purposeOf({ name, args }: MeteredCall): Purpose {
  const input = args[0] as { readonly tasks?: readonly string[]; readonly startedBy?: string };
  switch (name) {
    case 'ecs.RunTask':
      return 'runTask';
    case 'ecs.StopTask':
      return 'stopTask';
    case 'ecs.RegisterTaskDefinition':
      return 'register';
    case 'ecs.DescribeTasks':
      return input.tasks?.length === 1 ? 'readBack' : 'sweep';
    case 'ecs.ListTasks':
      return input.startedBy === undefined ? 'sweep' : 'readBack';
  }
  return 'housekeeping';
}
