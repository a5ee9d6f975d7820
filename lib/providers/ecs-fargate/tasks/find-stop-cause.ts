import type { StopCause } from '../../../core/task.ts';

/** What ECS tells about the end of a task. */
export interface StopFacts {
  readonly stopCode: string | undefined;
  readonly stoppedReason: string | undefined;
  /** Reasons of the containers. */
  readonly reasons: readonly string[];
  /** Whether any container has an exit code. */
  readonly exited: boolean;
  /** Whether the task ever ran. */
  readonly started: boolean;
}

/** Texts of ECS by prefix or phrase, in the order in which they decide (ECS developer guide, "Stopped tasks errors"). */
const TEXTS: readonly (readonly [RegExp, StopCause])[] = [
  [/ResourceInitializationError|CannotCreateVolumeError/i, 'configuration'],
  [/CannotPull(ECR)?Container|pull access denied|toomanyrequests/i, 'imagePull'],
  [
    /network interface|EphemeralStorage|capacity|insufficient|free (ip )?address|InternalError|Timeout waiting|Rate (limit )?exceeded|RequestLimitExceeded|throttl|reached the limit/i,
    'capacity',
  ],
  [
    /Cannot(Start|Create|Inspect|Stop)Container|ContainerRuntime|DockerTimeout|TaskDependencyError/i,
    'containerStart',
  ],
];
const START_FAILURE =
  /Cannot(Start|Create|Pull(ECR)?)Container|ContainerRuntimeError|CannotCreateVolumeError/i;

/** Stop codes that mean AWS took the task away (Spot, retirement, host fault). */
const DISRUPTIONS = ['SpotInterruption', 'TerminationNotice', 'InfrastructureHealth'];
const MAINTENANCE = /performing maintenance|Spot Task was interrupted/i;

/** Why a task stopped or is stopping. An unknown stop code is judged by what the task shows. */
export function findStopCause(facts: StopFacts): StopCause {
  const { stopCode, exited, started, reasons } = facts;
  if (isDisruption(facts)) return 'disruption';
  if (stopCode === 'UserInitiated' || stopCode === 'ServiceSchedulerInitiated') return 'requested';
  const broken = reasons.filter((reason) => START_FAILURE.test(reason));
  if (broken.length > 0) return causeByText(broken.join('\n')) ?? 'containerStart';
  if (exited || (started && stopCode !== 'TaskFailedToStart')) return 'exited';
  if (stopCode === 'EssentialContainerExited') return 'exited';
  return causeByText(wordsOf(facts)) ?? 'containerStart';
}

/** Everything that ECS says about the end. */
export function wordsOf({ stoppedReason = '', reasons }: StopFacts): string {
  return [stoppedReason, ...reasons].join('\n');
}

/** Whether AWS takes the task away, or has announced it. */
export function isDisruption({ stopCode, stoppedReason }: StopFacts): boolean {
  return DISRUPTIONS.includes(stopCode ?? '') || MAINTENANCE.test(stoppedReason ?? '');
}

function causeByText(text: string): StopCause | undefined {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1];
}
