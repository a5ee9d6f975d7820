import { describe, expect, it } from 'vitest';
import type { Failure } from '../../lib/core/failure.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { LaunchOutcome } from '../../lib/ports/provider.ts';
import { aPod, aPodWith, aRecord, withToken } from '../providers/fixtures.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import { providerInputsContract } from './provider-inputs.contract.ts';
import type { ProviderHarness } from './provider-under-test.ts';
import { providerUpkeepContract } from './provider-upkeep.contract.ts';

const HOUR = 3_600_000;
const UNKNOWN = 'arn:aws:ecs:eu-west-1:111122223333:task/lambdalet-demo/00000000000000000000000000000000';

/** What every Provider must do, whatever it runs pods on. */
export function providerContract(name: string, make: () => ProviderHarness): void {
  providerInputsContract(name, make);
  providerUpkeepContract(name, make);
  describe(`the contract of Provider: ${name}`, () => {
    const launch = (harness: ProviderHarness, pod: Pod, more: Parameters<typeof aRecord>[1] = {}) =>
      harness.provider.launch(pod, aRecord(pod, more), harness.now() + 60_000, noInputs());
    const started = async (harness: ProviderHarness, pod: Pod, more: Parameters<typeof aRecord>[1] = {}) =>
      launchedTask(await launch(harness, pod, more));
    const look = async (harness: ProviderHarness, arn: string) =>
      (await harness.provider.describe([arn])).get(arn)?.task;

    it('gives replicas the same spec hash, whatever their names and token volumes', () => {
      const { provider } = make();
      const hashes = ['aaaaa', 'bbbbb'].map((suffix) => {
        const pod = aPod();
        return provider.assess({ ...pod, spec: withToken(pod.spec, suffix) }, 'fargate-1');
      });
      expect(hashes[0]).toMatchObject({
        kind: 'runnable',
        specHash: expect.stringMatching(/^\d+:\w+$/) as string,
      });
      expect(hashes[1]).toEqual(hashes[0]);
    });

    it('gives another image another spec hash', () => {
      const { provider } = make();
      const [one, other] = ['nginx:1', 'nginx:2'].map((image) =>
        provider.assess(aPodWith({ image }), 'fargate-1'),
      );
      expect(one).not.toEqual(other);
    });

    it('names every fault of a pod that it cannot run, by full path', () => {
      const pod = aPodWith({ securityContext: { privileged: true } }, { hostNetwork: true });
      const assessment = make().provider.assess(pod, 'fargate-1');
      if (assessment.kind !== 'unsupported') throw new Error('a privileged pod was accepted');
      expect(assessment.faults.map(({ path }) => path).sort()).toEqual([
        'spec.containers[0].securityContext.privileged',
        'spec.hostNetwork',
      ]);
    });

    it('tells what a task would use as it uses it, and as the list of all tasks tells it', async () => {
      const harness = make();
      const pod = aPodWith({ resources: { requests: { cpu: '1' } } });
      const use = harness.provider.useOf(pod, aRecord(pod));
      expect(use).toMatchObject({ vcpu: 1, capacityType: 'on-demand' });
      expect(use?.usdPerHour).toBeGreaterThan(0);
      expect(harness.provider.useOf(structuredClone(pod), aRecord(pod)), 'of the same, the same').toEqual(
        use,
      );
      const { arn } = await started(harness, pod);
      const listed = await harness.provider.listAll();
      expect(listed.find(({ task }) => task.arn === arn)?.use).toEqual(use);
    });

    it('launches a task that carries its owner', async () => {
      const harness = make();
      const pod = aPod();
      const outcome = await launch(harness, pod, { attempt: 3 });
      const { uid, namespace, name: podName } = pod.metadata;
      expect(outcome).toMatchObject({
        kind: 'launched',
        found: {
          task: { state: 'pending', containers: [{ name: 'main', state: 'pending' }] },
          owner: { cluster: 'demo', node: 'fargate-1', uid, attempt: 3, namespace, name: podName },
        },
      });
    });

    it('gives the first task again for the same token, and another for the next attempt or try', async () => {
      const harness = make();
      const pod = aPod();
      const first = await started(harness, pod);
      expect((await started(harness, pod, { replayed: true })).arn).toBe(first.arn);
      const arns = [
        first.arn,
        (await started(harness, pod, { try: 1 })).arn,
        (await started(harness, pod, { attempt: 2 })).arn,
      ];
      expect(new Set(arns).size).toBe(3);
    });

    it('still gives the first task for its token once that has stopped', async () => {
      const harness = make();
      const pod = aPod();
      const { arn } = await started(harness, pod);
      await harness.run(arn);
      await harness.provider.stop(arn, 'test');
      await harness.end(arn);
      expect(await started(harness, pod)).toMatchObject({ arn, state: 'stopped' });
    });

    it('sends nothing once the claim has run out', async () => {
      const harness = make();
      const pod = aPod();
      const late = await harness.provider.launch(pod, aRecord(pod), harness.now() - 1, noInputs());
      expect(failureIn(late).kind).toBe('transient');
      expect(harness.sends()).toBe(0);
      expect(await harness.provider.listAll()).toEqual([]);
    });

    it.each(['capacity', 'throttled'] as const)('returns %s as a value, with no task', async (how) => {
      const harness = make();
      harness.failLaunch(how);
      const pod = aPod();
      expect(failureIn(await launch(harness, pod)).kind).toBe(how);
      expect(await harness.provider.find(pod.metadata.uid, 1)).toBeUndefined();
    });

    it('calls a lost answer ambiguous, and finds its task by the same token and by its owner', async () => {
      const harness = make();
      const pod = aPod();
      await started(harness, aPod());
      const before = harness.sends();
      harness.failLaunch('timeoutAfterSuccess');
      expect(failureIn(await launch(harness, pod)).kind).toBe('ambiguous');
      expect(harness.sends() - before).toBeLessThanOrEqual(2);
      const found = await harness.provider.find(pod.metadata.uid, 1);
      expect((await started(harness, pod)).arn).toBe(found?.task.arn);
      expect(await harness.provider.listAll()).toHaveLength(2);
    });

    it('describes a task through its life, each change with a higher version', async () => {
      const harness = make();
      const pending = await started(harness, aPod());
      await harness.run(pending.arn);
      const running = await look(harness, pending.arn);
      expect(running).toMatchObject({ state: 'running', containers: [{ name: 'main', state: 'running' }] });
      expect(running?.podIP).toMatch(/^10\./);
      await harness.provider.stop(pending.arn, 'because of a test');
      const stopping = await look(harness, pending.arn);
      expect(stopping).toMatchObject({ state: 'stopping', cause: 'requested', reason: 'because of a test' });
      await harness.end(pending.arn);
      const stopped = await look(harness, pending.arn);
      expect(stopped).toMatchObject({ state: 'stopped', cause: 'requested', reason: 'because of a test' });
      expect(stopped?.containers[0]?.exitCode).toBe(143);
      const versions = [pending, running, stopping, stopped].map((task) => task?.version ?? 0);
      expect(versions).toEqual([...new Set(versions)].sort((one, other) => one - other));
    });

    it('leaves out of a description what it does not know', async () => {
      const harness = make();
      const { arn } = await started(harness, aPod());
      expect([...(await harness.provider.describe([UNKNOWN, arn])).keys()]).toEqual([arn]);
      expect((await harness.provider.describe([])).size).toBe(0);
    });

    it('stops a task twice, and one that is over or unknown, without complaint', async () => {
      const harness = make();
      const { arn } = await started(harness, aPod());
      await harness.run(arn);
      const asked = await harness.provider.stop(arn, 'first');
      expect(asked?.task, 'the answer is the task as it is now').toEqual(await look(harness, arn));
      expect(asked?.task.state).toBe('stopping');
      await harness.provider.stop(arn, 'second');
      await harness.end(arn);
      await harness.provider.stop(arn, 'third');
      expect(await harness.provider.stop(UNKNOWN, 'never was')).toBeUndefined();
      expect(await look(harness, arn)).toMatchObject({ state: 'stopped', reason: 'first' });
    });

    it('finds the task of a container by the runtime id that it shows', async () => {
      const harness = make();
      const { arn } = await started(harness, aPod());
      await harness.run(arn);
      const shown = (await look(harness, arn))?.containers[0]?.runtimeId ?? 'none';
      expect((await harness.provider.findByContainer(shown))?.task.arn).toBe(arn);
      const unknown = `${'0'.repeat(31)}f-0000000001`;
      expect(await harness.provider.findByContainer(unknown)).toBeUndefined();
    });

    it('names the log of a container by its task, and by what its status shows of it', async () => {
      const harness = make();
      const { arn } = await started(harness, aPod());
      await harness.run(arn);
      const [main] = (await look(harness, arn))?.containers ?? [];
      const { provider } = harness;
      const log = provider.logStreamOf({ taskArn: arn }, 'main');
      expect(provider.logStreamOf({ runtimeId: main?.runtimeId ?? 'none' }, 'main')).toEqual(log);
      expect(provider.logStreamOf({ taskArn: arn }, 'other')).not.toEqual(log);
    });

    it('finds the task of one attempt, running or stopped, and not that of another', async () => {
      const harness = make();
      const pod = aPod();
      const { uid } = pod.metadata;
      const { arn } = await started(harness, pod);
      expect(await harness.provider.find(uid, 1)).toMatchObject({
        task: { arn },
        owner: { uid, attempt: 1 },
      });
      expect(await harness.provider.find(uid, 2)).toBeUndefined();
      await harness.run(arn);
      await harness.provider.stop(arn, 'test');
      await harness.end(arn);
      expect(await harness.provider.find(uid, 1)).toMatchObject({ task: { arn, state: 'stopped' } });
    });

    it('prefers of several tasks of one attempt the one that is not stopped', async () => {
      const harness = make();
      const pod = aPod();
      const first = await started(harness, pod);
      await harness.run(first.arn);
      await harness.provider.stop(first.arn, 'test');
      await harness.end(first.arn);
      const second = await started(harness, pod, { try: 1 });
      expect((await harness.provider.find(pod.metadata.uid, 1))?.task.arn).toBe(second.arn);
    });

    it('lists all tasks, running and stopped, and forgets a stopped one after an hour', async () => {
      const harness = make();
      const running = await started(harness, aPod());
      const stopped = await started(harness, aPod());
      await harness.run(stopped.arn);
      await harness.provider.stop(stopped.arn, 'test');
      await harness.end(stopped.arn);
      const arns = async () => (await harness.provider.listAll()).map(({ task }) => task.arn).sort();
      expect(await arns()).toEqual([running.arn, stopped.arn].sort());
      await harness.advance(HOUR + 60_000);
      expect(await arns()).toEqual([running.arn]);
      expect(await look(harness, stopped.arn)).toBeUndefined();
    });
  });
}

function launchedTask(outcome: LaunchOutcome) {
  if (outcome.kind === 'launched') return outcome.found.task;
  throw new Error(`the launch failed: ${JSON.stringify(outcome.failure)}`);
}

function failureIn(outcome: LaunchOutcome): Failure {
  if (outcome.kind === 'failed') return outcome.failure;
  throw new Error('the launch did not fail');
}
