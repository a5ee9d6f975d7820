import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { createKubernetes } from '../../lib/adapters/kubernetes/create-kubernetes.ts';
import { buildNode } from '../../lib/core/node.ts';
import { optionsOf } from '../contract/kubernetes-over-http.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from '../e2e/start-real-cluster.ts';
import { aNodeSettings } from '../support/vocabulary.ts';

const HINT = 'use "lambdalet logs <namespace>/<pod>", or switch the gateway on (docs/gateway.md)';

const found = findRealCluster();
if ('program' in found) story(found.program);
else {
  console.warn(`SKIPPED: kubectl without a gateway on a real control plane, because ${found.missing}`);
  describe('kubectl without a gateway', () => {
    it.skip(`was not tested: ${found.missing}`, () => undefined);
  });
}

function story(program: string): void {
  let cluster: RunningCluster;
  beforeAll(async () => {
    cluster = await startRealCluster(program);
    const { nodes } = createKubernetes(optionsOf(readFileSync(cluster.kubeconfig, 'utf8')));
    const facts = { serverVersion: 'v1.36.0', lastPassAt: undefined, notReadyWhenStalled: false };
    const settings = aNodeSettings({ name: 'node-a' });
    await nodes.create(
      buildNode({ ...facts, settings, hasGateway: false, marked: undefined, now: Date.now() }),
    );
    await cluster.kubectl('wait', '--for=create', 'serviceaccount/default', '--timeout=60s');
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        nodeName: 'node-a',
        automountServiceAccountToken: false,
        containers: [{ name: 'main', image: 'registry.invalid/app:1' }],
      },
    });
  }, 600_000);
  afterAll(() => cluster.close());

  const refusalOf = (...argv: readonly string[]): Promise<string> =>
    cluster.kubectl(...argv).then(
      () => 'it was done',
      (error: unknown) => String(error),
    );

  describe('kubectl without a gateway', { timeout: 60_000 }, () => {
    // The client's own patience is without end: whatever hung would end in the time-out of the test.
    it.each([
      ['logs', 'web'],
      ['exec', 'web', '--', 'true'],
      ['attach', 'web'],
      ['get', '--raw', '/api/v1/nodes/node-a/proxy/metrics'],
    ])('ends with words that say what to do: %s', async (...argv) => {
      expect(await refusalOf(...argv)).toContain(
        `no preferred addresses found; known addresses: [{NoGateway ${HINT}}]`,
      );
    });

    it('shows the words where people look at the node, and no address in the list', async () => {
      expect(await cluster.kubectl('describe', 'node', 'node-a')).toContain(`NoGateway:  ${HINT}`);
      const list = await cluster.kubectl('get', 'nodes', '-o', 'wide');
      expect(list).toMatch(/node-a +\S+ +\S+ +\S+ +\S+ +<none> +<none>/);
    });
  });
}
