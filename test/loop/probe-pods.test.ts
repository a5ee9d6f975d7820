import { describe, expect, it } from 'vitest';
import { addressOf, EXEC, HTTP, probedWorld, type ProbedWorld } from './probed-world.ts';
import { MINUTE, NOW, SECOND } from '../support/vocabulary.ts';
import type { View } from '../../lib/core/view.ts';

const UP = { kind: 'http', status: 200 } as const;
const DOWN = { kind: 'http', status: 500 } as const;

/** A pod that is watched, with a server in it that answers so. */
function watched(world: ProbedWorld, probes: object, server: typeof UP | typeof DOWN = UP): View {
  const view = world.run({ main: probes });
  world.probes.serve(addressOf(view), server);
  world.prober.note(view);
  return view;
}

describe('the prober in watch mode', () => {
  it('makes a pod ready with the first success, and tells who publishes it', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: HTTP });
    await world.watch(SECOND);
    expect(world.stored(view)).toEqual({ readiness: { ok: true, against: 0, at: NOW } });
    expect(world.changed).toEqual([view.key]);
  });

  it('asks in the rhythm of the period and writes nothing while nothing changes', async () => {
    const world = probedWorld();
    watched(world, { readinessProbe: { ...HTTP, periodSeconds: 5 }, livenessProbe: HTTP });
    await world.watch(MINUTE);
    expect(world.probes.calls).toHaveLength(12 + 6 + 2);
    expect(world.records.writes).toBe(1);
    expect(world.records.calls).toHaveLength(1);
    expect(world.events).toEqual([]);
    expect(world.described).toEqual([]);
  });

  it('costs nothing for pods without probes', async () => {
    const world = probedWorld();
    world.prober.note(world.run());
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(MINUTE);
    expect(world.prober.size).toBe(0);
    expect(world.clock.nextWake).toBe(Infinity);
    stop.abort();
    await running;
    expect([world.records.calls.length, world.described.length, world.events.length]).toEqual([0, 0, 0]);
  });

  it('takes a pod out of service after three failures in a row, and back with a success', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: HTTP });
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(SECOND);
    world.probes.serve(addressOf(view), DOWN);
    await world.clock.advance(20 * SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    await world.clock.advance(10 * SECOND);
    expect(world.stored(view)?.readiness).toEqual({
      ok: false,
      against: 0,
      at: NOW + 30 * SECOND,
    });
    world.probes.serve(addressOf(view), UP);
    await world.clock.advance(10 * SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    expect(world.changed).toHaveLength(3);
    stop.abort();
    await running;
  });

  it('calls a container dead after its liveness probe failed, and asks no more whether it lives', async () => {
    const world = probedWorld();
    const view = watched(world, { livenessProbe: HTTP }, DOWN);
    await world.watch(10 * MINUTE);
    expect(world.stored(view)?.liveness).toMatchObject({ ok: false });
    expect(world.probes.calls).toHaveLength(3);
  });

  it('asks a container that starts for nothing else, and then at once whether it is ready', async () => {
    const world = probedWorld();
    const slow = {
      startupProbe: { ...HTTP, failureThreshold: 30 },
      readinessProbe: HTTP,
      livenessProbe: HTTP,
    };
    const view = watched(world, slow, DOWN);
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(25 * SECOND);
    expect(world.probes.calls).toHaveLength(3);
    world.probes.serve(addressOf(view), UP);
    await world.clock.advance(5 * SECOND);
    expect(world.stored(view)).toMatchObject({
      startup: { ok: true, at: NOW + 30 * SECOND },
      readiness: { ok: true, at: NOW + 30 * SECOND },
    });
    stop.abort();
    await running;
  });

  it('calls a container dead that never starts', async () => {
    const world = probedWorld();
    const view = watched(world, { startupProbe: { ...HTTP, failureThreshold: 2 } }, DOWN);
    await world.watch(MINUTE);
    expect(world.stored(view)).toMatchObject({ liveness: { ok: false }, startup: { ok: false, against: 2 } });
    expect(world.changed).toHaveLength(1);
    expect(world.probes.calls).toHaveLength(2);
  });

  it('waits for the initial delay, counted from the start of the container', async () => {
    const world = probedWorld();
    watched(world, { readinessProbe: { ...HTTP, initialDelaySeconds: 30 } });
    await world.watch(29 * SECOND);
    expect(world.probes.calls).toHaveLength(0);
  });

  it('learns of a container that starts to run from a later view', async () => {
    const world = probedWorld();
    const pending = world.run({
      main: { readinessProbe: HTTP },
      task: { state: 'pending', containers: [{ name: 'main', state: 'pending' }], version: 1 },
    });
    world.prober.note(pending);
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(MINUTE);
    expect(world.probes.calls).toHaveLength(0);
    const view = world.run({ main: { readinessProbe: HTTP } });
    world.probes.serve(addressOf(view), UP);
    world.prober.note(view);
    await world.clock.advance(SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    // An older look that comes late is no news.
    world.prober.note(pending);
    await world.clock.advance(10 * SECOND);
    expect(world.probes.calls).toHaveLength(2);
    stop.abort();
    await running;
  });

  it('begins anew with a new attempt', async () => {
    const world = probedWorld();
    const first = watched(world, { livenessProbe: { ...HTTP, failureThreshold: 1 } }, DOWN);
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(SECOND);
    expect(world.stored(first)?.liveness?.ok).toBe(false);
    const second = world.run({
      main: { livenessProbe: { ...HTTP, failureThreshold: 1 } },
      record: { attempt: 2, taskArn: 'arn:2', probes: world.look(first).record!.probes! },
      task: { arn: 'arn:2' },
    });
    world.prober.note(second);
    world.prober.note(first);
    await world.clock.advance(SECOND);
    expect(world.look(second).record?.probes).toMatchObject({
      attempt: 2,
      containers: { main: { liveness: { ok: false } } },
    });
    stop.abort();
    await running;
  });

  it.each([
    { what: 'is gone', change: (view: View): View => ({ ...view, pod: undefined }) },
    {
      what: 'has stopped',
      change: (view: View): View => ({
        ...view,
        record: { ...view.record!, task: { ...view.record!.task!, state: 'stopped' } },
      }),
    },
  ])('forgets a pod that $what', async ({ change }) => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: HTTP });
    world.prober.note(change(view));
    await world.watch(MINUTE);
    expect(world.prober.size).toBe(0);
    expect(world.probes.calls).toEqual([]);
  });

  it('asks only for the readiness of a pod that is being deleted', async () => {
    const world = probedWorld();
    const view = world.run({
      main: { readinessProbe: HTTP, livenessProbe: HTTP },
      metadata: { deletionTimestamp: '2026-01-01T12:00:30Z' },
    });
    world.prober.note(view);
    await world.watch(SECOND);
    expect(world.probes.calls).toHaveLength(1);
  });

  it('forgets a pod whose record has moved on', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: HTTP });
    world.records.put({ ...view.record!, attempt: 2 });
    await world.watch(MINUTE);
    expect(world.prober.size).toBe(0);
    expect(world.changed).toEqual([]);
    expect(world.probes.calls).toHaveLength(1);
  });

  it('writes again with the next result when a write failed', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: HTTP });
    world.records.failNext('write', { kind: 'transient', message: 'no' });
    await world.watch(11 * SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    expect(world.changed).toHaveLength(1);
  });

  it('writes a verdict again by itself when its write failed: a container that is dead is asked no more', async () => {
    const world = probedWorld();
    const view = watched(world, { livenessProbe: HTTP }, DOWN);
    for (let time = 0; time < 2; time += 1)
      world.records.failNext('write', { kind: 'transient', message: 'no' });
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(34 * SECOND);
    expect(world.stored(view)?.liveness?.ok, 'written by the third try, ten seconds after the first').toBe(
      false,
    );
    expect(world.changed).toHaveLength(1);
    stop.abort();
    await running;
  });

  it('takes over a verdict that another holder has turned: that one has counted for longer', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: { ...HTTP, successThreshold: 3 } });
    const young = world.another();
    const [first, second] = [new AbortController(), new AbortController()];
    const old = world.prober.run(first.signal);
    await world.clock.advance(15 * SECOND);
    young.note(view);
    const other = young.run(second.signal);
    const seen: (boolean | undefined)[] = [];
    for (let step = 0; step < 40; step += 1) {
      await world.clock.advance(SECOND);
      young.note(world.look(view));
      world.prober.note(world.look(view));
      seen.push(world.stored(view)?.readiness?.ok);
    }
    expect(seen.lastIndexOf(undefined)).toBeLessThan(seen.indexOf(true));
    expect(seen.slice(seen.indexOf(true)), 'never taken back').not.toContain(false);
    first.abort();
    second.abort();
    await Promise.all([old, other]);
  });

  it('writes its counts at its end, and another holder goes on from them in the same rhythm', async () => {
    const world = probedWorld();
    const view = watched(world, { livenessProbe: HTTP }, DOWN);
    await world.watch(15 * SECOND);
    expect(world.stored(view)?.liveness).toMatchObject({ ok: true, against: 2, at: NOW + 10 * SECOND });
    expect(world.changed).toEqual([]);
    const next = world.another();
    next.note(world.look(view));
    await world.watch(6 * SECOND, next);
    expect(world.stored(view)?.liveness).toMatchObject({ ok: false, at: NOW + 20 * SECOND });
  });

  it('leaves what its successor wrote meanwhile', async () => {
    const world = probedWorld();
    const view = watched(world, { livenessProbe: HTTP }, DOWN);
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(SECOND);
    const containers = { main: { liveness: { ok: false, against: 0, at: NOW } } };
    world.records.put({ ...view.record!, probes: { attempt: 1, containers } });
    stop.abort();
    await running;
    expect(world.stored(view)).toEqual(containers.main);
  });

  it('only warns when its last counts cannot be written', async () => {
    const world = probedWorld();
    watched(world, { livenessProbe: HTTP }, DOWN);
    world.records.failNext('getMany', { kind: 'transient', message: 'no' });
    await world.watch(SECOND);
    expect(world.records.writes).toBe(0);
  });

  it('repairs what a former holder wrote after it', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: HTTP });
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(5 * SECOND);
    const readiness = { ok: false, against: 0, at: NOW + 4 * SECOND };
    world.records.put({ ...view.record!, probes: { attempt: 1, containers: { main: { readiness } } } });
    world.prober.note(world.look(view));
    await world.clock.advance(5 * SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    stop.abort();
    await running;
  });

  it('spreads the probes of many pods that it takes over, and has few under way at once', async () => {
    const world = probedWorld();
    for (let number = 1; number <= 1000; number += 1) {
      const view = world.run({
        number,
        main: { readinessProbe: HTTP },
        startedAt: NOW - 60 * MINUTE,
        record: {
          probes: {
            attempt: 1,
            containers: { main: { readiness: { ok: true, against: 0, at: NOW - MINUTE } } },
          },
        },
      });
      world.probes.serve(addressOf(view), UP);
      world.prober.note(view);
    }
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    const counts: number[] = [];
    for (let second = 0; second < 10; second += 1) {
      await world.clock.advance(SECOND);
      counts.push(world.probes.calls.length);
      world.probes.forgetCalls();
    }
    stop.abort();
    await running;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(Math.max(...counts)).toBeLessThan(160);
    expect(world.records.writes).toBe(0);
  });

  it('has at most 256 probes under way', async () => {
    const world = probedWorld();
    world.probes.hold();
    for (let number = 1; number <= 300; number += 1)
      world.prober.note(world.run({ number, main: { livenessProbe: HTTP } }));
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(SECOND);
    expect(world.probes.calls).toHaveLength(256);
    world.probes.letGo();
    await world.clock.advance(SECOND);
    expect(world.probes.calls).toHaveLength(300);
    world.probes.hold();
    await world.clock.advance(10 * SECOND);
    stop.abort();
    await running;
    expect(world.probes.mostAtOnce).toBe(256);
  });
});

