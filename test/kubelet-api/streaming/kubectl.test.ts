import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/adapters/clock/system-clock.ts';
import { createPodDialer } from '../../../lib/adapters/pod-dialer/create-pod-dialer.ts';
import { createLogHub } from '../../../lib/kubelet-api/logs/follow-log.ts';
import { createAttachHandler } from '../../../lib/kubelet-api/streaming/attach-handler.ts';
import { createExecHandler } from '../../../lib/kubelet-api/streaming/exec-handler.ts';
import { createPortForwardHandler } from '../../../lib/kubelet-api/streaming/port-forward-handler.ts';
import { createMemoryLogs, type MemoryLogs } from '../../memory/memory-logs.ts';
import { createProcessExec, FRAME, toFrame, type ProcessExec } from '../../memory/process-exec.ts';
import { findAssets, startControlPlane, type ControlPlane } from '../../support/start-control-plane.ts';
import { recordWith } from './handlers-under-test.ts';
import { openStage, type KubectlStage } from './kubectl-stage.ts';

const STREAM = { group: '/pods', stream: 'app-1' };

const assets = findAssets();
const missing = 'missing' in assets ? assets.missing : whyNoPrograms();
if ('folder' in assets && missing === undefined) onRealCluster(assets.folder);
else {
  console.warn(`SKIPPED: kubectl through a real kube-apiserver: ${missing}`);
  describe('kubectl through a real kube-apiserver', () => {
    it.skip(`was not tested: ${missing}`, () => undefined);
  });
}

function whyNoPrograms(): string | undefined {
  const absent = ['kubectl', 'python3'].filter((program) => spawnSync(program, ['--help']).error);
  return absent.length === 0 ? undefined : `${absent.join(' and ')} is not on the PATH`;
}

