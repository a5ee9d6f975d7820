import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld } from '../../lib/local/start-world.ts';
import { findAssets } from '../support/start-control-plane.ts';
import { isReady, openNamespace, openWorld, podOf } from './world-under-test.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lambdalet-assets-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('a world on the programs of KUBEBUILDER_ASSETS', () => {
  const assets = findAssets();
  if ('folder' in assets) {
    it('has a node that runs pods, bound by name where there is no scheduler', async () => {
      // As setup-envtest makes the folder: without scheduler and controllers.
      for (const program of ['etcd', 'kube-apiserver'])
        await symlink(join(assets.folder, program), join(scratch, program));
      const world = await openWorld({ cluster: { kind: 'assets', folder: scratch } });
      try {
        expect(world.cluster.hasScheduler).toBe(false);
        const pods = await openNamespace(world, 'bare');
        await pods.create(podOf('web', undefined, { nodeName: world.node }));
        await pods.until('web', 'is Ready', isReady);
      } finally {
        await world.close();
      }
    }, 90_000);
  } else {
    console.warn(`SKIPPED: a world on the programs of KUBEBUILDER_ASSETS, because ${assets.missing}`);
    it.skip(`was not tested: ${assets.missing}`, () => undefined);
  }

  it('says which programs the folder lacks', async () => {
    const options = { node: 'lambdalet', podsReady: true, pace: 'fast', environment: {} } as const;
    const started = startWorld({ ...options, cluster: { kind: 'assets', folder: tmpdir() } });
    await expect(started).rejects.toThrow('which has no etcd and no kube-apiserver; setup-envtest prints');
  });
});
