import { cacheAccess, type Identity, type IdentityTools } from './identity.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

/** How long a kubeconfig is used before the secret is read again: a rotated one is taken up within this time. */
const MAX_AGE_MS = 5 * 60_000;

/**
 * The identity of a kubeconfig that `readSecret` gives. It is read again every five minutes, and once when the server
 * refuses it. A kubeconfig that cannot be used is an `auth` failure that lists every fault (see {@link parseKubeconfig}).
 */
export function kubeconfigIdentity(readSecret: () => Promise<string>, tools: IdentityTools): Identity {
  return cacheAccess(async () => parseKubeconfig(await readSecret()), MAX_AGE_MS, tools);
}
