import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../lib/core/failure.ts';
import type { ApiRequest } from '../../../lib/kubelet-api/exchange.ts';
import { createExecHandler } from '../../../lib/kubelet-api/streaming/exec-handler.ts';
import { createManualClock } from '../../memory/manual-clock.ts';
import { createMemoryExec } from '../../memory/memory-exec.ts';
import { createSpdyClient } from '../../support/spdy-client.ts';
import {
  answerOf,
  APP,
  ask,
  lookUpOf,
  podWith,
  recordWith,
  serve,
  settle,
  spdyWith,
  statusOf,
  TASK,
} from './handlers-under-test.ts';

const QUERY = 'command=echo&command=a+b&input=1&output=1&error=1';

function setUp(lookUp = lookUpOf(podWith())) {
  const exec = createMemoryExec();
  const clock = createManualClock();
  return { exec, clock, handle: createExecHandler({ ...lookUp, exec, clock }) };
}

/** A client that has opened the streams of its query. */
async function connect(query = QUERY, headers = spdyWith('v4.channel.k8s.io'), world = setUp()) {
  const served = await serve(await world.handle(ask(query, headers), APP));
  const client = createSpdyClient(served.far);
  const open = (type: string) => client.open({ streamtype: type });
  return { ...world, ...served, client, open };
}

async function connectAll() {
  const connected = await connect();
  const [error, stdin, stdout, stderr] = ['error', 'stdin', 'stdout', 'stderr'].map(connected.open);
  const command = await connected.exec.command();
  return { ...connected, error: error!, stdin: stdin!, stdout: stdout!, stderr: stderr!, command };
}

describe('exec over SPDY', () => {
  it('runs the command as it is in the task of the container', async () => {
    const { head, command } = await connectAll();
    expect(head).toContain('HTTP/1.1 101 Switching Protocols\r\n');
    expect(head).toContain('Upgrade: SPDY/3.1\r\n');
    expect(head).toContain('X-Stream-Protocol-Version: v4.channel.k8s.io\r\n');
    expect(command.ask).toEqual({
      task: { taskArn: TASK },
      container: 'app',
      command: ['echo', 'a b'],
      stdin: true,
      tty: false,
    });
  });

  it('carries input, its end, both outputs and the exit code', async () => {
    const { command, stdin, stdout, stderr, error, client, clock, done } = await connectAll();
    stdin.write(Buffer.from('typed'));
    stdin.end();
    await settle();
    expect(command.input().toString()).toBe('typed');
    expect(command.inputEnded()).toBe(true);
    await command.print('stdout', 'out');
    await command.print('stderr', 'err');
    command.finish({ kind: 'exited', code: 300 });
    expect(await error.ended).toBe('ended');
    await stdout.ended;
    await stderr.ended;
    expect([stdout, stderr].map((stream) => stream.received().toString())).toEqual(['out', 'err']);
    expect(JSON.parse(error.received().toString())).toEqual({
      status: 'Failure',
      message: 'command terminated with non-zero exit code: exit status 300',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '44' }] },
    });
    await client.frame('goAway');
    await clock.runUntil(done);
  });

  it('tells success, and of older clients only failures, as text', async () => {
    const { command, error } = await connectAll();
    command.finish({ kind: 'exited', code: 0 });
    await error.ended;
    expect(error.received().toString()).toBe('{"status":"Success"}');
    for (const [code, text] of [
      [0, ''],
      [3, 'command terminated with non-zero exit code: exit status 3'],
    ] as const) {
      const { exec, open } = await connect('command=x&output=1', spdyWith('v2.channel.k8s.io'));
      const [errors] = ['error', 'stdout'].map(open);
      (await exec.command()).finish({ kind: 'exited', code });
      await errors!.ended;
      expect(errors!.received().toString()).toBe(text);
    }
  });

  it('tells why a command could not begin or was lost', async () => {
    const lost = await connectAll();
    lost.command.finish({ kind: 'lost', message: 'the container went away' });
    await lost.error.ended;
    expect(JSON.parse(lost.error.received().toString())).toMatchObject({
      status: 'Failure',
      reason: 'InternalError',
      message: 'error executing command in container: the container went away',
    });
    const world = setUp();
    world.exec.refusal = new FailureError({ kind: 'refused', message: 'the task takes no commands' });
    const refused = await connect('command=x&output=1', spdyWith('v5.channel.k8s.io'), world);
    const [error] = ['error', 'stdout'].map(refused.open);
    expect(await error!.ended).toBe('ended');
    expect(error!.received().toString()).toContain('the task takes no commands');
    await refused.clock.runUntil(refused.done);
  });

  it('tells the sizes of a terminal, and leaves out what is none', async () => {
    const { open, exec } = await connect('command=sh&input=1&output=1&error=1&tty=1');
    const [, , , resize] = ['error', 'stdin', 'stdout', 'resize'].map(open);
    const command = await exec.command();
    expect(command.ask.tty).toBe(true);
    for (const text of [
      '{"Width":80,"Hei',
      'ght":24}{"Width":-1,"Height":1}{"nonsense}',
      '{"Width":1,"Height":2}\n',
    ])
      resize!.write(Buffer.from(text));
    await settle();
    expect(command.sizes).toEqual([
      { columns: 80, rows: 24 },
      { columns: 1, rows: 2 },
    ]);
  });

  it('hangs the command up when the client is gone', async () => {
    const { command, far, done, clock } = await connectAll();
    far.end();
    await settle();
    expect(command.hungUp()).toBe(true);
    expect(command.inputEnded()).toBe(false);
    await clock.runUntil(done);
  });

  it('drops what the client did not ask for, and a stream that it should not open', async () => {
    const { exec, open } = await connect('command=x&output=1');
    expect(await open('stderr').ended).toBe('reset');
    expect(await open('nonsense').ended).toBe('reset');
    const [error, stdout] = ['error', 'stdout'].map(open);
    const command = await exec.command();
    await command.print('stderr', 'nobody reads this');
    await command.print('stdout', 'out');
    command.finish({ kind: 'exited', code: 0 });
    await error!.ended;
    expect(stdout!.received().toString()).toBe('out');
  });

  it('hangs up when the client does not open its streams within 30 seconds', async () => {
    const { open, client, clock, done } = await connect();
    open('error');
    await settle();
    await clock.advance(29_000);
    expect(client.frames.some(({ kind }) => kind === 'goAway')).toBe(false);
    await clock.advance(1_000);
    await client.frame('goAway');
    await clock.runUntil(done);
  });
});

