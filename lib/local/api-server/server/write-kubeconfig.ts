import { stringify } from 'yaml';

/** A kubeconfig of one cluster, everything in it (no files, no plugins), so that it also does as a secret. */
export function writeKubeconfig(parts: {
  readonly server: string;
  readonly certificate: string;
  readonly token: string;
}): string {
  const name = 'lambdalet-local';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: parts.server,
          'certificate-authority-data': Buffer.from(parts.certificate).toString('base64'),
        },
      },
    ],
    users: [{ name: 'admin', user: { token: parts.token } }],
    contexts: [{ name, context: { cluster: name, user: 'admin' } }],
    'current-context': name,
  });
}
