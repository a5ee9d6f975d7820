import { describe, expect, it } from 'vitest';
import { createKubernetes, type Kubernetes } from '../../lib/adapters/kubernetes/create-kubernetes.ts';
import { kubeconfigIdentity } from '../../lib/adapters/kubernetes/kubeconfig-identity.ts';
import { failureOf } from '../../lib/core/failure.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import { quietTools } from '../support/quiet-tools.ts';
import type { ControlPlane } from '../support/start-control-plane.ts';
import { newName } from './kubernetes-under-test.ts';
import { podsOf } from './pod-pages.ts';

/** How identities fare at a server that judges them: only a real one does. */
export function kubernetesAccessContract(server: () => Promise<ControlPlane>): void {
  const connect = (read: () => Promise<string>): Kubernetes =>
    createKubernetes({ ...quietTools, identity: kubeconfigIdentity(read, quietTools) });
  const failure = (call: Promise<unknown>) =>
    call.then(
      () => expect.fail('the call did not fail'),
      (error: unknown) => failureOf(error),
    );

  describe('Kubernetes access, a real kube-apiserver', () => {
    it('is given to a client certificate', async () => {
      const { pods } = connect(async () => (await server()).certificateKubeconfig);
      expect(await podsOf(pods, newName('node'))).toEqual([]);
    });

    it('is refused, as auth with verb and resource, to whom no right was granted', async () => {
      const { pods } = connect(async () => (await server()).powerlessKubeconfig);
      const refused = await failure(podsOf(pods, 'fargate'));
      expect(refused).toMatchObject({ kind: 'auth', code: '403' });
      expect(refused.message).toContain('GET /api/v1/pods');
      expect(refused.message).toContain('User "powerless" cannot list resource "pods"');
    });

    it('is refused, as auth, to a watch of whom no right was granted', async () => {
      const { pods } = connect(async () => (await server()).powerlessKubeconfig);
      const watch = async () => {
        for await (const event of pods.watch('fargate', '0', AbortSignal.timeout(30_000)))
          expect.fail(event.kind);
      };
      expect(await failure(watch())).toMatchObject({ kind: 'auth', code: '403' });
    });

    it('is refused, as auth, to a token that is not known', async () => {
      const { pods } = connect(async () => (await server()).kubeconfig.replace('admin-token', 'nobody'));
      expect(await failure(podsOf(pods, 'fargate'))).toMatchObject({ kind: 'auth', code: '401' });
    });

    it('goes on with a kubeconfig that was rotated, without an error in between', async () => {
      let rotated = false;
      const { pods } = connect(async () => {
        const { kubeconfig } = await server();
        const text = rotated ? kubeconfig : kubeconfig.replace('admin-token', 'old-token');
        rotated = true;
        return text;
      });
      expect(await podsOf(pods, newName('node'))).toEqual([]);
    });

    it('is not sought at a server whose certificate is of another CA', async () => {
      const { pods } = connect(async () => {
        const { kubeconfig } = await server();
        const other = Buffer.from(makeCertificate('other').cert).toString('base64');
        return kubeconfig.replace(/("certificate-authority-data":)"[^"]+"/, `$1"${other}"`);
      });
      expect(await failure(podsOf(pods, 'fargate'))).toMatchObject({
        kind: 'auth',
        message: expect.stringContaining('no trusted connection') as string,
      });
    });

    it('tells the cluster by its CA where kube-system may not be read', async () => {
      const powerless = connect(async () => (await server()).powerlessKubeconfig);
      expect(await powerless.cluster.identity()).toMatch(/^ca:[0-9a-f]{64}$/);
    });
  });
}