describe('the events of the prober', () => {
  it('are those of the kubelet, once a minute while a failure goes on', async () => {
    const world = probedWorld();
    watched(world, { readinessProbe: HTTP }, DOWN);
    await world.watch(2 * MINUTE - SECOND);
    expect(world.messages()).toEqual([
      'Readiness probe failed: HTTP probe failed with statuscode: 500',
      'Readiness probe failed: HTTP probe failed with statuscode: 500',
    ]);
    expect(world.events[0]).toMatchObject({
      type: 'Warning',
      reason: 'Unhealthy',
      about: { kind: 'Pod', namespace: 'default', name: 'web-1', fieldPath: 'spec.containers{main}' },
    });
  });

  it('tell when the verdict turns', async () => {
    const world = probedWorld();
    watched(world, { livenessProbe: HTTP }, DOWN);
    await world.watch(MINUTE);
    expect(world.messages()).toHaveLength(2);
  });

  it('tell of a port that does not exist, which says nothing of the container', async () => {
    const world = probedWorld();
    const probe = { httpGet: { port: 'nope' } };
    const view = world.run({
      main: {},
      spec: {
        initContainers: [{ name: 'side', image: 'side:1', restartPolicy: 'Always', livenessProbe: probe }],
      },
      task: { containers: [{ name: 'side', state: 'running', startedAt: NOW }] },
    });
    world.prober.note(view);
    await world.watch(50 * SECOND);
    expect(world.messages()).toEqual([
      'Liveness probe errored and resulted in unknown state: strconv.Atoi: parsing "nope": invalid syntax',
    ]);
    expect(world.events[0]?.about).toMatchObject({ fieldPath: 'spec.initContainers{side}' });
    expect(world.records.calls).toEqual([]);
  });

  it('warn of redirects that lead elsewhere', async () => {
    const world = probedWorld();
    const view = world.run({ main: { readinessProbe: HTTP } });
    world.probes.serve(addressOf(view), { kind: 'http', status: 302 });
    world.prober.note(view);
    await world.watch(SECOND);
    expect(world.events).toMatchObject([
      { reason: 'ProbeWarning', message: expect.stringContaining('Readiness probe warning: ') as string },
    ]);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
  });

  it('are bounded when everything fails at once', async () => {
    const world = probedWorld();
    for (let number = 1; number <= 200; number += 1)
      world.prober.note(world.run({ number, main: { readinessProbe: HTTP } }));
    await world.watch(50 * SECOND);
    expect(world.events).toHaveLength(120);
  });
});

