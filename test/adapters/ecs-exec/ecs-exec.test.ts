import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lib/adapters/clock/system-clock.ts';
import { createEcsExec } from '../../../lib/adapters/ecs-exec/create-ecs-exec.ts';
import { faultOfCommand } from '../../../lib/adapters/ecs-exec/wrap-command.ts';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { encodeEnd, encodeEntry, TarReader } from '../../../lib/local/container-shell/tar-archive.ts';
import type { ExecAsk, ExecSession } from '../../../lib/ports/exec.ts';
import { startEcsExec, type EcsExecUnderTest } from '../../contract/exec-under-test.ts';

const opened: EcsExecUnderTest[] = [];
afterEach(async () => {
  for (const harness of opened.splice(0)) await harness.close();
});

async function start(container: Readonly<Record<string, unknown>> = {}): Promise<EcsExecUnderTest> {
  const harness = await startEcsExec(container);
  opened.push(harness);
  return harness;
}

function open({ exec, task, container }: EcsExecUnderTest, ask: Partial<ExecAsk> = {}): Promise<ExecSession> {
  const whole: ExecAsk = { task, container, command: ['true'], stdin: false, tty: false, ...ask };
  return exec.open(whole, new AbortController().signal);
}

async function stdoutOf({ output }: ExecSession): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of output) chunks.push(bytes);
  return Buffer.concat(chunks);
}

describe('a connection on which messages get lost, come twice and overtake each other', () => {
  it('brings every byte once and in order, both ways', async () => {
    const harness = await start();
    Object.assign(harness.control.faults, {
      loses: (nth: number) => nth % 13 === 5,
      repeats: (nth: number) => nth % 7 === 2,
      delays: (nth: number) => nth % 5 === 3,
    });
    const data = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7) % 256));
    const session = await open(harness, { command: ['cat'], stdin: true });
    const written = session.write(data).then(() => session.endInput());
    expect((await stdoutOf(session)).equals(data)).toBe(true);
    await written;
    expect(await session.end).toEqual({ kind: 'exited', code: 0 });
  }, 60_000);

  it('waits while the service says so', async () => {
    const harness = await start();
    const session = await open(harness, { command: ['cat'], stdin: true });
    harness.control.pause(true);
    const written = session.write(Buffer.from('later')).then(() => session.endInput());
    await new Promise((resolve) => setTimeout(resolve, 100));
    harness.control.pause(false);
    expect((await stdoutOf(session)).toString()).toBe('later');
    await written;
  });
});

describe('what `kubectl cp` asks of a container', () => {
  it('is done: an archive goes in, and comes out as it went', async () => {
    const harness = await start();
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 31) % 256));
    const entry = { name: 'a.bin', isDirectory: false, mode: 0o640, content };
    const into = await open(harness, { command: ['tar', '-xmf', '-', '-C', '/tmp'], stdin: true });
    const written = into.write(Buffer.concat([encodeEntry(entry), encodeEnd()])).then(() => into.endInput());
    expect((await stdoutOf(into)).toString()).toBe('');
    await written;
    expect(await into.end).toEqual({ kind: 'exited', code: 0 });
    const out = await open(harness, { command: ['tar', 'cf', '-', '/tmp/a.bin'] });
    const [back] = new TarReader().read(await stdoutOf(out));
    expect(back).toMatchObject({ name: 'tmp/a.bin', mode: 0o640 });
    expect(Buffer.from(back?.content ?? []).equals(content)).toBe(true);
    expect(await (await open(harness, { command: ['test', '-d', '/tmp/a.bin'] })).end).toEqual({
      kind: 'exited',
      code: 1,
    });
  });
});

