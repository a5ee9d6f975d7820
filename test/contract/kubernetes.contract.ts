import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterContract, eventsContract } from './cluster.contract.ts';
import type { KubernetesUnderTest } from './kubernetes-under-test.ts';
import { leasesContract } from './leases.contract.ts';
import { nodesContract } from './nodes.contract.ts';
import { claimsContract, objectsContract } from './objects.contract.ts';
import { podDeletionContract } from './pod-deletion.contract.ts';
import { podTokensContract } from './pod-tokens.contract.ts';
import { podStatusContract } from './pod-status.contract.ts';
import { podWatchContract } from './pod-watch.contract.ts';
import { podsContract } from './pods.contract.ts';
import { reviewsContract } from './reviews.contract.ts';

/** Holds one implementation of the Kubernetes ports to their contract. `make` starts it once for the whole suite. */
export function kubernetesContract(name: string, make: () => Promise<KubernetesUnderTest>): void {
  describe(`Kubernetes ports, ${name}`, () => {
    let started: KubernetesUnderTest | undefined;
    const under = (): KubernetesUnderTest => started!;
    beforeAll(async () => {
      started = await make();
    });
    afterAll(() => started?.close());

    it(`runs on ${name}`, async () => {
      const version = await under().ports.cluster.version();
      console.info(`Kubernetes contract: ${name}, ${version}`);
      expect(version).toMatch(/^v\d+\.\d+\./);
    });
    podsContract(under);
    podStatusContract(under);
    podDeletionContract(under);
    podWatchContract(under);
    nodesContract(under);
    leasesContract(under);
    clusterContract(under);
    eventsContract(under);
    objectsContract(under);
    claimsContract(under);
    podTokensContract(under);
    reviewsContract(under);
  });
}
