import { createHash, X509Certificate } from 'node:crypto';
import { FailureError } from '../../core/failure.ts';
import type { ClusterInfo } from '../../ports/nodes.ts';
import type { Api } from './call-api.ts';
import { certificatesIn } from './certificates.ts';

/** {@link ClusterInfo} of the cluster behind `api`. */
export function createClusterInfo(api: Api): ClusterInfo {
  const certificate = async (): Promise<string | undefined> => {
    const ca = await api.certificateAuthority();
    return ca ? `ca:${fingerprintOf(ca)}` : undefined;
  };
  return {
    certificate,
    version: async () => {
      const { body } = await api.call({ method: 'GET', path: '/version' });
      return (body as { gitVersion: string }).gitVersion;
    },
    identity: async () => {
      const { status, body } = await api.call({
        method: 'GET',
        path: '/api/v1/namespaces/kube-system',
        expects: [403],
      });
      if (status !== 403) return `uid:${(body as { metadata: { uid: string } }).metadata.uid}`;
      const ca = await certificate();
      if (ca !== undefined) return ca;
      throw new FailureError({
        kind: 'auth',
        code: '403',
        message:
          'This cluster cannot be told from others: its CA is a public one, and the identity of this node may not ' +
          'get the namespace kube-system; grant it that right',
      });
    },
  };
}

/** SHA-256 over the certificates themselves, so that line breaks and comments of the PEM make no other cluster. */
function fingerprintOf(pem: string): string {
  const hash = createHash('sha256');
  for (const block of certificatesIn(pem)) hash.update(new X509Certificate(block).raw);
  return hash.digest('hex');
}