describe('a command that cannot be run', () => {
  it.each([
    [
      new AwsError('AccessDeniedException', 'not authorized to perform: ecs:ExecuteCommand'),
      'auth',
      'ecs:ExecuteCommand on the cluster',
    ],
    [new AwsError('ThrottlingException', 'Rate exceeded'), 'throttled', 'Rate exceeded'],
    [new AwsError('ServerException', 'Service Unavailable'), 'transient', 'Unavailable'],
    [new AwsError('ClusterNotFoundException', 'Cluster not found.'), 'configuration', 'Region'],
  ])('says %s', async (error, kind, words) => {
    const harness = await start();
    harness.models.ecs.failNext('ExecuteCommand', error);
    await expect(open(harness)).rejects.toMatchObject({
      failure: { kind, message: expect.stringContaining(words) as string },
    });
  });

  it('says how to turn commands on', async () => {
    const harness = await start();
    await expect(open(harness, { task: harness.disabledTask })).rejects.toMatchObject({
      failure: { kind: 'refused', message: expect.stringContaining('`exec: true`') as string },
    });
    const readOnly = await start({ readonlyRootFilesystem: true });
    await expect(open(readOnly)).rejects.toMatchObject({
      failure: { kind: 'refused', message: expect.stringContaining('read-only') as string },
    });
  });

  it('says what the image lacks', async () => {
    const harness = await start({ image: 'gcr.io/distroless/static' });
    await expect(open(harness)).rejects.toMatchObject({
      failure: { kind: 'refused', message: expect.stringMatching(/no `sh`.*needs a shell/) as string },
    });
  });

  it.each(['stty', 'base64', 'dd'])('says that the image has no %s, and does not hang', async (program) => {
    const harness = await start();
    const { runInMachine } = await import('../../../lib/local/container-shell/run-in-machine.ts');
    const { PROGRAMS } = await import('../../../lib/local/container-shell/programs.ts');
    const { machineOf } = await import('../../../lib/local/aws/ecs-exec/container-machine.ts');
    harness.control.program = (words, { task, container }) => {
      const programs = new Map([...PROGRAMS].filter(([name]) => name !== program));
      const running = runInMachine({ ...machineOf(task, container, systemClock), programs }, words);
      if (running === undefined) return 'nothing';
      const { terminal } = running;
      return {
        type: (bytes) => terminal.type(bytes),
        resize: () => undefined,
        readOutput: (most) => terminal.readOutput(most),
        kill: () => running.kill(),
      };
    };
    await expect(open(harness)).rejects.toMatchObject({
      failure: { kind: 'refused', message: expect.stringContaining(`\`${program}\``) as string },
    });
  });

  it('says that encrypted sessions are not supported', async () => {
    const harness = await start();
    harness.control.faults.wantsEncryption = true;
    await expect(open(harness)).rejects.toMatchObject({
      failure: { kind: 'refused', message: expect.stringContaining('KMS') as string },
    });
  });

  it('waits for the agent of a container that has just started, but not for ever', async () => {
    const { models, taskArn, container, control, client } = await start();
    const waits: number[] = [];
    const clock = {
      ...systemClock,
      sleep: (until: number, signal?: AbortSignal) => {
        if (until - systemClock.now() > 1_500 && until - systemClock.now() < 2_500) {
          waits.push(until);
          if (waits.length === 2) models.ecs.leaveExecAgents(taskArn, false);
          return Promise.resolve();
        }
        return systemClock.sleep(until, signal);
      },
    };
    models.ecs.leaveExecAgents(taskArn, true);
    const exec = createEcsExec({ cluster: 'pods', clock, client });
    const ask: ExecAsk = { task: { taskArn }, container, command: ['true'], stdin: false, tty: false };
    const session = await exec.open(ask, new AbortController().signal);
    expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    expect(waits.length).toBeGreaterThanOrEqual(2);
    models.ecs.leaveExecAgents(taskArn, true);
    await expect(exec.open(ask, new AbortController().signal)).rejects.toMatchObject({
      failure: { kind: 'transient', message: expect.stringContaining('ssmmessages') as string },
    });
    expect(control.count()).toBeLessThanOrEqual(1);
  });

  it('is told by its own faults before anything is sent', () => {
    expect(faultOfCommand(['a\0b'])).toContain('NUL');
    expect(faultOfCommand(['x'.repeat(131_072)])).toContain('131071');
    expect(faultOfCommand(Array.from({ length: 20 }, () => 'x'.repeat(100_000)))).toContain('1048576');
    expect(faultOfCommand(['sh', '-c', 'true'])).toBeUndefined();
  });
});

describe('a session', () => {
  it('shows its token and its address to nobody', async () => {
    const harness = await start();
    const seen = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const session = await open(harness, { command: ['sleep', '1000'] });
    harness.disconnect();
    const end = JSON.stringify(await session.end);
    expect(end).not.toMatch(/ws:|data-channel|ecs-execute-command/);
    expect(seen).not.toHaveBeenCalled();
    seen.mockRestore();
  });

  it('ends with its container', async () => {
    const harness = await start();
    const session = await open(harness, { command: ['sleep', '1000'] });
    harness.models.ecs.handle('StopTask', { cluster: 'pods', task: harness.taskArn }, systemClock.now());
    harness.models.ecs.advance(systemClock.now() + 60_000);
    expect(await session.end).toMatchObject({ kind: 'lost' });
  });

  it('opens once with its token', async () => {
    const { models, taskArn } = await start();
    const asked = { cluster: 'pods', task: taskArn, container: 'main', command: 'sh', interactive: true };
    const { session } = models.ecs.handle('ExecuteCommand', asked, systemClock.now()) as {
      readonly session: { readonly sessionId: string; readonly tokenValue: string };
    };
    expect(models.ecs.openExecSession(session.sessionId, 'wrong')).toBeUndefined();
    expect(models.ecs.openExecSession(session.sessionId, session.tokenValue)).toBeDefined();
    expect(models.ecs.openExecSession(session.sessionId, session.tokenValue)).toBeUndefined();
  });
});
