import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { systemClock } from '../../lib/adapters/clock/system-clock.ts';
import { type Api, createApi } from '../../lib/adapters/kubernetes/call-api.ts';
import { kubeconfigIdentity } from '../../lib/adapters/kubernetes/kubeconfig-identity.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { Objects } from '../../lib/ports/objects.ts';
import type { ControlPlane } from '../support/start-control-plane.ts';
import { objectsOf } from './kubernetes-over-http.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const ACCOUNT = 'system:serviceaccount:lambdalet:lambdalet';
const FILE = join(import.meta.dirname, '../../infra/bootstrap.yaml');

function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const within = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${within}/${kind.toLowerCase()}s`;
}

function apiOf(kubeconfig: string): Api {
  const identity = kubeconfigIdentity(() => Promise.resolve(kubeconfig), systemClock);
  return createApi({ identity, clock: systemClock, telemetry: { warn: () => undefined } });
}

/** Whether the rights of `infra/bootstrap.yaml` are enough for the port and no more: only a real server judges. */
export function bootstrapRightsContract(server: () => Promise<ControlPlane>): void {
  describe('the rights of bootstrap.yaml, a real kube-apiserver', () => {
    let objects: Objects | undefined;
    let api: Api | undefined;
    let pod: Pod | undefined;
    beforeAll(async () => {
      const { kubeconfig } = await server();
      const admin = apiOf(kubeconfig);
      const manifests = parseAllDocuments(readFileSync(FILE, 'utf8')).map((one) => one.toJS() as Manifest);
      for (const body of manifests)
        await admin.call({ method: 'POST', path: collectionOf(body), body, expects: [409] });
      const metadata = { name: 'of-bootstrap' };
      const spec = {
        serviceAccountName: 'lambdalet',
        containers: [{ name: 'main', image: 'registry.invalid/app:1' }],
      };
      const pods = '/api/v1/namespaces/lambdalet/pods';
      const created = await admin.call({ method: 'POST', path: pods, body: { metadata, spec } });
      pod = created.body as Pod;
      const impersonating = JSON.stringify({
        ...(JSON.parse(kubeconfig) as object),
        users: [{ name: 'test', user: { token: 'admin-token', as: ACCOUNT } }],
      });
      api = apiOf(impersonating);
      objects = objectsOf(impersonating);
    });

    it('are enough to read all that pods refer to', async () => {
      const absent = { kind: 'absent' };
      expect(await objects!.configMap('default', 'none')).toEqual(absent);
      expect(await objects!.secret('default', 'none')).toEqual(absent);
      expect(await objects!.serviceAccount('default', 'none')).toEqual(absent);
      expect(await objects!.claim('default', 'none')).toEqual(absent);
      expect((await objects!.services('lambdalet')).map(({ name }) => name)).toEqual(['kubernetes']);
      expect(await objects!.token(pod!, { audience: '', expirationSeconds: 600 })).toMatchObject({
        kind: 'found',
      });
    });

    it.each([
      ['a volume', '/api/v1/persistentvolumes/none', 404],
      ['network policies', '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', 200],
      ['no list of Secrets', '/api/v1/namespaces/default/secrets', 403],
      ['no list of ConfigMaps', '/api/v1/configmaps', 403],
      ['no list of service accounts', '/api/v1/serviceaccounts', 403],
    ])('give %s', async (_what, path, status) => {
      const answer = await api!.call({ method: 'GET', path, expects: [403, 404] });
      expect(answer.status).toBe(status);
    });
  });
}
