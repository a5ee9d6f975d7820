import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { Provider } from '../../lib/ports/provider.ts';
import { aPod, aPodWith, aRecord } from '../providers/fixtures.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import type { ProviderHarness } from './provider-under-test.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What repair needs of every Provider: clear words about absence, complete lists, and definitions that do not pile up. */
export function providerUpkeepContract(name: string, make: () => ProviderHarness): void {
  describe(`the contract of Provider, upkeep: ${name}`, () => {
    it('takes silence about a task for no answer, and only a clear word for its absence', async () => {
      const harness = make();
      const [one, other] = [await started(harness), await started(harness)];
      harness.overlook(one.arn, { described: 'silent' });
      await expect(harness.provider.describe([other.arn, one.arn])).rejects.toMatchObject({
        failure: { kind: 'transient' },
      });
      harness.overlook(one.arn, { described: 'missing' });
      expect([...(await harness.provider.describe([one.arn, other.arn])).keys()]).toEqual([other.arn]);
      harness.overlook(one.arn, {});
      expect((await harness.provider.describe([one.arn, other.arn])).size).toBe(2);
    });

    it('lists what should run, whoever started it, and nothing that stops', async () => {
      const harness = make();
      const [pending, running, stopping, stopped] = [
        await started(harness),
        await started(harness),
        await started(harness),
        await started(harness),
      ];
      await harness.run(stopped.arn);
      await harness.provider.stop(stopped.arn, 'test');
      await harness.end(stopped.arn);
      await harness.run(running.arn);
      await harness.provider.stop(stopping.arn, 'test');
      const stranger = harness.startStranger();
      const live = [pending.arn, running.arn, stranger];
      expect([...(await harness.provider.listLive())].sort()).toEqual(live.sort());
      expect((await harness.provider.listAll()).map(({ task }) => task.arn)).not.toContain(stranger);
      harness.overlook(running.arn, { listed: false });
      expect(await harness.provider.listLive()).not.toContain(running.arn);
    });

    it('retires definitions that nobody uses, by hash or by name, once they are a day old', async () => {
      const harness = make();
      const { provider } = harness;
      const pods = ['nginx:1', 'nginx:2', 'nginx:3'].map((image) => aPodWith({ image }));
      const [byHash, byName] = [hashOf(provider, pods[0]!), await definitionOf(harness, pods[1]!)];
      await definitionOf(harness, pods[0]!);
      const unused = await definitionOf(harness, pods[2]!);
      const isUsed: IsUsed = ({ specHash, name }) => specHash === byHash || name === byName;
      expect(await provider.retireDefinitions(isUsed, 10)).toBe(0);
      await harness.advance(DAY + HOUR);
      expect(await provider.retireDefinitions(isUsed, 10)).toBe(1);
      expect(await provider.retireDefinitions(isUsed, 10)).toBe(0);
      expect(await definitionOf(harness, aPodWith({ image: 'nginx:2' }))).toBe(byName);
      expect(await definitionOf(harness, aPodWith({ image: 'nginx:3' }))).not.toBe(unused);
    });

    it('retires no more definitions at a time than it may', async () => {
      const harness = make();
      for (const image of ['nginx:1', 'nginx:2', 'nginx:3']) await definitionOf(harness, aPodWith({ image }));
      await harness.advance(DAY + HOUR);
      const nobody: IsUsed = () => false;
      expect(await harness.provider.retireDefinitions(nobody, 0)).toBe(0);
      expect(await harness.provider.retireDefinitions(nobody, 2)).toBe(2);
      expect(await harness.provider.retireDefinitions(nobody, 2)).toBe(1);
    });
  });
}

type IsUsed = Parameters<Provider['retireDefinitions']>[0];

async function launch(harness: ProviderHarness, pod: Pod) {
  const outcome = await harness.provider.launch(pod, aRecord(pod), harness.now() + 60_000, noInputs());
  if (outcome.kind === 'launched') return outcome;
  throw new Error(`the launch failed: ${JSON.stringify(outcome.failure)}`);
}

const started = async (harness: ProviderHarness) => (await launch(harness, aPod())).found.task;
const definitionOf = async (harness: ProviderHarness, pod: Pod) =>
  (await launch(harness, pod)).taskDefinition;

function hashOf(provider: Provider, pod: Pod): string {
  const assessment = provider.assess(pod, 'fargate-1');
  if (assessment.kind === 'runnable') return assessment.specHash;
  throw new Error('the pod was refused');
}
