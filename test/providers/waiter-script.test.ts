import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WAITER_SCRIPT } from '../../lib/providers/ecs-fargate/plan/waiter-script.ts';

const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'].find(
  (path) => spawnSync(path, ['true']).error === undefined,
);
if (BUSYBOX === undefined)
  console.warn('The waiter is NOT tested: there is no busybox here (apt-get install busybox-static).');

/** A container as the metadata endpoint of Fargate gives it (ECS developer guide, task metadata v4 examples for Fargate). */
const aContainer = (name: string, status: string) => ({
  DockerId: 'bfa2636268144d039771334145e490c5-1117626119',
  Name: name,
  DockerName: name,
  Image: 'example.com/app',
  ImageID: 'sha256:daf3f46a2639c1613b25e85c9ee4193af8a1d538f92483d67f9a3d7f21721827',
  Labels: {
    'com.amazonaws.ecs.container-name': name,
    Name: 'one',
    KnownStatus: 'STOPPED',
    'with "quotes" and \\ {[,:': 'a, b: {c}',
  },
  DesiredStatus: 'RUNNING',
  KnownStatus: status,
  Limits: { CPU: 2 },
  CreatedAt: '2026-03-01T15:45:44.91368314Z',
  Type: 'NORMAL',
  Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['172.31.42.189'], KnownStatus: 'STOPPED' }],
});
const aTask = (containers: readonly object[], more: object = {}) => ({
  Cluster: 'arn:aws:ecs:us-east-1:111122223333:cluster/lambdalet-demo',
  Family: 'lambdalet-demo-0',
  DesiredStatus: 'RUNNING',
  KnownStatus: 'RUNNING',
  Limits: { CPU: 0.25, Memory: 512 },
  Containers: containers,
  LaunchType: 'FARGATE',
  ClockDrift: { ClockErrorBound: 0.446931 },
  ...more,
});

describe.skipIf(BUSYBOX === undefined)('the waiter', () => {
  let server: Server;
  let folder: string;
  let answers: (string | number)[];
  let asked: string[];
  let waiter: ChildProcess | undefined;

  beforeEach(async () => {
    asked = [];
    waiter = undefined;
    // Only busybox is on the path, as in its image.
    folder = mkdtempSync(join(tmpdir(), 'waiter-'));
    for (const applet of ['sh', 'timeout', 'wget', 'grep', 'awk', 'sleep'])
      symlinkSync(BUSYBOX!, join(folder, applet));
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      response.statusCode = typeof answer === 'number' ? answer : 200;
      response.end(typeof answer === 'number' ? 'not now' : answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    waiter?.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** Runs it until it ends or the time is up; between two looks it takes a twentieth of a second instead of two. */
  const run = (names: readonly string[], script = WAITER_SCRIPT.replace('sleep 2', 'sleep 0.05')) => {
    const { port } = server.address() as { port: number };
    const env = { PATH: folder, ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/abc` };
    return new Promise<number | 'waits'>((resolve) => {
      waiter = execFile(
        join(folder, 'sh'),
        ['-c', script, 'lambdalet-waiter', ...names],
        { env, timeout: 700, killSignal: 'SIGKILL' },
        (error) => resolve(error === null ? 0 : error.killed ? 'waits' : Number(error.code)),
      );
    });
  };

  it('ends once every app container has stopped', async () => {
    const looks = ['NONE RUNNING', 'RUNNING RUNNING', 'STOPPED RUNNING', 'STOPPED STOPPED'];
    answers = looks.map((look) => {
      const [one = '', two = ''] = look.split(' ');
      return JSON.stringify(
        aTask([aContainer('one', one), aContainer('lambdalet-waiter', 'RUNNING'), aContainer('two', two)]),
      );
    });
    expect(await run(['one', 'two'])).toBe(0);
    expect(asked).toEqual(Array(4).fill('/v4/abc/task'));
  });

  it('does not look at containers that are not the pod’s apps', async () => {
    answers = [JSON.stringify(aTask([aContainer('app', 'STOPPED'), aContainer('proxy', 'RUNNING')]))];
    expect(await run(['app'])).toBe(0);
  });

  it.each([
    ['a container that is still running', [aContainer('one', 'RUNNING')]],
    ['one that is not listed', [aContainer('oneself', 'STOPPED')]],
    ['none at all', []],
  ])('waits for %s, whatever labels and networks say', async (_, containers) => {
    answers = [JSON.stringify(aTask(containers))];
    expect(await run(['one'])).toBe('waits');
  });

  it('reads any order and any layout', async () => {
    const { Name, KnownStatus, ...rest } = aContainer('one', 'STOPPED');
    const turned = { KnownStatus, ...rest, Name };
    const first = { Containers: [turned], Family: 'lambdalet-demo-0', Volumes: [{ Name: 'one' }] };
    const task = JSON.stringify(first, null, '\t');
    answers = [task.replaceAll('": ', '"  :\r\n ')];
    expect(await run(['one'])).toBe(0);
  });

  it('is not misled by another list of the task', async () => {
    answers = [
      JSON.stringify({
        Attachments: [{ Name: 'one', KnownStatus: 'STOPPED' }],
        ...aTask([aContainer('one', 'RUNNING')]),
      }),
    ];
    expect(await run(['one'])).toBe('waits');
  });

  it('asks again when the endpoint fails or answers nonsense', async () => {
    answers = [500, '', '<html>', '{"Containers":', JSON.stringify(aTask([aContainer('one', 'STOPPED')]))];
    expect(await run(['one'])).toBe(0);
    expect(asked).toHaveLength(5);
  });

  it('asks again when nobody answers', async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.on('connection', (socket) => socket.destroy());
    expect(await run(['one'])).toBe('waits');
  });

  it('ends at once when it is told to stop', async () => {
    answers = [JSON.stringify(aTask([aContainer('one', 'RUNNING')]))];
    const { port } = server.address() as { port: number };
    const env = { PATH: folder, ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}` };
    const child = spawn(join(folder, 'sh'), ['-c', WAITER_SCRIPT, 'lambdalet-waiter', 'one'], { env });
    waiter = child;
    await new Promise((resolve) => server.once('request', resolve));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begun = performance.now();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(performance.now() - begun).toBeLessThan(1500);
  });
});
