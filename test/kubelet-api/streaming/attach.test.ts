import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../../lib/kubelet-api/exchange.ts';
import { createLogHub } from '../../../lib/kubelet-api/logs/follow-log.ts';
import { createAttachHandler } from '../../../lib/kubelet-api/streaming/attach-handler.ts';
import { createManualClock } from '../../memory/manual-clock.ts';
import { createMemoryLogs } from '../../memory/memory-logs.ts';
import { createSpdyClient } from '../../support/spdy-client.ts';
import {
  answerOf,
  APP,
  ask,
  lookUpOf,
  podWith,
  serve,
  settle,
  statusOf,
  TASK,
} from './handlers-under-test.ts';

const STREAM = { group: '/pods', stream: TASK };
const NOTICE =
  'This is the log of container "app" since a minute ago, some seconds late; nothing can be typed into it.';

function setUp(first = podWith()) {
  const clock = createManualClock();
  const logs = createMemoryLogs();
  logs.addGroup(STREAM.group);
  let pod = first;
  const lookUp = lookUpOf(first);
  const handle = createAttachHandler({
    ...lookUp,
    pods: { get: (...named) => lookUp.pods.get(...named).then((found) => found && pod) },
    provider: {
      logStreamOf: (task) => ({ group: STREAM.group, stream: 'taskArn' in task ? task.taskArn : '' }),
    },
    hub: createLogHub({ logs, clock }),
    clock,
  });
  const write = (...texts: readonly string[]): void =>
    logs.write(STREAM, ...texts.map((text) => ({ at: clock.now(), text })));
  const end = (): void => {
    const finishedAt = new Date(clock.now()).toISOString();
    const over = { terminated: { exitCode: 0, finishedAt } };
    pod = podWith({ containerStatuses: [statusOf('app', over, 'ecs://app-1')] });
  };
  const connect = async (query: string, types: readonly string[]) => {
    const served = await serve(await handle(ask(query), APP));
    const client = createSpdyClient(served.far);
    const streams = types.map((streamtype) => client.open({ streamtype }));
    await settle();
    return { ...served, streams, text: (index: number) => streams[index]!.received().toString() };
  };
  const refusal = async (query: string, of = APP, headers?: ApiRequest['headers']) =>
    answerOf(await handle(ask(query, headers), of));
  return { clock, logs, write, end, connect, refusal };
}

describe('attach', () => {
  it('shows the log of the last minute and what follows, says so first, and ends with the container', async () => {
    const { clock, write, end, connect } = setUp();
    write('long ago');
    await clock.advance(120_000);
    write('just now');
    await clock.advance(1_000);
    const { streams, text, done } = await connect('output=1&error=1', ['error', 'stdout', 'stderr']);
    await clock.advance(2_000);
    expect(text(2)).toBe(`${NOTICE}\n`);
    expect(text(1)).toBe('just now\n');
    write('next', 'and next');
    await clock.advance(2_000);
    expect(text(1)).toBe('just now\nnext\nand next\n');
    write('last');
    end();
    await clock.runUntil(streams[0]!.ended);
    expect(text(1)).toBe('just now\nnext\nand next\nlast\n');
    expect(text(0)).toBe('{"status":"Success"}');
    await clock.runUntil(done);
  });

  it('says it on the one output of a terminal', async () => {
    const { clock, connect } = setUp(podWith({}, true));
    const { text } = await connect('output=1&error=1&tty=1', ['error', 'stdout', 'resize']);
    await clock.advance(1_000);
    expect(text(1)).toBe(`${NOTICE}\r\n`);
  });

  it('shows the log on the errors of whoever wants nothing else', async () => {
    const { clock, write, connect } = setUp();
    write('line');
    const { text } = await connect('error=1', ['error', 'stderr']);
    await clock.advance(2_000);
    expect(text(1)).toBe(`${NOTICE}\nline\n`);
  });

  it('tells why the log cannot be read', async () => {
    const { clock, logs, connect } = setUp();
    logs.failNext({ kind: 'auth', message: 'no right to read the log' });
    const { streams, text } = await connect('output=1', ['error', 'stdout']);
    await clock.runUntil(streams[0]!.ended);
    expect(JSON.parse(text(0))).toMatchObject({
      status: 'Failure',
      message: 'error attaching to container: no right to read the log',
    });
  });

  it('stops following when the client is gone', async () => {
    const { clock, logs, connect } = setUp();
    const { far, done } = await connect('output=1', ['error', 'stdout']);
    await clock.advance(3_000);
    far.end();
    await clock.runUntil(done);
    const { length } = logs.reads;
    await clock.advance(10_000);
    expect(logs.reads).toHaveLength(length);
  });

  it('refuses input, which could not arrive, and says what to do', async () => {
    const [status, text] = await setUp().refusal('input=1&output=1');
    expect(status).toBe(501);
    expect(text).toContain('kubectl exec -it -n default web -c app -- sh');
    expect(text).toContain('without -i');
  });

  it('finds the container, running, in the words of the kubelet', async () => {
    const { refusal } = setUp();
    expect(await refusal('')).toEqual([400, 'you must specify at least 1 of stdin, stdout, stderr']);
    expect(await refusal('output=1', { ...APP, pod: 'other' })).toEqual([404, 'pod does not exist']);
    expect(await refusal('output=1', { ...APP, container: 'late' })).toEqual([
      500,
      'container late not found in pod web_default; it does not run, it waits (CrashLoopBackOff)',
    ]);
    const forged = setUp(podWith({ containerStatuses: [statusOf('app', { running: {} }, 'ecs://other-1')] }));
    expect(await forged.refusal('output=1')).toEqual([
      500,
      'container app not found in pod web_default; container "app" in pod "web" is not available; the record of the pod knows no task in which it ran',
    ]);
    expect((await refusal('output=1', APP, {}))[0]).toBe(400);
  });
});
