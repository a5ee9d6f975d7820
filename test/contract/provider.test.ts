import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { createEcsFargateProvider } from '../../lib/providers/ecs-fargate/provider.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryProvider } from '../memory/memory-provider.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { createEcsEmulator } from '../providers/ecs-emulator.ts';
import { NODES, SETTINGS, T0 } from '../providers/fixtures.ts';
import { BUCKET } from '../providers/storage-clients.ts';
import type { ProviderHarness } from './provider-under-test.ts';
import { providerContract } from './provider.contract.ts';

/** Longer than any step of the emulator at its fast pace. */
const STEP_MS = 5000;
const TERMINATED = 143;

providerContract('in memory', () => {
  const clock = createManualClock(T0);
  const provider = createMemoryProvider({ now: () => clock.now() });
  return {
    provider,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    run: (arn) => Promise.resolve(void provider.start(arn)),
    end: (arn) => Promise.resolve(void provider.exit(arn, TERMINATED)),
    overlook: (arn, oversight) => provider.overlook(arn, oversight),
    startStranger: () => provider.startStranger().task.arn,
    failLaunch: (how) => {
      provider.failNext(
        'launch',
        how === 'timeoutAfterSuccess' ? how : { kind: how, message: 'planned by the test' },
      );
    },
    files: () => provider.files(),
    sends: () => provider.calls.filter((call) => call.method === 'launch' && call.sent).length,
  };
});

providerContract('ECS Fargate on the ECS emulator', (): ProviderHarness => {
  const clock = createManualClock(T0);
  const ecs = createEcsEmulator(() => clock.now());
  const pass = async (ms: number) => {
    await clock.advance(ms);
    ecs.model.advance(clock.now());
  };
  const provider = createEcsFargateProvider({
    ...SETTINGS,
    ...{ client: ecs.client, filesClient: ecs.filesClient, secretsClient: ecs.secretsClient },
    filesBucket: BUCKET,
    ecsCluster: 'lambdalet-demo',
    nodes: NODES,
    clock,
    telemetry: createMemoryTelemetry(),
  });
  return {
    provider,
    now: () => clock.now(),
    advance: pass,
    run: () => pass(STEP_MS),
    end: () => pass(STEP_MS),
    overlook: (arn, oversight) => ecs.model.overlookTask(arn, oversight, clock.now()),
    startStranger: () => ecs.model.startStranger('lambdalet-demo', clock.now()),
    failLaunch: (how) => {
      if (how === 'throttled')
        ecs.model.failNext('RunTask', new AwsError('ThrottlingException', 'Rate exceeded'));
      // The second send, at once after the first, must not be answered either.
      if (how === 'timeoutAfterSuccess')
        for (let send = 0; send < 2; send += 1) ecs.failWire('RunTask', 'loses the answer');
      if (how === 'capacity') ecs.model.capacity.unavailable = true;
    },
    files: () => [...new Set(ecs.s3.keys(BUCKET).map((key) => key.split('/').slice(1, 4).join('/')))],
    sends: () => ecs.requests('RunTask'),
  };
});