describe('the health of containers', () => {
  it('is polled every ten seconds, a hundred pods a call, and only of pods that need it', async () => {
    const world = probedWorld({ network: false });
    for (let number = 1; number <= 150; number += 1) {
      const view = world.run({ number, main: { readinessProbe: EXEC } });
      world.health.set(view.record!.taskArn!, 'healthy');
      world.prober.note(view);
    }
    world.prober.note(world.run({ number: 151, main: { readinessProbe: HTTP } }));
    await world.watch(25 * SECOND);
    expect(world.described.map(({ length }) => length)).toEqual([100, 50, 100, 50, 100, 50]);
    expect(world.records.writes).toBe(150);
    expect(world.changed).toHaveLength(150);
  });

  it('makes ready, unready, and says nothing while it is unknown', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: EXEC });
    const arn = view.record!.taskArn!;
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    world.health.set(arn, 'unknown');
    await world.clock.advance(SECOND);
    expect(world.stored(view)).toBeUndefined();
    world.health.set(arn, 'healthy');
    await world.clock.advance(10 * SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    world.health.set(arn, 'unhealthy');
    await world.clock.advance(10 * SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(false);
    expect(world.messages()).toEqual([
      "Readiness probe failed: the container's health check (readiness) reports UNHEALTHY",
    ]);
    stop.abort();
    await running;
  });

  it('counts what is asked beyond the ten failures of ECS once a period', async () => {
    const world = probedWorld();
    const view = watched(world, { livenessProbe: { ...EXEC, failureThreshold: 12, periodSeconds: 30 } });
    world.health.set(view.record!.taskArn!, 'unhealthy');
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(59 * SECOND);
    expect(world.stored(view)).toBeUndefined();
    await world.clock.advance(SECOND);
    expect(world.stored(view)?.liveness).toMatchObject({ ok: false });
    stop.abort();
    await running;
  });

  it('is asked again when the provider does not answer', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: EXEC });
    const arn = view.record!.taskArn!;
    world.health.set(arn, new Error('throttled'));
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(SECOND);
    world.health.set(arn, 'healthy');
    await world.clock.advance(10 * SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    stop.abort();
    await running;
  });

  it('is polled from when on the first pod needs it', async () => {
    const world = probedWorld();
    const stop = new AbortController();
    const running = world.prober.run(stop.signal);
    await world.clock.advance(MINUTE);
    const view = watched(world, { readinessProbe: EXEC });
    world.health.set(view.record!.taskArn!, 'healthy');
    await world.clock.advance(SECOND);
    expect(world.stored(view)?.readiness?.ok).toBe(true);
    stop.abort();
    await running;
  });
});

