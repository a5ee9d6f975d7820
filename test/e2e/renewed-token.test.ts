import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventually, openUnready } from './world-under-test.ts';

const SECRET = 'lambdalet/test/token';

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

it('node-heartbeat, and no other function, stores the successor of the token in the secret', async () => {
  const identity = { kind: 'token', secret: SECRET };
  const world = await openUnready({ settings: { LAMBDALET_IDENTITY: JSON.stringify(identity) } });
  try {
    const { clusters, users } = parse(world.cluster.kubeconfig) as Kubeconfig;
    const { server, 'certificate-authority-data': certificateAuthority } = clusters[0].cluster;
    // The administrator's token says nothing of its end, so that it is replaced at once.
    const { token } = users[0].user;
    const first = { server, certificateAuthority, serviceAccount: 'default/default', token };
    const { secretsManager } = world.models;
    const lines: string[] = [];
    world.log.listen((line) => lines.push(line));
    const secret = { Name: SECRET, SecretString: JSON.stringify(first) };
    secretsManager.handle('CreateSecret', secret, Date.now());
    const renewals = await eventually(world, 'the token is renewed', () => {
      const told = lines.filter((line) => line.includes('The service account token was renewed'));
      return told.length > 0 ? told : undefined;
    });
    const answer = secretsManager.handle('GetSecretValue', { SecretId: SECRET }, Date.now());
    const stored = JSON.parse((answer as { readonly SecretString: string }).SecretString) as typeof first;
    expect(stored.token).not.toBe(token);
    expect(stored).toMatchObject({ server, certificateAuthority, serviceAccount: 'default/default' });
    expect(stored).toHaveProperty('expiresAt');
    expect(renewals.map((line) => (JSON.parse(line) as { service: string }).service)).toEqual([
      'node-heartbeat',
    ]);
    expect(lines.join('\n')).not.toContain(stored.token);
  } finally {
    await world.close();
  }
});
