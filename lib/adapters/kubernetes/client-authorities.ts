import { FailureError } from '../../core/failure.ts';
import type { Api } from './call-api.ts';
import { certificatesIn } from './certificates.ts';

/** Where every API server publishes what it verifies client certificates with (`--client-ca-file`). */
const PUBLISHED = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

/** The authorities of the client certificates of a cluster. */
export interface ClientAuthorities {
  /**
   * PEM of all of them, each once; `undefined`: none is published, or it may not be read. Throws `FailureError` when it cannot be said now.
   *
   * Never the authority of the API server's own certificate: whoever signs names of servers (a company, a load balancer, k3s's server CA)
   * must not make anybody `system:masters`.
   */
  read(): Promise<string | undefined>;
}

/** {@link ClientAuthorities} of the cluster behind `api`. */
export function createClientAuthorities(api: Api): ClientAuthorities {
  return {
    read: async () => {
      const all = new Set(certificatesIn(await readPublished(api)));
      return all.size === 0 ? undefined : [...all].join('\n');
    },
  };
}

async function readPublished(api: Api): Promise<string> {
  try {
    const { status, body } = await api.call({ method: 'GET', path: PUBLISHED, expects: [403, 404] });
    if (status !== 200) return '';
    return (body as { readonly data?: Readonly<Record<string, string>> }).data?.['client-ca-file'] ?? '';
  } catch (thrown) {
    // Whoever is not let in at all reads nothing more by asking again.
    if (thrown instanceof FailureError && thrown.failure.kind === 'auth') return '';
    throw thrown;
  }
}
