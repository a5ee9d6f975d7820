import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeError } from '../../lib/local/world/open-log.ts';
import { tellConfiguration } from './fidelity-configuration.ts';
import { tellContainers } from './fidelity-containers.ts';
import { tellProbes } from './fidelity-probes.ts';
import { tellRefusals } from './fidelity-refusals.ts';
import type { Stage } from './fidelity-stage.ts';
import { findRealCluster, startRealCluster } from './start-real-cluster.ts';
import { openWorld } from './world-under-test.ts';

/** pod-sync in the VPC of the pods. */
const SETTINGS = { LAMBDALET_NETWORK_PROBES: 'true' };

/** What a stage is closed with, the last first. */
type Closing = (() => Promise<unknown>)[];

fidelityStory('a pod on the embedded cluster', async (closing) => {
  const world = await openWorld({ settings: SETTINGS });
  closing.push(() => world.close());
  return { world };
});

const found = findRealCluster();
if ('program' in found)
  fidelityStory('a pod on a real control plane', async (closing) => {
    const cluster = await startRealCluster(found.program);
    closing.push(() => cluster.close());
    const world = await openWorld({
      cluster: { kind: 'foreign', kubeconfig: cluster.kubeconfig },
      settings: SETTINGS,
    });
    closing.push(() => world.close());
    return { world, kubectl: (...argv) => cluster.kubectl(...argv) };
  });
else {
  console.warn(`SKIPPED: the fidelity of pods on a real control plane, because ${found.missing}`);
  describe('a pod on a real control plane', () => {
    it.skip(`was not tested: ${found.missing}`, () => undefined);
  });
}

/** One story, whatever the cluster: what a kubelet would do and say. */
function fidelityStory(title: string, open: (closing: Closing) => Promise<Stage>): void {
  const closing: Closing = [];
  let opened: Stage | undefined;
  const stage = (): Stage => {
    if (opened === undefined) throw new Error('the stage is not open');
    return opened;
  };

  describe.concurrent(title, { timeout: 180_000 }, () => {
    // The first start of the real cluster on a machine builds it, which takes minutes.
    beforeAll(async () => {
      opened = await open(closing);
    }, 900_000);
    // An API server that calls a status invalid is among the errors.
    afterAll(async () => {
      const complaints = opened?.world.log.errors().map(describeError);
      for (const close of closing.reverse()) await close();
      expect(complaints, 'what the functions complained about').toEqual([]);
    }, 60_000);

    tellConfiguration(stage);
    tellContainers(stage);
    tellProbes(stage);
    tellRefusals(stage);
  });
}
