// What a Job decides from what we publish about its pods: its failure policy and its replacement policy, judged by the real Job
// controller.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../lib/local/world/world.ts';
import { findRealCluster, startRealCluster, type RunningCluster } from '../e2e/start-real-cluster.ts';
import { eventually, openWorld } from '../e2e/world-under-test.ts';

const NODE = 'jobs';

/** Where the control plane is, or why there is none. */
function findControlPlane(): ReturnType<typeof findRealCluster> {
  if (!process.env['KUBEBUILDER_ASSETS'])
    return { missing: 'KUBEBUILDER_ASSETS does not name a folder with a control plane' };
  return findRealCluster();
}

const found = findControlPlane();
if ('program' in found) jobStory(found.program);
else {
  console.warn(`SKIPPED: the policies of Jobs on a real control plane, because ${found.missing}`);
  describe('a Job on a real control plane', () => {
    it.skip(`was not tested: ${found.missing}`, () => undefined);
  });
}

/** A Job of one pod at a time; `spec` overrides what it says. */
function job(name: string, script: string, spec: object, graceSeconds = 5): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      ...spec,
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: graceSeconds,
          nodeSelector: { 'kubernetes.io/hostname': NODE },
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'main',
              image: 'public.ecr.aws/docker/library/busybox:1.37',
              command: ['sh', '-c', script],
            },
          ],
        },
      },
    },
  };
}

interface JobStatus {
  readonly succeeded?: number;
  readonly failed?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
}

interface PodLine {
  readonly name: string;
  readonly phase: string;
  readonly deleting: boolean;
}

function jobStory(program: string): void {
  let cluster: RunningCluster;
  let world: World;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    cluster = await startRealCluster(program);
    closing.push(() => cluster.close());
    world = await openWorld({ cluster: { kind: 'foreign', kubeconfig: cluster.kubeconfig }, node: NODE });
    closing.push(() => world.close());
    await eventually(world, 'the default service account', () =>
      cluster.kubectl('get', 'serviceaccount', 'default').catch(() => undefined),
    );
  }, 300_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const statusOf = async (name: string): Promise<JobStatus> => {
    const text = await cluster.kubectl('get', 'job', name, '-o', 'jsonpath={.status}');
    return text === '' ? {} : (JSON.parse(text) as JobStatus);
  };
  const ended = (name: string, type: 'Complete' | 'Failed'): Promise<JobStatus> =>
    eventually(world, `Job ${name} is ${type}`, async () => {
      const status = await statusOf(name);
      return status.conditions?.some((condition) => condition.type === type) === true ? status : undefined;
    });
  const podsOf = async (name: string): Promise<string[]> => {
    const names = await cluster.kubectl('get', 'pods', '-l', `job-name=${name}`, '-o', 'name');
    return names.split('\n').filter(Boolean);
  };
  /** The ARN of the only task of the Job that should run, once its pod is seen Running. */
  const runningTask = (name: string): Promise<string> =>
    eventually(world, `a pod of Job ${name} runs`, async () => {
      const selector = ['-l', `job-name=${name}`, '--field-selector=status.phase=Running'];
      const uid = await cluster.kubectl(
        'get',
        'pods',
        ...selector,
        '-o',
        'jsonpath={.items[*].metadata.uid}',
      );
      if (uid === '') return undefined;
      const tasks = await world.listTasks('RUNNING');
      const asked = { cluster: world.ecsCluster, tasks };
      const described = world.models.ecs.handle('DescribeTasks', asked, Date.now()) as {
        readonly tasks: readonly { readonly taskArn: string; readonly startedBy: string }[];
      };
      return described.tasks.find(({ startedBy }) => startedBy.startsWith(uid))?.taskArn;
    });
  /** Everything that a watch tells of the pods of a Job, as it comes. */
  const watchPods = (name: string): PodLine[] => {
    const lines: PodLine[] = [];
    const columns =
      '{.object.metadata.name} {.object.status.phase} {.object.metadata.deletionTimestamp}{"\\n"}';
    const argv = ['get', 'pods', '-l', `job-name=${name}`, '-w', '--output-watch-events'];
    const child = spawn('kubectl', [
      '--kubeconfig',
      cluster.kubeconfig,
      ...argv,
      '-o',
      `jsonpath=${columns}`,
    ]);
    closing.push(async () => Promise.resolve(child.kill()));
    createInterface(child.stdout).on('line', (line) => {
      const [pod = '', phase = '', deletionTimestamp] = line.split(' ');
      lines.push({ name: pod, phase, deleting: Boolean(deletionTimestamp) });
    });
    return lines;
  };

  describe.concurrent('a Job on a real control plane', { timeout: 80_000 }, () => {
    it('fails at once by its podFailurePolicy, because the exit code that it names is the true one', async () => {
      const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }];
      await cluster.apply(
        job('poison', 'sleep 1; exit 42', { backoffLimit: 6, podFailurePolicy: { rules } }),
      );
      const status = await ended('poison', 'Failed');
      const failed = status.conditions?.find(({ type }) => type === 'Failed');
      expect(failed).toMatchObject({ reason: 'PodFailurePolicy' });
      expect(failed?.message).toContain('exit code 42');
      expect(status.failed).toBe(1);
      expect(await podsOf('poison')).toHaveLength(1);
    });

    it('does not count a Spot interruption against its backoffLimit', async () => {
      const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }];
      const podFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions }] };
      await cluster.apply(job('spot', 'sleep 6; exit 0', { backoffLimit: 0, podFailurePolicy }));
      world.models.ecs.interruptSpot(await runningTask('spot'), Date.now());
      const status = await ended('spot', 'Complete');
      expect(status.succeeded).toBe(1);
      expect(status.failed ?? 0).toBe(0);
    });

    it('with podReplacementPolicy Failed gets its next pod only when the first has ended', async () => {
      const spec = { backoffLimit: 3, podReplacementPolicy: 'Failed' };
      await cluster.apply(job('replace', "trap '' TERM; sleep 600", spec, 6));
      await runningTask('replace');
      const lines = watchPods('replace');
      const first = await eventually(world, 'the watch tells of the pod', () => lines[0]?.name);
      await cluster.kubectl('delete', 'pod', first, '--wait=false');
      await eventually(world, 'there is another pod', () => lines.find(({ name }) => name !== first));
      const replaced = lines.findIndex(({ name }) => name !== first);
      const before = lines.slice(0, replaced).filter(({ name }) => name === first);
      expect(before.some(({ phase, deleting }) => phase === 'Running' && deleting)).toBe(true);
      expect(before.at(-1)?.phase, 'the first pod was replaced before its end').toBe('Failed');
      await cluster.kubectl('delete', 'job', 'replace', '--wait=false');
    });
  });
}
