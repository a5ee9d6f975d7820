import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { PLACE, SECRET, TABLE } from '../../lib/local/world/function-environment.ts';
import type { World } from '../../lib/local/world/world.ts';
import { runProgram, type Command } from './run-command.ts';
import {
  eventually,
  isRunning,
  openNamespace,
  openWorld,
  podOf,
  type Namespace,
} from './world-under-test.ts';

let world: World;
let pods: Namespace;
beforeAll(async () => {
  world = await openWorld();
  pods = await openNamespace(world, 'shop');
}, 60_000);
afterAll(() => world.close());

/** As a user runs it who took the variables that `lambdalet local` prints. */
function logs(...argv: readonly string[]): Command {
  return runProgram('logs', [...argv, '--cluster', 'local'], {
    ...{ KUBECONFIG: world.kubeconfigFile, AWS_REGION: PLACE.region },
    ...world.credentials,
    ...world.endpoints,
  });
}

async function shown(...argv: readonly string[]): Promise<string> {
  const command = logs(...argv);
  expect(await command.ended, command.output()).toBe(0);
  return command.output();
}

const hasEnded = ({ status }: Pod): boolean => /Succeeded|Failed/.test(status?.phase ?? '');
const restarts = ({ status }: Pod): number => status?.containerStatuses?.[0]?.restartCount ?? 0;

