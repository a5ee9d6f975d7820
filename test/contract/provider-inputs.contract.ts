import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { PodInputs } from '../../lib/core/pod-inputs.ts';
import type { LaunchOutcome } from '../../lib/ports/provider.ts';
import { aPod, aPodWith, aRecord } from '../providers/fixtures.ts';
import { foundObject, noInputs } from '../support/vocabulary-inputs.ts';
import type { ProviderHarness } from './provider-under-test.ts';

const DAY = 24 * 3_600_000;

/** What every Provider must do with what a pod refers to: nothing is launched without it, and what is stored goes again. */
export function providerInputsContract(name: string, make: () => ProviderHarness): void {
  describe(`the contract of Provider, inputs: ${name}`, () => {
    it('says configuration while something mandatory is missing, and starts nothing', async () => {
      const harness = make();
      const pod = withSecret();
      for (const secrets of [new Map(), new Map([['db', { kind: 'absent' } as const]])]) {
        const outcome = await launch(harness, pod, noInputs({ secrets }));
        expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'configuration' } });
      }
      expect(harness.sends()).toBe(0);
      expect(harness.files()).toEqual([]);
    });

    it('does without what is optional', async () => {
      const pod = withSecret({ optional: true });
      const outcome = await launch(make(), pod, noInputs({ secrets: new Map([['db', { kind: 'absent' }]]) }));
      expect(outcome.kind).toBe('launched');
    });

    it('stores files for a pod that needs them, and removes those of one attempt alone', async () => {
      const harness = make();
      const [pod, other] = [withSecret(), withSecret()];
      expect(await launch(harness, pod, theSecret())).toMatchObject({ kind: 'launched', files: true });
      await launch(harness, pod, theSecret(), 2);
      await launch(harness, other, theSecret());
      expect(harness.files()).toEqual([attempt(pod, 1), attempt(pod, 2), attempt(other, 1)]);
      await harness.provider.clearFiles(aRecord(pod));
      expect(harness.files()).toEqual([attempt(pod, 2), attempt(other, 1)]);
    });

    it('removes the files of every attempt on one node, and of no other node whose name begins so', async () => {
      const harness = make();
      const [pod, other] = [withSecret(), withSecret()];
      await launch(harness, pod, theSecret());
      await launch(harness, other, theSecret(), 2);
      await harness.provider.clearNode('fargate');
      expect(harness.files()).toEqual([attempt(pod, 1), attempt(other, 2)]);
      await harness.provider.clearNode('fargate-1');
      expect(harness.files()).toEqual([]);
    });

    it('stores the same files again for a replay: nobody knows whether they were read', async () => {
      const harness = make();
      const pod = withSecret();
      await launch(harness, pod, theSecret());
      await harness.provider.clearFiles(aRecord(pod));
      expect(await launch(harness, pod, theSecret())).toMatchObject({ kind: 'launched', files: true });
      expect(harness.files()).toEqual([attempt(pod, 1)]);
    });

    it('tells without sending anything how a launch would be refused for want of something', async () => {
      const harness = make();
      const pod = withSecret();
      const { provider } = harness;
      expect(provider.needsOf(pod, 'fargate-1').secrets).toEqual(['db']);
      const lack = provider.lackIn(pod, aRecord(pod), noInputs());
      expect(lack).toMatchObject({ kind: 'failed', failure: { kind: 'configuration' } });
      expect(harness.sends()).toBe(0);
      expect(await launch(harness, pod, noInputs())).toMatchObject({ failure: lack!.failure });
      expect(provider.lackIn(pod, aRecord(pod), theSecret())).toBeUndefined();
    });

    it('stores nothing for a pod that refers to nothing, and has nothing to remove', async () => {
      const harness = make();
      const pod = aPod();
      expect(await launch(harness, pod, noInputs())).toMatchObject({ kind: 'launched', files: false });
      await harness.provider.clearFiles(aRecord(pod));
      expect(harness.files()).toEqual([]);
    });

    it('keeps secrets that launches use, and removes them a week after the last one', async () => {
      const harness = make();
      const pod = (secret: string) =>
        aPod({
          imagePullSecrets: [{ name: secret }],
          containers: [{ name: 'main', image: 'registry.example/app:1' }],
        });
      const login = { auths: { 'registry.example': { username: 'u', password: 'p' } } };
      const found = foundObject(
        { '.dockerconfigjson': JSON.stringify(login) },
        'kubernetes.io/dockerconfigjson',
      );
      const use = (secret: string) =>
        launch(harness, pod(secret), noInputs({ secrets: new Map([[secret, found]]) }));
      await use('one');
      await use('two');
      expect(await harness.provider.retireSecrets(10)).toBe(0);
      await harness.advance(6 * DAY);
      await use('two');
      await harness.advance(3 * DAY);
      expect(await harness.provider.retireSecrets(0)).toBe(0);
      expect(await harness.provider.retireSecrets(10)).toBe(1);
      expect(await harness.provider.retireSecrets(10)).toBe(0);
      expect((await use('one')).kind).toBe('launched');
    });
  });
}

function launch(harness: ProviderHarness, pod: Pod, inputs: PodInputs, nth = 1): Promise<LaunchOutcome> {
  return harness.provider.launch(pod, aRecord(pod, { attempt: nth }), harness.now() + 60_000, inputs);
}

function withSecret(more: { readonly optional?: boolean } = {}): Pod {
  const secretKeyRef = { name: 'db', key: 'password', ...more };
  return aPodWith({ env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef } }] });
}

function theSecret(): PodInputs {
  return noInputs({ secrets: new Map([['db', foundObject({ password: 'canary' })]]) });
}

function attempt(pod: Pod, nth: number): string {
  return `fargate-1/${pod.metadata.uid}/${nth}`;
}
