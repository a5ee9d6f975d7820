import { describe, expect, it } from 'vitest';
import type { ContainerStatus } from '../../lib/core/kubernetes.ts';
import type { ApiOutcome } from '../../lib/kubelet-api/exchange.ts';
import { aLaunch, ARN, aTask, exited, seen } from '../support/vocabulary.ts';
import { GROUP, NODE, openApi, type ApiBench } from './open-api.ts';

const RUNNING = { state: { running: {} }, containerID: 'ecs://now-1' };
const LOG = '/containerLogs/shop/web/main';

const ARNS = {
  now: 'arn:aws:ecs:eu-west-1:1:task/pods/now',
  before: 'arn:aws:ecs:eu-west-1:1:task/pods/before',
};

/** A pod, and the record of it: its task is `now`, that before was `before`. */
function addPod(bench: ApiBench, status?: Partial<ContainerStatus>) {
  const pod = addUnrecorded(bench, status);
  const { uid } = pod.metadata;
  const task = aTask({ arn: ARNS.now, containers: [seen('main', { runtimeId: 'now-1' })] });
  const containers = [exited('main', 1, { runtimeId: 'before-1' })];
  bench.records.put(
    aLaunch(task, {
      ...{ uid, node: NODE, namespace: 'shop', name: 'web', taskArn: ARNS.now },
      previous: { attempt: 1, taskArn: ARNS.before, containers },
    }),
  );
  return pod;
}

function addUnrecorded({ kubernetes }: ApiBench, status: Partial<ContainerStatus> | undefined = RUNNING) {
  return kubernetes.controls.addPod({
    ...{ name: 'web', namespace: 'shop' },
    spec: { containers: [{ name: 'main' }] },
    status: {
      phase: 'Running',
      containerStatuses: [
        { ...{ name: 'main', image: '', imageID: '', ready: true, restartCount: 0 }, ...status },
      ],
    },
  });
}

/** A pod that runs and wrote ten lines, one each second. */
async function withLines(): Promise<ApiBench> {
  const bench = openApi();
  addPod(bench);
  for (let number = 0; number < 10; number += 1) {
    write(bench, `line ${number}`);
    await bench.clock.advance(1_000);
  }
  return bench;
}

function write({ logs, clock }: ApiBench, text: string, stream = 'pod/main/now'): void {
  logs.write({ group: GROUP, stream }, { at: clock.now(), text });
}

const lines = (from: number, to = 9): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');

