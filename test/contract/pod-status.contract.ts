import { describe, expect, it } from 'vitest';
import type { Pod, PodStatus } from '../../lib/core/kubernetes.ts';
import type { PatchOutcome } from '../../lib/ports/pods.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

const AT = '2026-11-22T12:00:00Z';
type ContainerState = NonNullable<PodStatus['containerStatuses']>[number]['state'];

function containerIs(state: NonNullable<ContainerState>, name = 'main'): Partial<PodStatus> {
  return {
    containerStatuses: [
      { name, image: 'app:1', imageID: '', ready: false, restartCount: 0, started: false, state },
    ],
  };
}

function conditionOf(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** The pod of a patch that must have been made. */
function patched(outcome: PatchOutcome): Pod {
  if (outcome.kind !== 'patched') throw new Error(`the patch was not made: ${JSON.stringify(outcome)}`);
  return outcome.pod;
}

/** Writing pod status: preconditions and merging. */
export function podStatusContract(under: () => KubernetesUnderTest): void {
  const create = (spec: Pod['spec'] | object = {}) => under().hands.createPod({ name: newName('pod'), spec });
  const patch = (pod: Pod, status: Partial<PodStatus>) => under().ports.pods.patchStatus(pod, status);

  describe('pod status preconditions', () => {
    it('writes and gives the new pod, whose resourceVersion is good for the next write', async () => {
      const running = patched(await patch(await create(), { phase: 'Running', startTime: AT }));
      expect(running.status).toMatchObject({ phase: 'Running', startTime: AT });
      expect(patched(await patch(running, { phase: 'Succeeded' })).status?.phase).toBe('Succeeded');
    });

    it('writes annotations with it, and keeps those of others', async () => {
      const { pods } = under().ports;
      const pod = await create();
      const first = patched(await pods.patchStatus(pod, { phase: 'Running' }, { 'example.com/a': '1' }));
      const second = patched(await pods.patchStatus(first, {}, { 'example.com/b': '2' }));
      expect(second.metadata.annotations).toMatchObject({ 'example.com/a': '1', 'example.com/b': '2' });
      expect(second.status?.phase).toBe('Running');
    });

    it('does not write over what someone else has written since', async () => {
      const pod = await create();
      await under().hands.labelPod('default', pod.metadata.name, { touched: 'yes' });
      expect(await patch(pod, { phase: 'Running' })).toEqual({ kind: 'conflict' });
      expect((await under().ports.pods.get('default', pod.metadata.name, 'node-1'))?.status?.phase).toBe(
        'Pending',
      );
    });

    it('says gone for a pod that is absent', async () => {
      const pod = await create();
      await under().hands.deletePod('default', pod.metadata.name, 0);
      expect(await patch(pod, { phase: 'Running' })).toEqual({ kind: 'gone' });
    });

    it('says gone when another pod has the name, and leaves that one alone', async () => {
      const { ports, hands } = under();
      const pod = await create();
      const { name } = pod.metadata;
      await hands.deletePod('default', name, 0);
      const next = await hands.createPod({ name });
      expect(await patch(pod, { phase: 'Failed' })).toEqual({ kind: 'gone' });
      const mixed = { ...pod, metadata: { ...next.metadata, uid: pod.metadata.uid } };
      expect(await patch(mixed, { phase: 'Failed' })).toEqual({ kind: 'gone' });
      expect((await ports.pods.get('default', name, 'node-1'))?.status?.phase).toBe('Pending');
    });

    it('says gone when the name is that of a pod of another node, and leaves that one alone', async () => {
      const { ports, hands } = under();
      const pod = await create();
      const { name } = pod.metadata;
      await hands.deletePod('default', name, 0);
      await hands.createPod({ name, node: 'node-200' });
      expect(await patch(pod, { phase: 'Failed' })).toEqual({ kind: 'gone' });
      expect((await ports.pods.get('default', name, 'node-200'))?.status?.phase).toBe('Pending');
    });

    it('does not make a new version of a pod that already is so', async () => {
      const status: Partial<PodStatus> = {
        phase: 'Running',
        podIP: '10.0.0.9',
        podIPs: [{ ip: '10.0.0.9' }],
      };
      const first = patched(await patch(await create(), status));
      const second = patched(await patch(first, status));
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });
  });

  describe('pod status merging', () => {
    it('touches only the fields that are given', async () => {
      const pod = patched(await patch(await create(), { phase: 'Running', message: 'hello', startTime: AT }));
      const { status } = patched(await patch(pod, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }));
      expect(status).toMatchObject({ phase: 'Running', message: 'hello', startTime: AT, podIP: '10.0.0.1' });
    });

    it('keeps the conditions of others', async () => {
      const gate = { type: 'example.com/gate', status: 'True', lastTransitionTime: AT };
      const gated = patched(await patch(await create(), { conditions: [gate] }));
      const pod = patched(
        await patch(gated, { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: AT }] }),
      );
      expect(conditionOf(pod, 'example.com/gate')).toMatchObject({ status: 'True' });
      expect(conditionOf(pod, 'Ready')).toMatchObject({ status: 'False' });
    });

    it('replaces a condition of the same type whole, with its reason and message', async () => {
      const unready = { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'no' };
      const pod = patched(await patch(await create(), { conditions: [unready] }));
      const ready = patched(await patch(pod, { conditions: [{ type: 'Ready', status: 'True' }] }));
      expect(conditionOf(ready, 'Ready')).toMatchObject({ status: 'True' });
      expect(conditionOf(ready, 'Ready')).not.toHaveProperty('reason');
      expect(conditionOf(ready, 'Ready')).not.toHaveProperty('message');
    });

    it('replaces the IPs whole', async () => {
      const ips = (pod: string, host: string): Partial<PodStatus> => ({
        podIP: pod,
        podIPs: [{ ip: pod }],
        hostIP: host,
        hostIPs: [{ ip: host }],
      });
      const first = patched(await patch(await create(), ips('10.0.0.1', '10.1.0.1')));
      const second = patched(await patch(first, ips('10.0.0.2', '10.1.0.2')));
      expect(second.status).toMatchObject(ips('10.0.0.2', '10.1.0.2'));
    });

    it('takes the IPs away when they are given empty', async () => {
      const first = patched(await patch(await create(), { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }));
      const { status } = patched(await patch(first, { podIP: '', podIPs: [] }));
      expect(status).not.toHaveProperty('podIP');
      expect(status).not.toHaveProperty('podIPs');
    });

    it('replaces container statuses whole', async () => {
      const waiting = patched(
        await patch(await create(), containerIs({ waiting: { reason: 'A', message: 'b' } })),
      );
      const running = patched(await patch(waiting, containerIs({ running: { startedAt: AT } })));
      expect(running.status?.containerStatuses?.[0]?.state).toEqual({ running: { startedAt: AT } });
    });

    it('takes a reason away when it is given empty', async () => {
      const pod = patched(await patch(await create(), { reason: 'NoRoom', message: 'wait' }));
      const { status } = patched(await patch(pod, { reason: '', message: '' }));
      expect(status).not.toHaveProperty('reason');
      expect(status).not.toHaveProperty('message');
    });

    it('gives back what is not a pointer in Go as null or {}, so that comparing needs care', async () => {
      const ended = {
        ...containerIs({ terminated: { exitCode: 3 } }),
        conditions: [{ type: 'Ready', status: 'False' }],
      };
      const { status } = patched(await patch(await create(), ended));
      expect(conditionOf({ status } as Pod, 'Ready')).toEqual({
        type: 'Ready',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: null,
      });
      expect(status?.containerStatuses?.[0]).toMatchObject({
        state: { terminated: { exitCode: 3, startedAt: null, finishedAt: null } },
        lastState: {},
      });
    });
  });

  describe('pod status refusals', () => {
    it.each([
      { policy: 'Never', exitCode: 3 },
      { policy: 'Never', exitCode: 0 },
      { policy: 'OnFailure', exitCode: 0 },
    ])(
      'does not bring back a container that exited with $exitCode under $policy',
      async ({ policy, exitCode }) => {
        const pod = await create({ restartPolicy: policy });
        const ended = patched(await patch(pod, containerIs({ terminated: { exitCode } })));
        const outcome = await patch(ended, containerIs({ running: { startedAt: AT } }));
        expect(outcome.kind).toBe('invalid');
        expect(outcome).toHaveProperty('message', expect.stringContaining('non-terminated state'));
      },
    );

    it('brings back a container that failed under OnFailure', async () => {
      const pod = await create({ restartPolicy: 'OnFailure' });
      const ended = patched(await patch(pod, containerIs({ terminated: { exitCode: 3 } })));
      const running = patched(await patch(ended, containerIs({ running: { startedAt: AT } })));
      expect(running.status?.containerStatuses?.[0]?.state).toHaveProperty('running');
    });
  });
}