describe('the prober in economy mode', () => {
  /** One pass by a function that remembers nothing, 12 s after the last. */
  async function pass(world: ProbedWorld, view: View): Promise<void> {
    const prober = world.another();
    prober.note(world.look(view));
    await prober.once(new AbortController().signal);
    await world.clock.advance(12 * SECOND);
  }

  it('asks each pass, with counts in the record', async () => {
    const world = probedWorld();
    const view = watched(world, { livenessProbe: HTTP }, DOWN);
    await pass(world, view);
    await pass(world, view);
    expect(world.stored(view)?.liveness).toMatchObject({ ok: true, against: 2 });
    expect(world.changed).toEqual([]);
    await pass(world, view);
    expect(world.stored(view)?.liveness).toMatchObject({ ok: false });
    expect(world.changed).toHaveLength(1);
    await pass(world, view);
    expect(world.probes.calls).toHaveLength(3);
  });

  it('writes nothing for a steady pod, and asks no oftener than its period', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: { ...HTTP, periodSeconds: 60 } });
    for (let passes = 0; passes < 25; passes += 1) await pass(world, view);
    expect(world.records.writes).toBe(1);
    expect(world.probes.calls.length).toBeGreaterThanOrEqual(5);
    expect(world.probes.calls.length).toBeLessThanOrEqual(7);
    expect(world.events).toEqual([]);
  });

  it('asks a container whose start succeeds in the same pass whether it is ready', async () => {
    const world = probedWorld();
    const view = watched(world, { startupProbe: HTTP, readinessProbe: { ...HTTP, periodSeconds: 300 } });
    await world.clock.advance(MINUTE);
    await pass(world, view);
    expect(world.stored(view)).toMatchObject({ startup: { ok: true }, readiness: { ok: true } });
  });

  it('keeps the time between the failures that it counts', async () => {
    const world = probedWorld();
    const view = watched(world, { livenessProbe: { ...HTTP, periodSeconds: 30, failureThreshold: 2 } }, DOWN);
    await pass(world, view);
    await pass(world, view);
    await pass(world, view);
    expect(world.probes.calls).toHaveLength(1);
    await pass(world, view);
    expect(world.stored(view)?.liveness?.ok).toBe(false);
  });

  it('tells of a pod that stays unready about once a minute, and writes nothing', async () => {
    const world = probedWorld();
    const view = watched(world, { readinessProbe: HTTP }, DOWN);
    for (let passes = 0; passes < 50; passes += 1) await pass(world, view);
    expect(world.records.writes).toBe(0);
    expect(world.events.length).toBeGreaterThanOrEqual(10);
    expect(world.events.length).toBeLessThanOrEqual(20);
  });

  it('polls the health of containers in each pass', async () => {
    const world = probedWorld({ network: false });
    const view = watched(world, { startupProbe: EXEC, readinessProbe: EXEC });
    world.health.set(view.record!.taskArn!, 'healthy');
    await pass(world, view);
    expect(world.stored(view)).toMatchObject({ startup: { ok: true }, readiness: { ok: true } });
    await pass(world, view);
    expect(world.described).toHaveLength(2);
    expect(world.records.writes).toBe(1);
  });

  it('has no more than 256 probes under way, and none once it is called off', async () => {
    const world = probedWorld();
    const prober = world.another();
    for (let number = 1; number <= 300; number += 1)
      prober.note(world.run({ number, main: { livenessProbe: HTTP } }));
    world.probes.hold();
    const stop = new AbortController();
    const passed = prober.once(stop.signal);
    await world.clock.advance(0);
    expect(world.probes.calls).toHaveLength(256);
    stop.abort();
    await passed;
    expect(world.probes.calls).toHaveLength(256);
    expect(world.records.writes).toBe(0);
  });
});