describe('/containerLogs', () => {
  it.each([
    ['', lines(0)],
    ['?tailLines=3', lines(7)],
    ['?tailLines=0', ''],
    ['?tailLines=99', lines(0)],
    ['?limitBytes=10', 'line 0\nlin'],
    ['?limitBytes=7', 'line 0\n'],
    ['?sinceSeconds=3', lines(7)],
    ['?sinceSeconds=3&tailLines=1', lines(9)],
    ['?sinceTime=2026-01-01T00:00:04Z', lines(4)],
    ['?sinceTime=2026-01-01T01:00:04%2B01:00', lines(4)],
    ['?sinceTime=2026-01-01T00:00:03.500000001Z', lines(4)],
    ['?sinceTime=0001-01-01T00:00:00Z', lines(0)],
    ['?tailLines=1&timestamps=true', '2026-01-01T00:00:09.000000000Z line 9\n'],
    ['?tailLines=1&timestamps', '2026-01-01T00:00:09.000000000Z line 9\n'],
    ['?tailLines=1&timestamps=false&follow=0&previous=False', lines(9)],
    ['?stream=All&tailLines=1', lines(9)],
  ])('%j', async (query, expected) => {
    const { ask } = await withLines();
    expect(await ask(`${LOG}${query}`)).toEqual({ kind: 'answer', status: 200, body: expected });
  });

  it.each([
    ['?tailLines=x', 400, /Unable to decode query: tailLines is \\"x\\"/],
    ['?tailLines=1.5', 400, /tailLines/],
    ['?sinceTime=yesterday', 400, /sinceTime is \\"yesterday\\"/],
    ['?limitBytes=&sinceSeconds=y', 400, /sinceSeconds.*limitBytes/],
    ['?tailLines=-1', 422, /Invalid request: tailLines: must be greater than or equal to 0/],
    ['?limitBytes=0', 422, /limitBytes: must be greater than 0/],
    ['?sinceSeconds=0', 422, /sinceSeconds: must be greater than 0/],
    ['?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z', 422, /at most one of/],
    ['?stream=Stdin', 422, /stream: allowed are All, Stdout, Stderr/],
    ['?stream=Stderr', 400, /^unable to return the given log stream: "Stderr"\. Fargate writes both/],
  ])('refuses %s', async (query, status, words) => {
    const { ask } = await withLines();
    const answer = await ask(`${LOG}${query}`);
    expect(answer).toMatchObject({ status, body: expect.stringMatching(words) as string });
  });

  it.each([
    ...[
      '2026-01-01',
      '2026-01-01T00:00:00',
      '2026-01-01T00:00Z',
      '2026-01-01 00:00:00Z',
      '2026-01-01t00:00:00z',
    ],
    ...['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T23:59:60Z'],
    ...[
      '2026-01-01T00:00:00+0100',
      '2026-01-01T00:00:00.Z',
      ' 2026-01-01T00:00:00Z',
      '+002026-01-01T00:00:00Z',
      '',
    ],
  ])('refuses a sinceTime that is not of RFC 3339: %j', async (time) => {
    const { ask } = await withLines();
    expect(await ask(`${LOG}?sinceTime=${encodeURIComponent(time)}`)).toMatchObject({
      status: 400,
      body: expect.stringMatching(/Unable to decode query: sinceTime is .*allowed is a time/) as string,
    });
  });

  it.each([
    ['/containerLogs/shop/other/main', 404, 'pod "other" does not exist\n'],
    ['/containerLogs/other/web/main', 404, 'pod "web" does not exist\n'],
    ['/containerLogs/shop/web/other', 404, 'container "other" not found in pod "web"\n'],
    [`${LOG}?previous=true`, 400, 'previous terminated container "main" in pod "web" not found\n'],
  ])('%s is %d', async (target, status, body) => {
    const { ask } = await withLines();
    expect(await ask(target)).toMatchObject({ status, body });
  });

  it('shows no pod of another node', async () => {
    const bench = openApi();
    bench.kubernetes.controls.addPod({ name: 'web', namespace: 'shop', node: 'node-2' });
    expect(await bench.ask(LOG)).toMatchObject({ status: 404 });
  });

  it('says what a container waits for', async () => {
    const bench = openApi();
    addPod(bench, { state: { waiting: { reason: 'ContainerCreating' } } });
    expect(await bench.ask(LOG)).toMatchObject({
      status: 400,
      body: 'container "main" in pod "web" is waiting to start: ContainerCreating\n',
    });
  });

  it('shows nothing of a task that somebody wrote into the status of the pod', async () => {
    const bench = openApi();
    addPod(bench, { state: { running: {} }, containerID: 'ecs://victim-1' });
    write(bench, 'secret', 'pod/main/victim');
    expect(await bench.ask(LOG)).toMatchObject({
      status: 400,
      body: 'container "main" in pod "web" is not available; the record of the pod knows no task in which it ran\n',
    });
    expect(bench.logs.reads).toEqual([]);
  });

  it('shows nothing of a task whose record is of another pod', async () => {
    const bench = openApi();
    const { metadata } = addPod(bench);
    bench.records.put({ ...bench.records.stored(metadata.uid)!, name: 'other' });
    expect(await bench.ask(LOG)).toMatchObject({
      status: 500,
      body: expect.stringContaining('is not the one that its record is of') as string,
    });
    expect(bench.logs.reads).toEqual([]);
  });

  it('asks the record where the status does not name the run', async () => {
    const bench = openApi();
    const { metadata } = addUnrecorded(bench, { state: { running: {} } });
    write(bench, 'found', `pod/main/${ARN.replace(/^.*\//, '')}`);
    expect(await bench.ask(LOG)).toMatchObject({ status: 400 });
    const of = { node: NODE, uid: metadata.uid, namespace: 'shop', name: 'web' };
    bench.records.put({ ...aLaunch(), ...of });
    expect(await bench.ask(LOG)).toMatchObject({ status: 200, body: 'found\n' });
  });

  it('shows the log of a pod that completed long ago, whose record has ended', async () => {
    const bench = openApi();
    const terminated = { exitCode: 0, containerID: 'ecs://now-1', finishedAt: '2026-01-01T00:00:00Z' };
    const { metadata } = addPod(bench, { state: { terminated }, containerID: 'ecs://now-1' });
    bench.records.put({ ...bench.records.stored(metadata.uid)!, state: 'ended' });
    write(bench, 'done');
    await bench.clock.advance(72 * 3_600_000);
    expect(await bench.ask(LOG)).toMatchObject({ status: 200, body: 'done\n' });
  });

  it('shows the run before', async () => {
    const bench = openApi();
    const terminated = { exitCode: 1, containerID: 'ecs://before-1', finishedAt: '2026-01-01T00:00:00Z' };
    addPod(bench, { ...RUNNING, lastState: { terminated } });
    write(bench, 'before', 'pod/main/before');
    write(bench, 'now');
    expect(await bench.ask(`${LOG}?previous=true`)).toMatchObject({ body: 'before\n' });
    expect(await bench.ask(LOG)).toMatchObject({ body: 'now\n' });
  });

  it('tells of each pause in which it waits for the quota', async () => {
    const bench = await withLines();
    bench.logs.failNext({ kind: 'throttled', message: 'Rate exceeded' });
    expect(await bench.clock.runUntil(bench.ask(LOG))).toMatchObject({ body: lines(0) });
    expect(bench.telemetry.lines).toMatchObject([
      { level: 'warn', message: 'Logs are read more slowly', fields: { pauseMs: 2_000 } },
    ]);
  });

  it('is 500 in the words of AWS when the log cannot be read, also to whom follows', async () => {
    for (const query of ['', '?follow=true']) {
      const bench = await withLines();
      bench.logs.failNext({ kind: 'auth', message: 'not authorized to perform logs:GetLogEvents' });
      const asking = bench.ask(`${LOG}${query}`);
      expect(await bench.clock.runUntil(asking)).toMatchObject({
        status: 500,
        body: 'not authorized to perform logs:GetLogEvents\n',
      });
    }
  });
});

