// `lambdalet why`, as a person runs it, about pods of a world of local mode.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../lib/local/world/world.ts';
import type { WhyReport } from '../../lib/why/why-report.ts';
import { ask, writeDeployment, type Told } from './ask-lambdalet.ts';
import { findCanaries, newCanary, type Canary } from './secret-canary-search.ts';
import { eventually, isReady, openNamespace, openWorld, podOf, type Namespace } from './world-under-test.ts';

const IMAGE = 'public.ecr.aws/docker/library/busybox:1.37';
let world: World;
let pods: Namespace;
let file: string;

async function open(options: Parameters<typeof openWorld>[0]): Promise<void> {
  world = await openWorld(options);
  pods = await openNamespace(world, 'why');
  file = await writeDeployment(world);
}

const why = (
  pod: string,
  argv: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
): Promise<Told> => ask(world, ['why', pod, '-c', file, ...argv], more);

async function report(pod: string, argv: readonly string[] = []): Promise<WhyReport> {
  const { out, err } = await why(pod, [...argv, '-o', 'json']);
  expect(err).toBe('');
  return JSON.parse(out) as WhyReport;
}

const sectionOf = ({ sections }: WhyReport, wanted: string) => sections.find(({ id }) => id === wanted);
const lineOf = (told: WhyReport, section: string, name: string): string | undefined =>
  sectionOf(told, section)?.lines.find((line) => line.name === name)?.value;
const quarter = (name: string, spec: object = {}): object =>
  podOf(name, undefined, {
    containers: [{ name: 'main', image: IMAGE, resources: { requests: { cpu: '250m' } } }],
    ...spec,
  });

