import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Access } from '../../adapters/kubernetes/identity.ts';
import { FailureError } from '../../core/failure.ts';

/**
 * The access that a person's own kubeconfig gives, as kubectl has it: files and plugins (`aws eks get-token`, ..) are used, because
 * this is that person's machine. What switches verification off is refused: then nothing could be said of TLS.
 *
 * @throws FailureError `auth` for a kubeconfig that cannot be used
 */
export async function readUserKubeconfig(file: string, context: string | undefined): Promise<Access> {
  // A quarter of a second of imports, for those who need it.
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const options: RequestOptions = {};
  try {
    const config = new KubeConfig();
    config.loadFromFile(file);
    if (context !== undefined) chooseContext(config, context);
    await config.applyToHTTPSOptions(options);
    const { server = '' } = config.getCurrentCluster() ?? {};
    return toAccess(server, options);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw refused(`${file} cannot be used: ${words}`);
  }
}

function chooseContext(config: KubeConfig, name: string): void {
  const known = config.getContexts().map((context) => context.name);
  if (!known.includes(name))
    throw refused(`the kubeconfig has no context ${name}: it has ${known.join(', ')}`);
  config.setCurrentContext(name);
}

function toAccess(server: string, { ca, cert, key, headers, auth, ...options }: RequestOptions): Access {
  if (server === '')
    throw refused('the current context of the kubeconfig names no cluster: kubectl config use-context');
  if (options.rejectUnauthorized === false)
    throw refused(
      'the kubeconfig switches TLS verification off (insecure-skip-tls-verify): give it the CA instead',
    );
  const { servername } = options as { readonly servername?: string };
  const basic =
    typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  return {
    endpoint: {
      url: server.replace(/\/$/, ''),
      ...(ca !== undefined && { ca: pem(ca) }),
      ...(cert !== undefined && { cert: pem(cert) }),
      ...(key !== undefined && { key: pem(key) }),
      ...(servername !== undefined && { serverName: servername }),
    },
    headers: { ...basic, ...(headers as Record<string, string>) },
  };
}

function pem(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}

function refused(message: string): FailureError {
  return new FailureError({ kind: 'auth', code: 'KubeconfigRefused', message });
}
