import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { ClusterChoice } from '../../lib/local/world/start-cluster.ts';
import type { World } from '../../lib/local/world/world.ts';
import { findAssets } from '../support/start-control-plane.ts';
import { isRunning, openNamespace, openWorld, podOf, type Namespace } from './world-under-test.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client'], { timeout: 30_000 }).status === 0;
const assets = findAssets();
const REAL = 'a real control plane';
const clusters: readonly (readonly [string, ClusterChoice | undefined, string])[] = [
  ['the embedded cluster', { kind: 'embedded' }, ''],
  'folder' in assets
    ? [REAL, { kind: 'assets', folder: assets.folder }, '']
    : [REAL, undefined, assets.missing],
];

for (const [name, cluster, why] of clusters) {
  const missing = hasKubectl ? why : 'kubectl is not on the PATH';
  if (cluster === undefined || !hasKubectl) {
    console.warn(`SKIPPED: kubectl logs on ${name}: ${missing}`);
    describe(`kubectl logs on ${name}`, () => {
      it.skip(`was not tested: ${missing}`, () => undefined);
    });
  } else testLogs(name, cluster);
}

const hasEnded = ({ status }: Pod): boolean => /Succeeded|Failed/.test(status?.phase ?? '');
const restarts = ({ status }: Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function testLogs(name: string, cluster: ClusterChoice): void {
  let world: World;
  let pods: Namespace;
  beforeAll(async () => {
    world = await openWorld({ cluster });
    pods = await openNamespace(world, 'shop');
  }, 120_000);
  afterAll(() => world.close());

  const start = (...argv: readonly string[]) =>
    spawn('kubectl', ['--kubeconfig', world.kubeconfigFile, '-n', 'shop', 'logs', ...argv]);
  const logs = (...argv: readonly string[]): Promise<Said> => {
    const child = start(...argv);
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  };
  const shown = async (...argv: readonly string[]): Promise<string> => {
    const said = await logs(...argv);
    expect(said).toMatchObject({ code: 0 });
    return said.out;
  };

  describe.concurrent(`kubectl logs on ${name}`, { timeout: 120_000 }, () => {
    it('shows what a pod wrote that has ended, and as much of it as is asked for', async () => {
      const script = 'echo one; echo two; sleep 1.5; echo three';
      await pods.create(podOf('report', script, { restartPolicy: 'Never' }));
      await pods.until('report', 'has ended', hasEnded);
      const all = 'one\ntwo\nthree\n';
      expect(await shown('report')).toBe(all);
      expect(await shown('report', '--tail=2')).toBe('two\nthree\n');
      expect(await shown('report', '--tail=0')).toBe('');
      expect(await shown('report', '--limit-bytes=6')).toBe('one\ntw');
      expect(await shown('report', '--since=1h')).toBe(all);
      expect(await shown('report', '--since-time=2999-01-01T00:00:00Z')).toBe('');
      expect(await shown('report', '-f')).toBe(all);
      expect(await shown('report', '--insecure-skip-tls-verify-backend')).toBe(all);
      const [first = '', , third = ''] = (await shown('report', '--timestamps')).split('\n');
      expect(first).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z one$/);
      const [time = ''] = third.split(' ');
      expect(await shown('report', `--since-time=${time}`)).toBe('three\n');
    });

    it('follows a pod that runs, and ends with it', async () => {
      const script = 'echo begin; for N in 1 2 3; do sleep 1; echo step $N; done; sleep 2; echo end';
      await pods.create(podOf('steps', script, { restartPolicy: 'Never' }));
      await pods.until('steps', 'runs', isRunning);
      expect(await shown('steps', '--follow')).toBe('begin\nstep 1\nstep 2\nstep 3\nend\n');
    });

    it('follows until it is interrupted', async () => {
      await pods.create(podOf('web', 'echo ready; while true; do sleep 1; echo beat; done'));
      await pods.until('web', 'runs', isRunning);
      const child = start('web', '-f', '--tail=1');
      let out = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString();
          if (/beat\nbeat\n/.test(out)) resolve();
        });
      });
      child.kill('SIGINT');
    });

    it('shows the run before', async () => {
      await pods.create(podOf('crash', 'echo run; sleep 1; exit 3'));
      await pods.until('crash', 'was started again', (pod) => restarts(pod) > 0);
      expect(await shown('crash', '--previous')).toBe('run\n');
      expect(await shown('crash', '-p', '--tail=1', '--limit-bytes=2')).toBe('ru');
    });

    it('takes containers by name, all of them, and pods by label', async () => {
      const containers = ['app', 'side'].map((container) => ({
        ...{ name: container, image: 'public.ecr.aws/docker/library/busybox:1.37' },
        command: ['sh', '-c', `echo I am ${container}`],
      }));
      const pod = podOf('two', undefined, { containers, restartPolicy: 'Never' });
      await pods.create({ ...pod, metadata: { name: 'two', labels: { app: 'two' } } });
      await pods.until('two', 'has ended', hasEnded);
      expect(await shown('two', '-c', 'side')).toBe('I am side\n');
      const said = await logs('two');
      expect(said).toMatchObject({ code: 0, out: 'I am app\n' });
      expect(said.err).toContain('Defaulted container "app" out of: app, side');
      // kubectl asks for the containers in no order of its own.
      const both = await shown('two', '--all-containers', '--prefix');
      expect(both.split('\n').sort()).toEqual(['', '[pod/two/app] I am app', '[pod/two/side] I am side']);
      expect(await shown('-l', 'app=two', '-c', 'side', '--tail=-1')).toBe('I am side\n');
    });

    it('says why there is no log, in the words of the kubelet', async () => {
      const image = 'registry.invalid/nothing:1';
      await pods.create(podOf('typo', undefined, { containers: [{ name: 'main', image }] }));
      const reasonOf = ({ status }: Pod) => status?.containerStatuses?.[0]?.state?.waiting?.reason;
      await pods.until('typo', 'cannot be pulled', (pod) => reasonOf(pod) === 'ImagePullBackOff');
      const cases = [
        [['typo'], /container "main" in pod "typo" is waiting to start: trying and failing to pull image/],
        [['typo', '-c', 'x'], /container x is not valid for pod typo/],
        [['typo', '-p'], /previous terminated container "main" in pod "typo" not found/],
        [['none'], /pods "none" not found/],
      ] as const;
      for (const [argv, words] of cases) {
        const said = await logs(...argv);
        expect(said).toMatchObject({ code: 1, out: '', err: expect.stringMatching(words) as string });
      }
    });
  });
}
