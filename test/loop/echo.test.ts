// What a holder writes comes back to it through the watch: an echo must cost nothing, and must not hide a change of someone else.
import { describe, expect, it } from 'vitest';
import { createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { conditionsOf } from '../support/vocabulary-status.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

/** A holder at rest, with a pod that it has just started. */
async function started(): Promise<LoopWorld> {
  const world = createWorld();
  void world.hold();
  await world.clock.advance(SECOND);
  world.bind();
  await world.clock.advance(0);
  return world;
}
/** How often the pod or its record was read since the last count began. */
const readsOf = ({ records, kubernetes }: LoopWorld): number =>
  records.calls.filter(({ method }) => method === 'get').length +
  kubernetes.controls.callsOf('pods.get').length;
const countAnew = ({ records, kubernetes }: LoopWorld): void => {
  records.forgetCalls();
  kubernetes.controls.forgetCalls();
};

describe('the echo of a holder’s own patch', () => {
  it('is not looked at: a pod is read once on its way to its launch', async () => {
    const world = createWorld();
    void world.hold();
    await world.clock.advance(SECOND);
    countAnew(world);
    world.bind();
    await world.clock.advance(SECOND);
    expect(world.line()).toBe('Pending; main: waiting ContainerCreating');
    expect(world.kubernetes.controls.callsOf('pods.get')).toEqual([]);
    expect(world.records.calls.filter(({ method }) => method === 'get')).toHaveLength(1);
  });

  it('does not keep the patch of the event function from being looked at', async () => {
    const world = await started();
    await world.tell(world.provider.start(world.task().task.arn));
    countAnew(world);
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    await world.clock.advance(0);
    expect(readsOf(world), 'the holder did not look').toBeGreaterThan(1);
    await world.clock.advance(11 * SECOND);
    expect(world.record(), 'the next attempt came by its timer').toMatchObject({ attempt: 2 });
  });

  it('does not hide what someone else has written right after it', async () => {
    const world = await started();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.clock.advance(MINUTE);
    for (let flap = 0; flap < 3; flap += 1) {
      world.kubernetes.controls.flapNode('node-1');
      await world.clock.advance(0);
      expect(conditionsOf(world.pod()?.status), `after flap ${flap}`).toMatchObject({ Ready: 'True' });
    }
  });

  it('does not hide a deletion that comes with it', async () => {
    const world = createWorld();
    void world.hold();
    await world.clock.advance(SECOND);
    world.bind();
    world.kubernetes.controls.deletePod('default', 'web');
    await world.clock.advance(2 * MINUTE);
    expect(world.pod()).toBeUndefined();
    expect(
      world.provider.tasks().filter(({ task }) => task.state === 'running' || task.state === 'pending'),
    ).toEqual([]);
  });
});
