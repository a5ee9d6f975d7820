import type { PodSpec } from '../../../lib/core/kubernetes.ts';
import { aNodeSettings } from '../../support/vocabulary.ts';

/** The node of the bench: large enough for everything. */
export const BENCH_NODE = aNodeSettings({
  capacity: { cpu: '20000', memory: '40Ti', pods: '20000', 'ephemeral-storage': '500Ti' },
});

/** What admission makes of one replica of a Deployment: the same for all but for the name of the token's volume. */
export function replicaSpec(nth: number, definition: number): Partial<PodSpec> {
  const volume = `kube-api-access-${nth.toString(36).padStart(5, '0')}`;
  const mount = { name: volume, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
  return {
    containers: [{ name: 'web', image: `public.ecr.aws/nginx/nginx:1.${definition}`, volumeMounts: [mount] }],
    volumes: [{ name: volume, projected: { defaultMode: 420, sources } }],
    serviceAccountName: 'default',
  };
}
