import { describe, expect, it } from 'vitest';
import { passes } from '../support/vocabulary-launch.ts';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { runPods } from '../support/vocabulary-repair.ts';

const OLD = 'registry.invalid/app:1';
const NEW = 'registry.invalid/app:2';

/** Someone edits the image: the API server counts the pod's generation up. */
const setImage = (world: LoopWorld, image: string): void =>
  void world.kubernetes.controls.changePod('default', 'web', ({ spec, metadata }) => {
    spec.containers[0]!.image = image;
    metadata.generation = (metadata.generation ?? 1) + 1;
  });
const imageOf = (world: LoopWorld): string | undefined => world.pod()?.status?.containerStatuses?.[0]?.image;
/** How often each of these events was told. */
const toldOf = (world: LoopWorld, reason: string): number =>
  world.kubernetes.controls
    .events()
    .filter((event) => event.reason === reason)
    .reduce((sum, { count }) => sum + count, 0);

/** A running pod. */
async function running(): Promise<LoopWorld> {
  const world = createWorld();
  await runPods(world, 1);
  return world;
}

describe('a pod', () => {
  it('whose image is edited back is as it was: nothing more is told', async () => {
    const world = await running();
    setImage(world, NEW);
    await passes(world, 2);
    setImage(world, OLD);
    await passes(world, 2);
    expect(toldOf(world, 'UpdateNotSupported')).toBe(1);
    expect(toldOf(world, 'ResizeInfeasible')).toBe(0);
    expect(world.record()?.edit).toBeUndefined();
  });

  it('whose image was edited while its task started shows the image that runs', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    setImage(world, NEW);
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.pass();
    expect(imageOf(world)).toBe(OLD);
    expect(toldOf(world, 'UpdateNotSupported')).toBe(1);
  });

  it('whose edit could not be written down is told again, not forgotten', async () => {
    const world = await running();
    setImage(world, NEW);
    world.records.failNext('write', { kind: 'transient', message: 'no table' });
    await passes(world, 2);
    expect(toldOf(world, 'UpdateNotSupported')).toBe(2);
    await passes(world, 3);
    expect(toldOf(world, 'UpdateNotSupported')).toBe(2);
  });
});
