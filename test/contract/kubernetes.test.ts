import { afterAll, describe, it } from 'vitest';
import { startApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import { type ControlPlane, findAssets, startControlPlane } from '../support/start-control-plane.ts';
import { kubernetesAccessContract } from './kubernetes-access.contract.ts';
import { kubernetesInMemory, powerlessInMemory } from './kubernetes-in-memory.ts';
import { kubernetesOverHttp, objectsOf } from './kubernetes-over-http.ts';
import { kubernetesContract } from './kubernetes.contract.ts';
import { objectsAccessContract } from './objects.contract.ts';

kubernetesContract('in memory', kubernetesInMemory);
objectsAccessContract('in memory', powerlessInMemory);

// It knows no rights, so that it is not held to what they forbid.
kubernetesContract('the embedded API server', async () => {
  const server = await startApiServer({ controllers: 'none' });
  return kubernetesOverHttp({
    kubeconfig: server.kubeconfig,
    forgetHistory: () => {
      server.model.compact();
      return Promise.resolve();
    },
    close: () => server.close(),
  });
});

const assets = findAssets();
if ('folder' in assets) {
  let starting: Promise<ControlPlane> | undefined;
  const server = (): Promise<ControlPlane> => (starting ??= startControlPlane(assets.folder));
  kubernetesContract('a real kube-apiserver', async () => kubernetesOverHttp(asShared(await server())));
  kubernetesAccessContract(server);
  objectsAccessContract('a real kube-apiserver', async () => objectsOf((await server()).powerlessKubeconfig));
  afterAll(async () => (await starting)?.close());
} else {
  console.warn(`SKIPPED: the Kubernetes contract on a real kube-apiserver: ${assets.missing}`);
  describe('Kubernetes ports, a real kube-apiserver', () => {
    it.skip(`was not tested: ${assets.missing}`, () => undefined);
  });
}

/** The control plane for one of several suites: it is closed after the last of them. A restart forgets the history. */
function asShared(server: ControlPlane) {
  return {
    kubeconfig: server.kubeconfig,
    forgetHistory: () => server.restartServer(),
    close: () => Promise.resolve(),
  };
}
