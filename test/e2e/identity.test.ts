import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrapNames } from '../../infra/bootstrap/bootstrap-subject.ts';
import type { BootstrapInput } from '../../infra/render-bootstrap.ts';
import * as life from './identity-life.ts';
import { openStage, type IdentityStage } from './identity-stage.ts';
import { kubeconfigOf, lastingTokenOf, memberOf, placeOf } from './issue-credentials.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from './start-real-cluster.ts';
import { eventually } from './world-under-test.ts';

const found = findRealCluster();
if ('program' in found) identityStory(found.program);
else {
  console.warn(
    `SKIPPED: the loop with the rendered rights on a real control plane, because ${found.missing}`,
  );
  describe.concurrent('the loop with exactly the rights that are rendered', () => {
    it.skip(`was not tested: ${found.missing}`, () => undefined);
  });
}

function identityStory(program: string): void {
  let cluster: RunningCluster;
  beforeAll(async () => {
    cluster = await startRealCluster(program);
    await eventually({ log: { errors: () => [] } }, 'the default service account', () =>
      cluster.kubectl('get', 'serviceaccount', 'default').catch(() => undefined),
    );
  }, 900_000);
  afterAll(() => cluster.close());

  /** From the Node's creation to its removal, without one refusal. */
  async function live(opening: Promise<IdentityStage>, first?: (stage: IdentityStage) => Promise<void>) {
    const stage = await opening;
    try {
      await first?.(stage);
      await life.keepsNode(stage);
      await Promise.all([life.runsPod(stage), life.publishesEnd(stage), life.tellsWhatIsMissing(stage)]);
      await life.leaves(stage);
      expect(stage.refusals).toEqual([]);
    } finally {
      await stage.world.close();
    }
  }

  describe.concurrent('the loop with exactly the rights that are rendered', { timeout: 300_000 }, () => {
    it('lives as a service account by kubeconfig, confined by the policy', async () => {
      const input: BootstrapInput = {
        ...{ clusterName: 'account', nodeNames: ['node-of-account'], identityMode: 'kubeconfig' },
        ...{ impersonateNodes: false, admissionPolicy: true, flowSchema: true },
      };
      const credential = async () => {
        const token = await lastingTokenOf(cluster, bootstrapNames('account'), 'account-token');
        return kubeconfigOf(cluster, { token });
      };
      await live(openStage(cluster, input, credential));
    });

    it('lives as a service account by a token that renews itself, held to one namespace', async () => {
      const input: BootstrapInput = {
        ...{ clusterName: 'token', nodeNames: ['node-of-token'], identityMode: 'token' },
        ...{ impersonateNodes: false, admissionPolicy: true, flowSchema: true },
        podConfigNamespaces: ['life-token'],
      };
      const credential = async () => {
        const { server, 'certificate-authority-data': certificateAuthority } = await placeOf(cluster);
        const token = await lastingTokenOf(cluster, bootstrapNames('token'), 'first-token');
        return JSON.stringify({
          server,
          certificateAuthority,
          serviceAccount: 'lambdalet-token/lambdalet-token',
          token,
        });
      };
      // The role binding needs its namespace.
      await cluster.kubectl('create', 'namespace', 'life-token');
      await live(openStage(cluster, input, credential), (stage) =>
        life.renewsToken(stage, () =>
          cluster.kubectl('delete', 'secret', 'first-token', '--namespace', 'lambdalet-token'),
        ),
      );
    });

    it('lives as a member of its group that acts as its node', async () => {
      const input: BootstrapInput = {
        ...{ clusterName: 'nodes', nodeNames: ['node-of-nodes'], identityMode: 'eks' },
        ...{ impersonateNodes: true, admissionPolicy: true, flowSchema: true },
      };
      await live(
        openStage(cluster, input, async () =>
          kubeconfigOf(cluster, await memberOf(cluster, bootstrapNames('nodes').group)),
        ),
        life.keepsDaemonSetOff,
      );
    });
  });
}
