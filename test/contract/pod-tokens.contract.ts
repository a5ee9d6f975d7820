import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { BoundToken, Reading } from '../../lib/core/pod-inputs.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

const NEED = { audience: '', expirationSeconds: 86_400 };

interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly sub: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly pod: { readonly name: string; readonly uid: string };
    readonly serviceaccount: { readonly name: string };
  };
}

function granted(reading: Reading<BoundToken>): BoundToken & { readonly claims: Claims } {
  if (reading.kind !== 'found') throw new Error(`no token was given: ${JSON.stringify(reading)}`);
  const payload = reading.value.token.split('.')[1] ?? '';
  return { ...reading.value, claims: JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims };
}

/** Tokens of the pods' service accounts. */
export function podTokensContract(under: () => KubernetesUnderTest): void {
  const token = (pod: Pod, need = NEED) => under().ports.objects.token(pod, need);
  const createPod = async (): Promise<{ pod: Pod; account: string }> => {
    const account = newName('account');
    await under().hands.putObject({ kind: 'ServiceAccount', metadata: { name: account } });
    const spec = { serviceAccountName: account };
    return { pod: await under().hands.createPod({ name: newName('pod'), spec }), account };
  };

  describe('tokens', () => {
    it('are of the pod, its service account and its namespace', async () => {
      const { pod, account } = await createPod();
      const { claims } = granted(await token(pod));
      expect(claims.sub).toBe(`system:serviceaccount:default:${account}`);
      expect(claims['kubernetes.io']).toMatchObject({
        namespace: 'default',
        pod: { name: pod.metadata.name, uid: pod.metadata.uid },
        serviceaccount: { name: account },
      });
    });

    it('are for the audience that is asked for, or for the API server', async () => {
      const { pod } = await createPod();
      expect(granted(await token(pod, { ...NEED, audience: 'vault' })).claims.aud).toEqual(['vault']);
      expect(granted(await token(pod)).claims.aud).toEqual([expect.stringMatching(/^https:/)]);
    });

    it('tell when they end', async () => {
      const { pod } = await createPod();
      const { claims, expiresAt } = granted(await token(pod));
      expect(expiresAt).toBe(claims.exp * 1000);
      const short = granted(await token(pod, { ...NEED, expirationSeconds: 600 }));
      expect(expiresAt - short.expiresAt).toBeGreaterThan(85_000_000);
    });

    it('are never shared', async () => {
      const { pod } = await createPod();
      const tokens = await Promise.all([token(pod), token(pod)]);
      expect(new Set(tokens.map((one) => granted(one).token)).size).toBe(2);
    });

    it('are absent without their service account', async () => {
      const { pod, account } = await createPod();
      await under().hands.removeObject('ServiceAccount', account);
      expect(await token(pod)).toEqual({ kind: 'absent' });
    });

    it('are not given to a pod that is gone, nor in its name to the next', async () => {
      const { pod, account } = await createPod();
      const { name } = pod.metadata;
      await under().hands.deletePod('default', name, 0);
      const refused = (words: string) => ({
        kind: 'unreadable',
        message: expect.stringContaining(words) as string,
      });
      expect(await token(pod)).toEqual(refused(`pods "${name}" not found`));
      await under().hands.createPod({ name, spec: { serviceAccountName: account } });
      expect(await token(pod)).toEqual(refused('does not match the UID in record'));
    });

    it('are refused, in the words of the server, when they should end too soon', async () => {
      const { pod } = await createPod();
      expect(await token(pod, { ...NEED, expirationSeconds: 60 })).toEqual({
        kind: 'unreadable',
        message: expect.stringContaining('may not specify a duration less than 10 minutes') as string,
      });
    });
  });
}
