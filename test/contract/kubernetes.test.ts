import { describe, it } from 'vitest';
import { findAssets, startControlPlane } from '../support/start-control-plane.ts';
import { kubernetesInMemory } from './kubernetes-in-memory.ts';
import { kubernetesOverHttp } from './kubernetes-over-http.ts';
import { kubernetesContract } from './kubernetes.contract.ts';

kubernetesContract('in memory', kubernetesInMemory);

const assets = findAssets();
if ('folder' in assets) {
  kubernetesContract('a real kube-apiserver', async () => {
    const server = await startControlPlane(assets.folder);
    return kubernetesOverHttp({ ...server, forgetHistory: () => server.restartServer() });
  });
} else {
  console.warn(`SKIPPED: the Kubernetes contract on a real kube-apiserver: ${assets.missing}`);
  describe('Kubernetes ports, a real kube-apiserver', () => {
    it.skip(`was not tested: ${assets.missing}`, () => undefined);
  });
}