describe('exec before anything is upgraded', () => {
  const { handle } = setUp();
  const refusalOf = async (query = QUERY, headers?: ApiRequest['headers'], of = APP) =>
    answerOf(await handle(ask(query, headers ?? spdyWith('v4.channel.k8s.io')), of));

  it('needs a stream, a command and an upgrade', async () => {
    expect(await refusalOf('command=x')).toEqual([
      400,
      'you must specify at least 1 of stdin, stdout, stderr',
    ]);
    expect(await refusalOf('command=x&error=1&tty=1')).toEqual([
      400,
      'you must specify at least 1 of stdin, stdout, stderr',
    ]);
    expect(await refusalOf('output=1')).toEqual([
      400,
      'you must specify at least one command for the container',
    ]);
    expect((await refusalOf(QUERY, {}))[0]).toBe(400);
    expect((await refusalOf(QUERY, { connection: 'Upgrade', upgrade: 'h2c' }))[1]).toContain(
      'missing upgrade headers',
    );
  });

  it('needs a protocol that both speak', async () => {
    expect((await refusalOf(QUERY, { connection: 'upgrade', upgrade: 'SPDY/3.1' }))[0]).toBe(400);
    expect((await refusalOf(QUERY, spdyWith(' , ')))[0]).toBe(400);
    expect(await refusalOf(QUERY, spdyWith('v9.channel.k8s.io'))).toEqual([
      403,
      'unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io], server accepts [v5.channel.k8s.io v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io]',
    ]);
  });

  it('finds the pod on this node and its container running, or says why not', async () => {
    expect(await refusalOf(QUERY, undefined, { ...APP, pod: 'other' })).toEqual([404, 'pod does not exist']);
    const elsewhere = podWith();
    elsewhere.spec.nodeName = 'node-2';
    const there = setUp(lookUpOf(elsewhere)).handle;
    expect(answerOf(await there(ask(QUERY), APP))).toEqual([404, 'pod does not exist']);
    expect(await refusalOf(QUERY, undefined, { ...APP, uid: 'another' })).toEqual([
      500,
      'container not found ("app"); the pod has the UID 11111111-2222-4333-8444-555555555555',
    ]);
    expect(await refusalOf(QUERY, undefined, { ...APP, container: 'late' })).toEqual([
      500,
      'container not found ("late"); it does not run, it waits (CrashLoopBackOff)',
    ]);
    expect(await refusalOf(QUERY, undefined, { ...APP, container: 'done' })).toEqual([
      500,
      'container not found ("done"); it does not run, it ended with exit code 4',
    ]);
    expect((await refusalOf(QUERY, undefined, { ...APP, container: 'none' }))[1]).toBe(
      'container not found ("none"); it does not run',
    );
  });

  it('takes the task from the record where the status does not name it', async () => {
    const unnamed = podWith({ containerStatuses: [statusOf('app', { running: {} })] });
    const known = setUp(lookUpOf(unnamed));
    const { far } = await serve(await known.handle(ask('command=x&output=1'), APP));
    const client = createSpdyClient(far);
    for (const type of ['error', 'stdout']) client.open({ streamtype: type });
    expect((await known.exec.command()).ask.task).toEqual({ taskArn: TASK });
    const unknown = setUp(lookUpOf(unnamed, null));
    expect(answerOf(await unknown.handle(ask(QUERY), APP))).toEqual([
      500,
      'container not found ("app"); no record of the pod says which task is its own',
    ]);
  });

  it('runs nothing in a task that somebody wrote into the status, nor in one that is over', async () => {
    const forged = podWith({
      containerStatuses: [statusOf('app', { running: {} }, 'ecs://of-another-pod-1')],
    });
    const again = recordWith();
    const before = { attempt: 1, taskArn: 'arn:before', containers: again.task!.containers };
    const over = { ...again.task!, state: 'stopped' as const };
    for (const [pod, record, why] of [
      [forged, again, 'its record knows no task in which it runs'],
      [podWith(), { ...again, task: over }, 'its task is over'],
      [podWith(), { ...again, state: 'ended' as const }, 'its task is over'],
      [
        podWith(),
        { ...again, taskArn: 'arn:now', task: { ...over, containers: [] }, previous: before },
        'its task is over',
      ],
    ] as const) {
      const world = setUp(lookUpOf(pod, record));
      expect(answerOf(await world.handle(ask(QUERY), APP))).toEqual([
        500,
        `container not found ("app"); ${why}`,
      ]);
    }
  });

  it.each([{ uid: 'another' }, { node: 'node-2' }, { name: 'other' }, { namespace: 'other' }])(
    'refuses a record that is of another pod: %j',
    async (other) => {
      const world = setUp(lookUpOf(podWith(), recordWith(other)));
      await expect(world.handle(ask(QUERY), APP)).rejects.toMatchObject({
        failure: { kind: 'refused', message: expect.stringContaining('default/web') as string },
      });
    },
  );
});