describe.concurrent('lambdalet logs', { timeout: 120_000 }, () => {
  it('shows what a pod wrote that has ended, and its last lines, with times and as JSON', async () => {
    await pods.create(
      podOf('report', 'echo one; echo two; sleep 1.5; echo three', { restartPolicy: 'Never' }),
    );
    const pod = await pods.until('report', 'has ended', hasEnded);
    expect(await shown('shop/report')).toBe('one\ntwo\nthree\n');
    expect(await shown('shop/report', '--tail', '1', '--limit-bytes', '3')).toBe('thr');
    expect(await shown('shop/report', '--tail=2', '--timestamps')).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z two\n\S+Z three\n$/,
    );
    const [line] = (await shown('shop/report', '-o', 'json', '--since', '1h')).split('\n');
    expect(JSON.parse(line ?? '')).toMatchObject({
      ...{ apiVersion: 'lambdalet.dev/v1', kind: 'LogLine' },
      ...{ namespace: 'shop', pod: 'report', container: 'main', text: 'one' },
    });
    const { finishedAt = '' } = pod.status?.containerStatuses?.[0]?.state?.terminated ?? {};
    expect(
      await shown('shop/report', '--since-time', `${Number(finishedAt.slice(0, 4)) + 1}-01-01T00:00:00Z`),
    ).toBe('');
  });

  it('follows a pod that runs, and ends with it', async () => {
    const script = 'echo begin; for N in 1 2 3; do sleep 1; echo step $N; done; sleep 2; echo end';
    await pods.create(podOf('steps', script, { restartPolicy: 'Never' }));
    await pods.until('steps', 'runs', isRunning);
    const command = logs('shop/steps', '-f');
    expect(await command.ended, command.output()).toBe(0);
    expect(command.output()).toBe('begin\nstep 1\nstep 2\nstep 3\nend\n');
  });

  it('follows until it is interrupted', async () => {
    await pods.create(podOf('web', 'echo ready; while true; do sleep 1; echo beat; done'));
    await pods.until('web', 'runs', isRunning);
    const command = logs('shop/web', '-f', '--tail', '1');
    await command.printed(/beat\nbeat\n/);
    command.interrupt();
    expect(await command.ended).toBe(130);
  });

  it('shows the run before', async () => {
    await pods.create(podOf('crash', 'echo run; sleep 1; exit 3'));
    await pods.until('crash', 'was started again', (pod) => restarts(pod) > 0);
    expect(await shown('shop/crash', '--previous')).toBe('run\n');
  });

  it('takes a container by its name, and says which one it took', async () => {
    const containers = ['app', 'side'].map((name) => ({
      ...{ name, image: 'public.ecr.aws/docker/library/busybox:1.37' },
      command: ['sh', '-c', `echo I am ${name}`],
    }));
    await pods.create(podOf('two', undefined, { containers, restartPolicy: 'Never' }));
    await pods.until('two', 'has ended', hasEnded);
    expect(await shown('shop/two', '-c', 'side')).toBe('I am side\n');
    expect(await shown('shop/two')).toContain('Defaulted container "app" out of: app, side\n');
  });

  it('shows them of every container, with what each line is of', async () => {
    const image = 'public.ecr.aws/docker/library/busybox:1.37';
    const says = (name: string) => ({ name, image, command: ['sh', '-c', `echo I am ${name}`] });
    await pods.create(
      podOf('many', undefined, {
        ...{ initContainers: [says('first')], containers: [says('app'), says('side')] },
        restartPolicy: 'Never',
      }),
    );
    await pods.until('many', 'has ended', hasEnded);
    const expected = ['first', 'app', 'side'].map((name) => `[pod/many/${name}] I am ${name}\n`);
    expect(await shown('-n', 'shop', 'pod/many', '--all-containers', '--prefix')).toBe(expected.join(''));
    const followed = await shown('-n', 'shop', 'many', '--all-containers', '--prefix', '-f');
    expect(followed.split('\n').toSorted()).toEqual(expected.join('').split('\n').toSorted());
  });

  it('shows the last and the first run of a pod that is gone, and names others of its name', async () => {
    const first = await pods.create(podOf('ghost', 'echo alpha', { restartPolicy: 'Never' }));
    await pods.until('ghost', 'has ended', hasEnded);
    await pods.remove('ghost', 0);
    await pods.gone('ghost');
    const ofGone = ['shop/ghost', '--table', TABLE];
    expect(await shown(...ofGone)).toMatch(/^pod shop\/ghost is gone: .*\nalpha\n$/);
    await pods.create(podOf('ghost', 'echo beta; sleep 1; exit 1'));
    await pods.until('ghost', 'was started again', (pod) => restarts(pod) > 0);
    const { uid } = first.metadata;
    expect(await shown(...ofGone, '--uid', uid)).toContain('\nalpha\n');
    await pods.remove('ghost', 0);
    await pods.gone('ghost');
    const told = await shown(...ofGone, '--previous');
    expect(told).toMatch(/\nbeta\n$/);
    expect(told).toContain(`another pod of this name is remembered: --uid ${uid}\n`);
  });

  it('ends at Ctrl-C although whoever reads it has stopped reading', async () => {
    await pods.create(
      podOf(
        'flood',
        `while true; do for N in 1 2 3 4 5 6 7 8 9; do echo ${'x'.repeat(20_000)}; done; sleep 1; done`,
      ),
    );
    await pods.until('flood', 'runs', isRunning);
    const command = logs('shop/flood', '-f');
    await command.printed(/x{20000}\n/);
    command.stopReading();
    await eventually(world, 'more is written than a pipe and the buffers on both sides take', async () =>
      (await world.readLog('xxxxxx')).length > 60 ? true : undefined,
    );
    command.interrupt();
    expect(await command.ended).toBe(130);
  });

  it('finds cluster, Region and credential by the deployment file', async () => {
    const example = new URL('../../examples/kubeconfig.yaml', import.meta.url);
    const { clusters } = parse(await readFile(example, 'utf8')) as { clusters: readonly object[] };
    const cluster = { ...clusters[0], clusterName: 'local', secret: SECRET };
    const file = join(world.folder, 'deployment.yaml');
    await writeFile(file, stringify({ region: PLACE.region, clusters: [cluster] }));
    await pods.create(podOf('hello', 'echo hello', { restartPolicy: 'Never' }));
    await pods.until('hello', 'has ended', hasEnded);
    const command = runProgram('logs', ['shop/hello', '--config', file], {
      ...world.credentials,
      ...world.endpoints,
    });
    expect(await command.ended, command.output()).toBe(0);
    expect(command.output()).toBe('hello\n');
  });

  it('says which log group is missing', async () => {
    await pods.create(podOf('lost', 'echo lost', { restartPolicy: 'Never' }));
    await pods.until('lost', 'has ended', hasEnded);
    const command = runProgram('logs', ['shop/lost', '--cluster', 'another'], {
      ...{ KUBECONFIG: world.kubeconfigFile, AWS_REGION: PLACE.region },
      ...world.credentials,
      ...world.endpoints,
    });
    expect(await command.ended).toBe(1);
    expect(command.output()).toMatch(/^the log group \/lambdalet\/another\/pods does not exist/);
  });

  it('says why there is no log, in the words of the kubelet and the API server', async () => {
    const image = 'registry.invalid/nothing:1';
    await pods.create(podOf('typo', undefined, { containers: [{ name: 'main', image }] }));
    await pods.until(
      'typo',
      'cannot be pulled',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff',
    );
    const cases = [
      [['shop/typo'], /container "main" in pod "typo" is waiting to start: trying and failing to pull image/],
      [['shop/typo', '-c', 'x'], /container x is not valid for pod typo/],
      [['shop/typo', '--previous'], /previous terminated container "main" in pod "typo" not found/],
      [['shop/none'], /pods "none" not found/],
    ] as const;
    for (const [argv, words] of cases) {
      const command = logs(...argv);
      expect(await command.ended).toBe(1);
      expect(command.output()).toMatch(words);
      expect(command.output()).not.toContain('    at ');
    }
  });
});