describe('lambdalet why', () => {
  beforeAll(() => open({}), 60_000);
  afterAll(() => world.close());

  it('says of a pod that runs since when, and shows no value of its environment', async () => {
    const secret = newCanary('secret');
    const plain = newCanary('plain');
    const metadata = { name: 'word' };
    await world.user.demand('POST', '/api/v1/namespaces/why/secrets', {
      ...{ metadata, stringData: { word: secret.value } },
    });
    const env = [
      { name: 'PLAIN', value: plain.value },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 'word', key: 'word' } } },
    ];
    await pods.create(podOf('runs', undefined, { containers: [{ name: 'main', image: IMAGE, env }] }));
    await pods.until('runs', 'is ready', isReady);

    const told = await report('why/runs');
    expect(told.verdict.kind).toBe('running');
    expect(told.verdict.sentence).toMatch(/^runs has been running since \d\d:\d\d:\d\d UTC \(\d+ s ago\)\.$/);
    expect(told.verdict.advice).toEqual([]);
    expect(lineOf(told, 'task', 'status')).toMatch(/^running, started /);
    expect(lineOf(told, 'task', 'container')).toBe('main running');
    expect(lineOf(told, 'task', 'price')).toMatch(/USD an hour at list price$/);
    expect(lineOf(told, 'node', 'ready')).toBe('True, KubeletReady');
    expect(lineOf(told, 'links', 'task')).toMatch(
      /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/ecs\/v2\/clusters\/lambdalet-local\/tasks\//,
    );
    const { code, out } = await why('why/runs');
    expect(code).toBe(0);
    const token = /token: "?([\w.-]+)/.exec(await readFile(world.kubeconfigFile, 'utf8'))?.[1] ?? '';
    expect(token.length).toBeGreaterThan(10);
    const ownToken: Canary = { name: 'own token', core: token, value: token };
    const places = [
      { where: 'text', text: out },
      { where: 'json', text: JSON.stringify(told) },
    ];
    expect(findCanaries([secret, plain, ownToken], places)).toEqual([]);
    await pods.remove('runs', 0);
  }, 60_000);

  it('says which image cannot be pulled, and when it is tried next', async () => {
    const image = 'registry.invalid/nothing:1';
    await pods.create(podOf('imageless', undefined, { containers: [{ name: 'main', image }] }));
    await pods.until('imageless', 'waits for its image', ({ status }) =>
      /ErrImagePull|ImagePullBackOff/.test(status?.containerStatuses?.[0]?.state?.waiting?.reason ?? ''),
    );
    const told = await report('why/imageless');
    expect(told.verdict.kind).toBe('neverStarted');
    expect(told.verdict.sentence).toMatch(
      /^imageless did not start: its image cannot be pulled: CannotPullContainerError.*; next try at \d\d:\d\d:\d\d UTC \(in \d+ s\)\.$/,
    );
    await pods.remove('imageless', 0);
  }, 60_000);

  it('says with which exit a pod crashes, and when it is started again', async () => {
    await pods.create(podOf('crashes', 'echo the disk is full; exit 3'));
    await pods.until(
      'crashes',
      'backs off',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    const told = await report('why/crashes');
    expect(told.verdict.kind).toBe('crashed');
    expect(told.verdict.sentence).toMatch(
      /^crashes failed: container main ended with Error, exit 3( \(.*\))?; .*next attempt at \d\d:\d\d:\d\d UTC\.$/,
    );
    expect(told.next).toMatchObject({ action: 'wait' });
    expect(lineOf(told, 'log', 'of')).toBe('main, which has ended');
    expect(sectionOf(told, 'log')?.lines.at(-1)?.value).toBe('the disk is full');
    await pods.remove('crashes', 0);
    await pods.gone('crashes');
    const gone = await eventually(world, 'nothing of the pod is left to do', async () => {
      const seen = await why('why/crashes');
      return seen.out.startsWith('crashes is gone: ') ? seen : undefined;
    });
    expect(gone.code).toBe(0);
    expect(gone.out).toContain('  do    its log: lambdalet logs why/crashes ');
    expect(gone.out).not.toContain('  next  ');
  }, 90_000);

  it('says of a pod that nobody knows that there is none, and ends with 1', async () => {
    const { code, out } = await why('why/nobody');
    expect(out).toMatch(/^there is no pod nobody, and no virtual node remembers one\./);
    expect(code).toBe(1);
  });

  it('goes on with the rest when there are no AWS credentials', async () => {
    await pods.create(podOf('known'));
    await pods.until('known', 'is ready', isReady);
    const { code, out } = await why('why/known', ['--kubeconfig', world.kubeconfigFile], {
      ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', HOME: world.folder },
    });
    expect(out).toMatch(/^known shows Running; more cannot be told, because its record could not be read: /);
    expect(out).toMatch(/there are no AWS credentials/);
    expect(out).toMatch(/\nnode\n {2}name/);
    expect(code).toBe(1);
  }, 60_000);
});

describe('lambdalet why, in an account with a quota of one vCPU', () => {
  beforeAll(() => open({ vcpuQuota: 1 }), 60_000);
  afterAll(() => world.close());

  it('says that it is used up, and what AWS said', async () => {
    const fitting = ['one', 'two', 'three', 'four'];
    for (const name of fitting) await pods.create(quarter(name, { nodeName: world.node }));
    for (const name of fitting) await pods.until(name, 'is ready', isReady, 90_000);
    await pods.create(quarter('five', { nodeName: world.node }));
    await pods.until(
      'five',
      'is refused for the quota',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'FargateQuotaExceeded',
    );
    const told = await report('why/five');
    expect(told.verdict.kind).toBe('launchRefused');
    expect(told.verdict.sentence).toMatch(
      /^five waits: the account's Fargate vCPU quota of 1 is used up; next try at \d\d:\d\d:\d\d UTC \(in .*\)\.$/,
    );
    expect(lineOf(told, 'record', 'refusal')).toContain("You've reached the limit on the number of vCPUs");
    expect(told.verdict.advice[0]).toBe('docs/operations.md, "FargateQuotaReached"');
  }, 180_000);
});
