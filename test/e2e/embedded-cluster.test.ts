import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../infra/bundle-functions.ts';
import { createScreen } from '../../lib/local/demo/create-screen.ts';
import { tellStory } from '../../lib/local/demo/tell-story.ts';
import type { World } from '../../lib/local/world/world.ts';
import {
  eventually,
  isReady,
  isRunning,
  openNamespace,
  openWorld,
  podOf,
  tasksOf,
} from './world-under-test.ts';

/** One world runs the sources, the other the bundles. */
let world: World;
let bundled: World;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-bundled-'));
  bundleFunctions(join(folder, 'functions'));
  const bundleOf = (name: string): string => pathToFileURL(join(folder, 'functions', name, 'index.mjs')).href;
  [world, bundled] = await Promise.all([openWorld(), openWorld({ moduleOf: bundleOf })]);
});
afterAll(async () => {
  await Promise.all([world.close(), bundled.close()]);
  await rm(folder, { recursive: true, force: true });
});

describe.concurrent('a pod on the virtual node', { timeout: 90_000 }, () => {
  it('runs as one task, becomes Ready, and says where and as what', async () => {
    const pods = await openNamespace(world, 'plain');
    const pod = await pods.create(podOf('web'));
    const ready = await pods.until('web', 'is Ready', isReady);
    expect(ready.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\./) as string });
    expect(ready.status?.containerStatuses?.[0]).toMatchObject({
      name: 'main',
      ready: true,
      restartCount: 0,
    });
    expect(await tasksOf(world, pod)).toEqual(['RUNNING']);
  });

  it('is stopped with its grace when it is deleted, and goes when its task has stopped', async () => {
    const pods = await openNamespace(world, 'graceful');
    const script = "trap 'exit 7' TERM; while true; do sleep 1; done";
    const pod = await pods.create(podOf('polite', script, { terminationGracePeriodSeconds: 5 }));
    await pods.until('polite', 'runs', isRunning);
    await pods.remove('polite');
    expect((await pods.find('polite'))?.metadata.deletionTimestamp).toBeDefined();
    await pods.gone('polite');
    expect(await tasksOf(world, pod)).toEqual(['STOPPED']);
    const finished = world.notices().find(({ kind, pod: of }) => kind === 'finished' && of.name === 'polite');
    expect(finished?.exitCodes).toEqual({ main: 7 });
  });

  it('is gone at once when it is deleted by force, and its task is stopped all the same', async () => {
    const pods = await openNamespace(world, 'forced');
    const pod = await pods.create(podOf('victim'));
    await pods.until('victim', 'runs', isRunning);
    await pods.remove('victim', 0);
    expect(await pods.find('victim')).toBeUndefined();
    await eventually(world, 'its task has stopped', async () =>
      (await tasksOf(world, pod)).join() === 'STOPPED' ? true : undefined,
    );
  });

  it('is told once, with every field that cannot be, when it can never run', async () => {
    const pods = await openNamespace(world, 'refused');
    const pod = await pods.create(
      podOf('greedy', undefined, {
        hostNetwork: true,
        containers: [{ name: 'main', image: 'busybox', securityContext: { privileged: true } }],
      }),
    );
    const failed = await pods.until('greedy', 'is Failed', ({ status }) => status?.phase === 'Failed');
    expect(failed.status?.reason).toBe('UnsupportedPodField');
    const told = (await pods.events('greedy')).filter(({ reason }) => reason === 'UnsupportedPodField');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'Warning' });
    for (const path of ['spec.hostNetwork', 'spec.containers[0].securityContext.privileged'])
      expect(told[0]?.message).toContain(path);
    expect(await tasksOf(world, pod)).toEqual([]);
  });

  it('is started again when it fails, after a pause, and counts its restarts', async () => {
    const pods = await openNamespace(world, 'failing');
    const pod = await pods.create(podOf('flaky', 'sleep 0.2; exit 1'));
    const waiting = await pods.until(
      'flaky',
      'waits in CrashLoopBackOff',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(waiting.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(1);
    await pods.until(
      'flaky',
      'has restarted',
      ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1,
    );
    expect((await tasksOf(world, pod)).length).toBe(2);
  });
});

describe.concurrent('the functions as they are deployed', { timeout: 90_000 }, () => {
  it('live through the whole story of the demo', async () => {
    let told = '';
    const screen = createScreen({
      write: (text: string) => {
        told += text;
        return true;
      },
    });
    await tellStory(bundled, screen).catch((error: unknown) => {
      throw new Error(`${String(error)} after:\n${told}`, { cause: error });
    });
    expect(told).toContain('ok no task runs any more');
    expect(bundled.log.errors()).toEqual([]);
  });
});

describe('the virtual node', () => {
  it('comes back within a heartbeat when someone deletes it', async () => {
    await world.user.demand('DELETE', `/api/v1/nodes/${world.node}`);
    const { body } = await eventually(
      world,
      'the node is there again',
      async () => {
        const answer = await world.user.ask('GET', `/api/v1/nodes/${world.node}`);
        return answer.status === 200 ? answer : undefined;
      },
      6_000,
    );
    // The lifecycle controller adds a taint of its own until it has seen the node ready.
    const own: unknown = expect.objectContaining({
      key: 'virtual-kubelet.io/provider',
      effect: 'NoSchedule',
    });
    expect(body).toMatchObject({ spec: { taints: expect.arrayContaining([own]) as unknown } });
  });
});