function onRealCluster(folder: string): void {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane(folder);
  });
  afterAll(() => plane.close());

  describe.each([
    ['WebSockets, to a node that takes them', 'node-web-socket', true, /^websocket$/i],
    ['SPDY, to a node that does not take WebSockets', 'node-spdy', false, /^SPDY\/3\.1$/],
  ])('kubectl over %s', (_, node, speaksWebSocket, upgrade) => {
    const box = mkdtempSync(join(tmpdir(), 'lambdalet-container-'));
    let stage: KubectlStage;
    let exec: ProcessExec;
    let logs: MemoryLogs;
    let web: Server;
    beforeAll(async () => {
      exec = createProcessExec(box);
      logs = createMemoryLogs();
      logs.addGroup(STREAM.group);
      const clock = systemClock;
      const hub = createLogHub({ logs, clock });
      const task = { ...recordWith().task!, podIP: '127.0.0.1' };
      const records = {
        get: (of: string, uid: string) =>
          Promise.resolve(recordWith({ uid, node: of, name: `pod-of-${of}`, task })),
      };
      stage = await openStage(plane, node, speaksWebSocket, ({ pods }) => ({
        exec: createExecHandler({ pods, records, exec, clock }),
        attach: createAttachHandler({ pods, records, hub, clock, provider: { logStreamOf: () => STREAM } }),
        portForward: createPortForwardHandler({ pods, records, dialer: createPodDialer(), clock }),
      }));
      web = createServer(answerWithDigest).listen(0, '127.0.0.1');
      await once(web, 'listening');
    });
    afterAll(async () => {
      web.close();
      await stage.close();
      rmSync(box, { recursive: true, force: true });
    });
    const execute = (options: readonly string[], command: readonly string[], input?: Buffer) =>
      stage.kubectl(['exec', ...options, stage.pod, '-c', 'app', '--', ...command], input);

    it('runs a command and gives its outputs apart and its exit code', async () => {
      const ran = await execute([], ['sh', '-c', 'echo out; echo err >&2; exit 3']);
      expect(ran.code).toBe(3);
      expect(ran.stdout.toString()).toBe('out\n');
      expect(ran.stderr).toBe('err\ncommand terminated with exit code 3\n');
      expect((await execute([], ['true'])).code).toBe(0);
      expect(stage.requests.at(-1)?.headers['upgrade']).toMatch(upgrade);
    });

    it('carries megabytes of any bytes through a command and back', async () => {
      const bytes = randomBytes(6_000_000);
      const ran = await execute(['-i'], ['cat'], bytes);
      expect(ran.code).toBe(0);
      expect(digestOf(ran.stdout)).toBe(digestOf(bytes));
    });

    it('tells why a command could not begin or how it was lost', async () => {
      const refused = await execute([], ['refuse', 'the task takes no commands']);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('error executing command in container: the task takes no commands');
      const lost = await execute([], ['lose', 'a line']);
      expect(lost.code).toBe(1);
      expect(lost.stdout.toString()).toBe('a line\n');
      expect(lost.stderr).toContain('the container went away');
    });

    it('hangs the command up when kubectl ends, though the command reads nothing', async () => {
      const before = exec.hungUp;
      const child = stage.start([
        'exec',
        '-i',
        stage.pod,
        '-c',
        'app',
        '--',
        'sh',
        '-c',
        'echo ready; sleep 600',
      ]);
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await until(() => exec.hungUp > before);
    });

    it('gives a terminal its size, its keys and its end', async () => {
      const child = stage.startInTerminal(['exec', '-it', stage.pod, '-c', 'app', '--', 'sh']);
      const printed = collect(child.stdout);
      const type = (text: string) => child.stdin.write(toFrame(FRAME.input, Buffer.from(text)));
      child.stdin.write(toFrame(FRAME.size, Buffer.from([0, 111, 0, 37])));
      await until(() => exec.resized.length > 0);
      type('echo si""ze $(stty size)\n');
      await until(() => /size \d+ \d+/.test(printed()));
      child.stdin.write(toFrame(FRAME.size, Buffer.from([0, 90, 0, 30])));
      await until(() => exec.resized.some(({ columns, rows }) => columns === 90 && rows === 30));
      type('echo si""ze $(stty size)\n');
      await until(() => printed().includes('size 30 90'));
      type('exit 7\n');
      expect((await once(child, 'close'))[0]).toBe(7);
    });

    it('copies files there and back', async () => {
      const [there, back] = [`${box}-there`, `${box}-back`];
      const bytes = randomBytes(3_000_000);
      await writeFile(there, bytes);
      const copied = await stage.kubectl(['cp', there, `${stage.pod}:copied`, '-c', 'app']);
      expect(copied).toMatchObject({ code: 0, stderr: '' });
      expect(digestOf(await readFile(join(box, 'copied')))).toBe(digestOf(bytes));
      const returned = await stage.kubectl(['cp', `${stage.pod}:copied`, back, '-c', 'app']);
      expect(returned).toMatchObject({ code: 0, stderr: '' });
      expect(digestOf(await readFile(back))).toBe(digestOf(bytes));
      await Promise.all([there, back].map((file) => rm(file)));
    });

    it('shows what a container writes to who attaches, and refuses what is typed', async () => {
      const child = stage.start(['attach', stage.pod, '-c', 'app']);
      const [printed, warned] = [collect(child.stdout), collect(child.stderr)];
      await until(() => warned().includes('This is the log of container "app"'));
      logs.write(STREAM, { at: Date.now(), text: 'a line' });
      await until(() => printed() === 'a line\n');
      child.kill();
      const refused = await stage.kubectl(['attach', '-i', stage.pod, '-c', 'app']);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('input cannot reach container "app"');
    });

    it('forwards ports: uploads, downloads, many at once, and each direction to its own end', async () => {
      const half = createTcpServer({ allowHalfOpen: true }, (socket) => {
        let bytes = 0;
        socket.on('data', ({ length }) => (bytes += length));
        socket.on('end', () => socket.end(`got ${bytes}`));
      }).listen(0, '127.0.0.1');
      await once(half, 'listening');
      const child = stage.start(['port-forward', stage.pod, `:${portOf(web)}`, `:${portOf(half)}`]);
      const printed = collect(child.stdout);
      await until(() => (printed().match(/Forwarding from 127/g) ?? []).length === 2);
      const [webPort = 0, halfPort = 0] = [...printed().matchAll(/127\.0\.0\.1:(\d+) ->/g)].map(([, port]) =>
        Number(port),
      );
      const bytes = randomBytes(2_000_000);
      const answers = await Promise.all(Array.from({ length: 12 }, () => post(webPort, bytes)));
      expect(new Set(answers)).toEqual(new Set([digestOf(bytes)]));
      const socket = connect({ port: halfPort, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(Buffer.alloc(500_000));
      const answer = collect(socket);
      await once(socket, 'end');
      expect(answer()).toBe('got 500000');
      child.kill();
      half.close();
      await until(() => stage.served.serving === 0);
    });

    it('tells that nothing listens on a port', async () => {
      const child = stage.start(['port-forward', stage.pod, ':1']);
      const [printed, warned] = [collect(child.stdout), collect(child.stderr)];
      await until(() => printed().includes('Forwarding from 127'));
      const [, port] = /127\.0\.0\.1:(\d+) ->/.exec(printed()) ?? [];
      await expect(post(Number(port), Buffer.from('x'))).rejects.toThrow();
      await until(() => warned().includes('connection refused: nothing listens there'));
      expect(warned()).toContain(`error forwarding port 1 to pod ${stage.pod}, uid `);
      child.kill();
    });

    it('says why a container takes no commands', async () => {
      const refused = await stage.kubectl(['exec', stage.pod, '-c', 'stopped', '--', 'true']);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(
        'container not found ("stopped"); it does not run, it ended with exit code 4',
      );
    });
  });
}

function answerWithDigest(
  incoming: Parameters<NonNullable<Parameters<typeof createServer>[1]>>[0],
  response: Parameters<NonNullable<Parameters<typeof createServer>[1]>>[1],
): void {
  const hash = createHash('sha256');
  incoming.on('data', (chunk: Buffer) => hash.update(chunk));
  incoming.on('end', () => void response.end(hash.digest('hex')));
}

function post(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method: 'POST', agent: false }, (response) => {
      const text = collect(response);
      response.once('end', () => resolve(text()));
    });
    sent.once('error', reject);
    sent.end(bytes);
  });
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function collect(source: NodeJS.ReadableStream): () => string {
  let text = '';
  source.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}
