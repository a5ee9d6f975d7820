import { describe, expect, it } from 'vitest';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

/** Who callers are, and what they may. */
export function reviewsContract(under: () => KubernetesUnderTest): void {
  const NODE = 'node-1';

  describe('reviews', () => {
    it('know whom a token of a service account belongs to', async () => {
      const account = newName('account');
      await under().hands.putObject({ kind: 'ServiceAccount', metadata: { name: account } });
      const pod = await under().hands.createPod({
        name: newName('pod'),
        spec: { serviceAccountName: account },
      });
      const given = await under().ports.objects.token(pod, { audience: '', expirationSeconds: 3_600 });
      if (given.kind !== 'found') throw new Error('no token was given');
      const caller = await under().ports.reviews.identify(given.value.token, NODE);
      expect(caller?.name).toBe(`system:serviceaccount:default:${account}`);
      expect(caller?.groups).toEqual(
        expect.arrayContaining(['system:serviceaccounts:default', 'system:authenticated']),
      );
    });

    it('know nobody by a token that is nobody’s', async () => {
      for (const token of ['x', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'])
        expect(await under().ports.reviews.identify(token, NODE)).toBeUndefined();
    });

    it('allow the masters everything on a node, and whom nothing was granted nothing', async () => {
      const subresources = ['proxy', 'stats', 'metrics', 'log', 'pods', 'healthz', 'configz'] as const;
      const verbs = ['get', 'create'] as const;
      for (const subresource of subresources)
        for (const verb of verbs) {
          const access = { verb, subresource, node: NODE };
          const allows = async (name: string, ...groups: readonly string[]) =>
            (await under().ports.reviews.allows({ name, groups }, access)).isAllowed;
          expect(await allows('someone', 'system:masters')).toBe(true);
          expect(await allows('nobody', 'system:authenticated')).toBe(false);
          expect(await allows('system:anonymous', 'system:unauthenticated')).toBe(false);
        }
    });

    it('take a caller with a UID and with more that is known of him', async () => {
      const caller = { name: 'someone', uid: '1', groups: ['system:masters'], extra: { scope: ['a', 'b'] } };
      const access = { verb: 'get', subresource: 'proxy', node: NODE } as const;
      expect((await under().ports.reviews.allows(caller, access)).isAllowed).toBe(true);
    });
  });
}