/** Takes the chunks of an answer as they come. */
function take(outcome: ApiOutcome): { readonly text: () => string; readonly done: Promise<void> } {
  let text = '';
  const taking = async (): Promise<void> => {
    if (outcome.kind !== 'answer') throw new Error('not an answer');
    for await (const chunk of outcome.body as AsyncIterable<string>) text += chunk;
  };
  return { text: () => text, done: taking() };
}

describe('/containerLogs?follow=true', () => {
  it('answers at once, although nothing was written yet', async () => {
    const bench = openApi();
    addPod(bench);
    const outcome = await bench.clock.runUntil(bench.open(`${LOG}?follow=true`));
    expect(outcome).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('shows what is written until the container has ended', async () => {
    const bench = await withLines();
    const log = take(await bench.clock.runUntil(bench.open(`${LOG}?follow=true&tailLines=1`)));
    write(bench, 'more');
    await bench.clock.advance(2_000);
    expect(log.text()).toBe('line 9\nmore\n');
    write(bench, 'last');
    bench.kubernetes.controls.changePod('shop', 'web', ({ status }) => {
      const finishedAt = new Date(bench.clock.now()).toISOString();
      status!.containerStatuses![0]!.state = {
        terminated: { exitCode: 0, finishedAt, containerID: 'ecs://now-1' },
      };
    });
    await bench.clock.runUntil(log.done);
    expect(log.text()).toBe('line 9\nmore\nlast\n');
  });

  it.each(['', '&follow=true'])('counts a line that came in parts once in a tail%s', async (follow) => {
    const bench = openApi();
    addPod(bench);
    const parts = ['f'.repeat(262_118), 'r'.repeat(26), 'f'.repeat(262_118), 'end'];
    for (const text of ['before', ...parts, 'after']) {
      write(bench, text);
      await bench.clock.advance(1_000);
    }
    bench.kubernetes.controls.changePod('shop', 'web', ({ status }) => {
      const terminated = { exitCode: 0, finishedAt: '2026-01-01T00:00:00Z', containerID: 'ecs://now-1' };
      status!.containerStatuses![0]!.state = { terminated };
    });
    const { body } = await bench.clock.runUntil(bench.ask(`${LOG}?tailLines=2${follow}`));
    expect(body === `${parts.join('')}\nafter\n`, 'the long line and the one after it').toBe(true);
    const one = await bench.clock.runUntil(bench.ask(`${LOG}?tailLines=1${follow}`));
    expect(one.body).toBe('after\n');
  });

  it('costs a hundred followers one poll a second, and ends with those who hang up', async () => {
    const bench = await withLines();
    const callers = Array.from({ length: 100 }, () => new AbortController());
    const logs = await Promise.all(
      callers.map(async ({ signal }) =>
        take(await bench.clock.runUntil(bench.open(`${LOG}?follow=true`, { signal }))),
      ),
    );
    await bench.clock.advance(1_000);
    const before = bench.logs.reads.length;
    for (let second = 0; second < 30; second += 1) {
      write(bench, `more ${second}`);
      await bench.clock.advance(1_000);
    }
    expect(bench.logs.reads.length - before).toBeLessThanOrEqual(31);
    for (const { text } of logs) expect(text()).toContain('line 9\nmore 0\nmore 1\n');
    for (const caller of callers) caller.abort();
    await Promise.all(logs.map(({ done }) => done));
    const after = bench.logs.reads.length;
    await bench.clock.advance(10_000);
    expect(bench.logs.reads.length).toBe(after);
    expect(bench.clock.sleepers).toBe(0);
  });

  it('is 429 for one follower too many', async () => {
    const bench = await withLines();
    const callers = await Promise.all(
      Array.from({ length: 128 }, () => bench.clock.runUntil(bench.open(`${LOG}?follow=true`))),
    );
    expect(callers.every((outcome) => outcome.kind === 'answer' && outcome.status === 200)).toBe(true);
    expect(await bench.ask(`${LOG}?follow=true`)).toMatchObject({
      status: 429,
      body: expect.stringMatching(/^128 logs are being followed already/) as string,
    });
    expect(await bench.ask(`${LOG}?tailLines=1`)).toMatchObject({ status: 200, body: lines(9) });
  });

  it('lets go of a log whose answer nobody began to take', async () => {
    const bench = await withLines();
    const outcome = await bench.clock.runUntil(bench.open(`${LOG}?follow=true`));
    if (outcome.kind !== 'answer' || typeof outcome.body === 'string') throw new Error('no chunks');
    await outcome.body[Symbol.asyncIterator]().return?.();
    const reads = bench.logs.reads.length;
    await bench.clock.advance(5_000);
    expect(bench.logs.reads.length).toBe(reads);
    expect(bench.clock.sleepers).toBe(0);
  });
});
