import { describe, expect, it } from 'vitest';
import { TRANSITION, type TransitionDetail } from '../../lib/core/transition.ts';
import { intercept, createWorld, type LoopWorld } from '../support/vocabulary-loop.ts';
import { capacity } from '../support/vocabulary-launch.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

type Line = TransitionDetail & { readonly action: string; readonly attempt: number };
const transitionsOf = ({ telemetry }: LoopWorld): Line[] =>
  telemetry.lines.flatMap(({ message, fields }) =>
    message === TRANSITION ? [fields as unknown as Line] : [],
  );
const inShort = (world: LoopWorld): string[] =>
  transitionsOf(world).map(({ action, cause, overtaken }) =>
    [action, cause, ...(overtaken === true ? ['overtaken'] : [])]
      .filter((one) => one !== undefined)
      .join(' '),
  );

/** A pod that runs once and ends well, everything told by events. */
async function ranOnce(): Promise<LoopWorld> {
  const world = createWorld();
  world.bind({
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i', command: ['canary'] }] },
  });
  await world.pass();
  await world.tell(world.provider.start(world.task().task.arn));
  await world.tell(world.provider.exit(world.task().task.arn, 0));
  return world;
}

describe('the lines that tell of a pod', () => {
  it('tell each act of a pod that runs once, with its cause', async () => {
    const world = await ranOnce();
    expect(inShort(world)).toEqual([
      'claim bound',
      'launch launched',
      'patchStatus',
      'taskSeen event',
      'patchStatus',
      'taskSeen event',
      'patchStatus',
      'endRecord',
    ]);
    const [claim, launch, , ran, , ended] = transitionsOf(world);
    expect(claim).toMatchObject({
      ...{ namespace: 'default', pod: 'web', node: 'node-1', attempt: 1, from: 'none', to: 'claimed' },
      shape: { restartPolicy: 'Never', containers: [{ name: 'main' }] },
    });
    expect(launch).toMatchObject({ from: 'claimed', to: 'launched', seen: { state: 'pending' } });
    expect(ran).toMatchObject({ event: expect.any(String) as string, seen: { state: 'running' } });
    expect(ended?.seen?.containers).toMatchObject([{ name: 'main', state: 'stopped', exitCode: 0 }]);
  });

  it('tell what the pod shows in short', async () => {
    const shown = transitionsOf(await ranOnce()).flatMap((line) => line.shown ?? []);
    expect(shown.map(({ phase, containers }) => `${phase}: ${containers['main']}`)).toEqual([
      'Pending: waiting ContainerCreating',
      'Running: running',
      'Succeeded: terminated Completed 0',
    ]);
  });

  it('tell of a task event once, however often it is delivered', async () => {
    const world = await ranOnce();
    const before = inShort(world).length;
    const ended = world.task();
    await world.tell(ended);
    await world.tell(ended);
    expect(inShort(world)).toHaveLength(before);
  });

  it('tell of a refusal in the words of whoever refused, and of each further try', async () => {
    const world = createWorld();
    world.bind();
    world.provider.failNext('launch', { ...capacity, code: 'CapacityUnavailable' });
    await world.pass();
    await world.clock.advance(MINUTE);
    await world.pass();
    const refused = transitionsOf(world).find(({ cause }) => cause === 'refused');
    expect(refused?.refusal).toEqual({
      ...{ kind: 'capacity', code: 'CapacityUnavailable', message: capacity.message, tries: 1 },
      nextTryAt: expect.any(Number) as number,
    });
    expect(inShort(world).filter((one) => !one.startsWith('patch'))).toEqual([
      'claim bound',
      'launch refused',
      'renewClaim retry',
      'launch launched',
    ]);
  });

  it('tell when a pod was asked to go, and the end of its task', async () => {
    const world = createWorld();
    world.bind();
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    const askedAt = world.clock.now();
    world.kubernetes.controls.deletePod('default', 'web', 20);
    await world.pass();
    const stop = transitionsOf(world).find(({ action }) => action === 'stop');
    expect(stop).toMatchObject({ cause: 'deleted', graceSeconds: 20, seen: { state: 'stopping' } });
    expect(Math.abs((stop?.deletedAt ?? 0) - askedAt)).toBeLessThanOrEqual(SECOND);
    await world.tell(world.provider.exit(world.task().task.arn, 143));
    await world.pass();
    expect(inShort(world).slice(-3)).toEqual(['patchStatus', 'removePod', 'endRecord']);
  });

  it('say so when somebody else was faster', async () => {
    const world = createWorld();
    world.bind();
    let once = true;
    intercept(world, 'records', 'write', (write) => async (key, change, guard) => {
      if (change.state === 'claimed' && once) {
        once = false;
        await write(key, { ...change, claimer: 'another' }, guard);
      }
      return write(key, change, guard);
    });
    await world.pass();
    expect(inShort(world)[0]).toBe('claim overtaken');
  });

  it('show neither commands, variables, images nor annotations, and stay small', async () => {
    const world = createWorld();
    world.bind({
      annotations: { token: 'canary' },
      labels: { a: 'canary' },
      spec: {
        containers: [
          { name: 'main', image: 'canary', command: ['canary'], env: [{ name: 'canary', value: 'canary' }] },
        ],
      },
    });
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    const lines = transitionsOf(world).map((line) => JSON.stringify(line));
    expect(lines.join('\n')).not.toContain('canary');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(800);
  });
});
