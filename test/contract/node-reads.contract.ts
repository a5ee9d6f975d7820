import { beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { PodInputs } from '../../lib/core/pod-inputs.ts';
import { readInputs } from '../../lib/loop/read-inputs.ts';
import { aNodeSettings } from '../support/vocabulary.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

const NODE = 'node-1';
const ROLE = 'arn:aws:iam::111122223333:role/web';

/** A pod of the node that refers to everything that a pod can refer to; the names of the objects are its own, with a suffix. */
async function createReferringPod({ hands }: KubernetesUnderTest): Promise<Pod> {
  const name = newName('referring');
  const of = (suffix: string): string => `${name}-${suffix}`;
  await hands.putObject({ kind: 'ConfigMap', metadata: { name: of('env') }, data: { a: '1' } });
  await hands.putObject({ kind: 'ConfigMap', metadata: { name: of('file') }, data: { b: '2' } });
  await hands.putObject({ kind: 'Secret', metadata: { name: of('secret') }, data: { c: 'Mw==' } });
  await hands.putObject({
    kind: 'ServiceAccount',
    metadata: { name: of('account'), annotations: { 'eks.amazonaws.com/role-arn': ROLE } },
  });
  await hands.putObject({
    kind: 'PersistentVolumeClaim',
    metadata: { name: of('claim') },
    spec: {
      ...{ accessModes: ['ReadWriteMany'], storageClassName: '', volumeName: of('volume') },
      resources: { requests: { storage: '1Gi' } },
    },
    status: { phase: 'Bound' },
  });
  await hands.putObject({
    kind: 'PersistentVolume',
    metadata: { name: of('volume') },
    spec: {
      ...{ accessModes: ['ReadWriteMany'], capacity: { storage: '1Gi' }, storageClassName: '' },
      csi: { driver: 'efs.csi.aws.com', volumeHandle: 'fs-0123' },
      claimRef: { namespace: 'default', name: of('claim') },
    },
  });
  const mount = (volume: string) => ({ name: volume, mountPath: `/${volume}` });
  return hands.createPod({
    name,
    node: NODE,
    spec: {
      serviceAccountName: of('account'),
      imagePullSecrets: [{ name: of('absent-login') }],
      containers: [
        {
          ...{ name: 'main', image: 'registry.invalid/app:1' },
          envFrom: [
            { configMapRef: { name: of('env') } },
            { secretRef: { name: of('secret') } },
            { secretRef: { name: of('absent'), optional: true } },
          ],
          volumeMounts: [mount('files'), mount('data')],
        },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: of('claim') } },
        {
          name: 'files',
          projected: {
            sources: [
              { configMap: { name: of('file') } },
              { serviceAccountToken: { path: 'token' } },
              { serviceAccountToken: { path: 'vault', audience: 'vault', expirationSeconds: 7200 } },
            ],
          },
        },
      ],
    },
  });
}

/** Reading what a pod refers to, by whoever serves its node. */
export function nodeReadsContract(under: () => KubernetesUnderTest): void {
  describe('what a pod of the node refers to', () => {
    let pod: Pod;
    let inputs: PodInputs;
    const of = (suffix: string): string => `${pod.metadata.name}-${suffix}`;
    beforeAll(async () => {
      pod = await createReferringPod(under());
      const settings = aNodeSettings({ name: NODE, serviceLinks: true });
      inputs = await readInputs(pod, settings, under().newObjects());
    });

    it('is read: ConfigMaps and Secrets', () => {
      expect(inputs.configMaps.get(of('env'))).toMatchObject({ kind: 'found' });
      expect(inputs.configMaps.get(of('file'))).toMatchObject({ kind: 'found' });
      expect(inputs.secrets.get(of('secret'))).toMatchObject({ kind: 'found' });
    });

    it('is known to be absent where it is', () => {
      expect(inputs.secrets.get(of('absent'))).toEqual({ kind: 'absent' });
      expect(inputs.secrets.get(of('absent-login'))).toEqual({ kind: 'absent' });
    });

    it('is read: the claim and the volume behind it', () => {
      expect(inputs.claims.get(of('claim'))).toMatchObject({
        kind: 'found',
        value: { kind: 'csi', driver: 'efs.csi.aws.com', volumeHandle: 'fs-0123' },
      });
    });

    it('is read: what its service account says', () => {
      expect(inputs.serviceAccount).toEqual({
        kind: 'found',
        value: { annotations: { 'eks.amazonaws.com/role-arn': ROLE } },
      });
    });

    it('is had: a token for the API server, and one for someone else', () => {
      expect([...inputs.tokens.values()].map(({ kind }) => kind)).toEqual(['found', 'found']);
    });

    it('is listed: Services and network policies', () => {
      expect(inputs.services.map(({ name }) => name)).toContain('kubernetes');
      expect(inputs).not.toHaveProperty('policiesUnknown');
    });
  });
}
