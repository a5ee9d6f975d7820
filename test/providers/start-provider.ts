import type { Failure } from '../../lib/core/failure.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { PodInputs } from '../../lib/core/pod-inputs.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import type { LaunchOutcome, Provider } from '../../lib/ports/provider.ts';
import {
  createEcsFargateProvider,
  type EcsFargateOptions,
} from '../../lib/providers/ecs-fargate/provider.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../memory/memory-telemetry.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import { createEcsEmulator, type EcsEmulator } from './ecs-emulator.ts';
import { aRecord, NODES, SETTINGS, T0 } from './fixtures.ts';
import { BUCKET } from './storage-clients.ts';

/** The ECS provider on the ECS emulator, at T0. */
export interface StartedProvider {
  readonly clock: ManualClock;
  readonly telemetry: MemoryTelemetry;
  readonly ecs: EcsEmulator;
  readonly provider: Provider;
  /** Another one on the same emulator, as another process would have it. */
  readonly create: (more?: Partial<EcsFargateOptions>) => Provider;
  /** Launches with a claim of a minute. */
  readonly launch: (
    pod: Pod,
    more?: Parameters<typeof aRecord>[1],
    inputs?: PodInputs,
  ) => Promise<LaunchOutcome>;
}

/** `stubborn`: the client retries by itself, which the provider does not want. */
export function startProvider(
  emulated: Parameters<typeof createEcsEmulator>[1] = {},
  { stubborn = false, ...options }: Partial<EcsFargateOptions> & { readonly stubborn?: boolean } = {},
): StartedProvider {
  const clock = createManualClock(T0);
  const telemetry = createMemoryTelemetry();
  const ecs = createEcsEmulator(() => clock.now(), emulated);
  const create = (more: Partial<EcsFargateOptions> = {}): Provider =>
    createEcsFargateProvider({
      ...{ ...SETTINGS, client: stubborn ? ecs.stubbornClient : ecs.client, ecsCluster: 'lambdalet-demo' },
      ...{ nodes: NODES, clock, telemetry },
      ...{ filesClient: ecs.filesClient, secretsClient: ecs.secretsClient, filesBucket: BUCKET },
      ...options,
      ...more,
    });
  const provider = create();
  return {
    ...{ clock, telemetry, ecs, provider, create },
    launch: (pod, more = {}, inputs = noInputs()) =>
      provider.launch(pod, aRecord(pod, more), clock.now() + 60_000, inputs),
  };
}

/** The task of a launch that succeeded. */
export function launchedTask(outcome: LaunchOutcome): ObservedTask {
  if (outcome.kind === 'launched') return outcome.found.task;
  throw new Error(`the launch failed: ${JSON.stringify(outcome.failure)}`);
}

/** The failure of a launch that did not. */
export function failureIn(outcome: LaunchOutcome): Failure {
  if (outcome.kind === 'failed') return outcome.failure;
  throw new Error('the launch did not fail');
}
