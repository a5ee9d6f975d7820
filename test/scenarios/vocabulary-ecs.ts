// A world whose tasks are those of the ECS emulator, behind the real provider and the real SDK client.
import { setTimeout as realTime } from 'node:timers/promises';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { syncCluster } from '../../lib/loop/sync-cluster.ts';
import { createEcsFargateProvider } from '../../lib/providers/ecs-fargate/provider.ts';
import { createEcsEmulator, type EcsEmulator } from '../providers/ecs-emulator.ts';
import type { ManualClock } from '../memory/manual-clock.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { SECOND } from '../support/vocabulary.ts';

/** The loop, and ECS. */
export interface EcsWorld {
  readonly world: LoopWorld;
  readonly ecs: EcsEmulator;
  /** One pass, 12 s after whatever was before. */
  readonly pass: () => Promise<void>;
  /** Time goes by, and every event of ECS reaches the event function at its time. */
  readonly seconds: (count: number) => Promise<void>;
}

/** The client works in real time, in which the virtual one stands still: it moves on only when nothing has happened for this long. */
const IDLE_MS = 250;

/** Waits for a promise that hangs on the real client. */
async function settle(clock: ManualClock, promise: Promise<unknown>): Promise<void> {
  let isSettled = false;
  const end = (): void => void (isSettled = true);
  promise.then(end, end);
  for (let idle = 0; !(isSettled as boolean); idle += 1) {
    await realTime(1);
    if (idle < IDLE_MS) continue;
    if (clock.nextWake === undefined) throw new Error('the pass waits for nothing');
    await clock.advance(clock.nextWake - clock.now());
    idle = 0;
  }
  await promise;
}

/** A world at rest with the emulator in the place of AWS. */
export function createEcsWorld(): EcsWorld {
  const world = createWorld();
  const now = (): Instant => world.clock.now();
  const ecs = createEcsEmulator(now);
  const { settings } = world.deps;
  const provider = createEcsFargateProvider({
    ...{ client: ecs.client, ecsCluster: 'lambdalet-demo', nodes: settings.nodes, cluster: settings.cluster },
    ...{ clock: world.clock, telemetry: world.telemetry },
    ...{ logGroup: '/lambdalet/demo/pods', executionRole: 'arn:aws:iam::111122223333:role/execution' },
  });
  const deps: SyncDeps = { ...world.deps, provider };
  let delivered = 0;
  const deliver = async (): Promise<void> => {
    for (; delivered < ecs.events.length; delivered += 1) await world.tell(ecs.events[delivered]!);
  };
  return {
    world,
    ecs,
    pass: async () => {
      await world.clock.advance(12 * SECOND);
      await settle(world.clock, syncCluster(deps));
    },
    seconds: async (count) => {
      for (let step = 0; step < count * 10; step += 1) {
        await world.clock.advance(SECOND / 10);
        ecs.model.advance(now());
        await deliver();
      }
    },
  };
}
