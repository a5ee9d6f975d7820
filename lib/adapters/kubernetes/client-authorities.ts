import { FailureError } from '../../core/failure.ts';
import type { Api } from './call-api.ts';
import { certificatesIn } from './certificates.ts';

/** Where every API server publishes what it verifies client certificates with (`--client-ca-file`). */
const PUBLISHED = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

/** The authorities of the client certificates of a cluster. */
export interface ClientAuthorities {
  /**
   * PEM of all of them, each once: what the API server publishes, and the authority of its own certificate, which in most clusters is the
   * same; in k3s and rke2 it is another. `isWhole` is false where the published ones may not be read.
   */
  read(): Promise<{ readonly pem: string; readonly isWhole: boolean }>;
}

/** {@link ClientAuthorities} of the cluster behind `api`. */
export function createClientAuthorities(api: Api): ClientAuthorities {
  return {
    read: async () => {
      const own = (await api.certificateAuthority()) ?? '';
      const published = await readPublished(api);
      const all = [...certificatesIn(own), ...certificatesIn(published ?? '')];
      return { pem: [...new Set(all)].join('\n'), isWhole: published !== undefined };
    },
  };
}

async function readPublished(api: Api): Promise<string | undefined> {
  try {
    const { status, body } = await api.call({ method: 'GET', path: PUBLISHED, expects: [403, 404] });
    if (status !== 200) return undefined;
    return (body as { readonly data?: Readonly<Record<string, string>> }).data?.['client-ca-file'] ?? '';
  } catch (thrown) {
    // Whoever is not let in at all reads nothing more by asking again.
    if (thrown instanceof FailureError && thrown.failure.kind === 'auth') return undefined;
    throw thrown;
  }
}
