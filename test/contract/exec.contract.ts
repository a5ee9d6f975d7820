import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Exec, ExecAsk, ExecSession } from '../../lib/ports/exec.ts';
import type { TaskName } from '../../lib/ports/provider.ts';

/** A container that runs, whose programs are those of a usual image: sh, cat, echo, head, printf, sleep, stty, yes. */
export interface ExecHarness {
  readonly exec: Exec;
  readonly task: TaskName;
  readonly container: string;
  /** A task that was not started so that commands can be run in it. */
  readonly disabledTask: TaskName;
  /** Breaks the connections to all containers. */
  readonly disconnect: () => void;
  readonly close: () => Promise<void>;
}

/** What a command wrote. */
interface Written {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** What every implementation of {@link Exec} must do. */
export function execContract(name: string, make: () => Promise<ExecHarness>): void {
  describe(`exec on ${name}`, () => {
    const opened: ExecHarness[] = [];
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.close();
    });
    const start = async (): Promise<ExecHarness> => {
      const harness = await make();
      opened.push(harness);
      return harness;
    };
    const open = async (ask: Partial<ExecAsk> & Pick<ExecAsk, 'command'>): Promise<ExecSession> => {
      const { exec, task, container } = await start();
      return exec.open({ task, container, stdin: false, tty: false, ...ask }, new AbortController().signal);
    };

    it('gives what a command writes, each where it wrote it, and its exit code', async () => {
      const session = await open({ command: ['sh', '-c', 'echo to out; echo to err >&2; exit 42'] });
      const { stdout, stderr } = await take(session);
      expect([stdout.toString(), stderr.toString()]).toEqual(['to out\n', 'to err\n']);
      expect(await session.end).toEqual({ kind: 'exited', code: 42 });
    });

    it('hands every argument over as it is', async () => {
      const words = [
        "it's",
        'a "b"  c',
        '$HOME `id` \\n %s {{x}}',
        'two\nlines\n',
        'gr\u00fc\u00df \u20ac \u0101 \ud83d\udc33',
        '',
        '#',
        '-n',
      ];
      const session = await open({ command: ['printf', '[%s]', ...words] });
      expect((await take(session)).stdout.toString()).toBe(words.map((word) => `[${word}]`).join(''));
      expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    });

    it('keeps output in order, and gives all of it before the end', async () => {
      const session = await open({
        command: ['sh', '-c', 'i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done'],
      });
      const expected = Array.from({ length: 300 }, (_, at) => `line ${at}\n`).join('');
      expect((await take(session)).stdout.toString()).toBe(expected);
    });

    it('carries any bytes both ways unharmed', async () => {
      const data = Buffer.concat([ODD_BYTES, randomBytes(300_000), ODD_BYTES]);
      const session = await open({ command: ['cat'], stdin: true });
      const written = feed(session, data);
      const { stdout } = await take(session);
      await written;
      expect([stdout.length, hashOf(stdout)]).toEqual([data.length, hashOf(data)]);
      expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    });

    it('passes input on before it has ended, and output before more comes', async () => {
      const session = await open({ command: ['cat'], stdin: true });
      const output = session.output[Symbol.asyncIterator]();
      for (const text of ['first', 'second']) {
        await session.write(Buffer.from(text));
        const next = await output.next();
        expect(next.done === true ? undefined : Buffer.from(next.value.bytes).toString()).toBe(text);
      }
      await session.endInput();
      expect((await output.next()).done).toBe(true);
      expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    });

    it('ends a command that does not want all of its input', async () => {
      const session = await open({ command: ['head', '-c', '5'], stdin: true });
      const written = feed(session, Buffer.alloc(500_000, 'x'));
      expect((await take(session)).stdout.toString()).toBe('xxxxx');
      await written;
      expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    });

    it('has no input where none was asked for', async () => {
      const session = await open({ command: ['cat'] });
      expect((await take(session)).stdout.length).toBe(0);
      expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    });

    it('tells that a program is not there as a shell does', async () => {
      const session = await open({ command: ['no-such-program'] });
      expect((await take(session)).stderr.toString()).toContain('not found');
      expect(await session.end).toEqual({ kind: 'exited', code: 127 });
    });

    it('has a terminal where one is asked for: its size, its echo, its keys', async () => {
      const session = await open({ command: ['sh'], stdin: true, tty: true });
      const reader = readUntil(session);
      await session.resize({ columns: 123, rows: 45 });
      await session.write(Buffer.from('echo si""ze $(stty size)\n'));
      expect(await reader('size 45 123\r\n')).toContain('echo si""ze');
      await session.write(Buffer.from('sleep 1000\n'));
      await reader('sleep 1000');
      await new Promise((resolve) => setTimeout(resolve, 200));
      await session.write(Uint8Array.of(3));
      await session.write(Buffer.from('echo sta""tus $?\n'));
      await reader('status 130');
      await session.write(Buffer.from('exit 7\n'));
      await reader(undefined);
      expect(await session.end).toEqual({ kind: 'exited', code: 7 });
    });

    it('never shows what it puts around a command', async () => {
      const session = await open({ command: ['sh', '-c', 'printf shown'], stdin: true, tty: true });
      const { stdout } = await take(session);
      expect(stdout.toString()).toBe('shown');
      expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    });

    it('holds a command up whose output nobody takes, and loses nothing of it', async () => {
      const count = 3_000_000;
      const session = await open({ command: ['sh', '-c', `yes | head -c ${count}`] });
      const before = process.memoryUsage().arrayBuffers;
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
      const { stdout } = await take(session);
      expect([stdout.length, stdout.equals(Buffer.from('y\n'.repeat(count / 2)))]).toEqual([count, true]);
      expect(await session.end).toEqual({ kind: 'exited', code: 0 });
    });

    it('is lost with the connection, and says so', async () => {
      const session = await open({ command: ['sleep', '1000'], stdin: true });
      for (const { disconnect } of opened) disconnect();
      expect(await session.end).toMatchObject({
        kind: 'lost',
        message: expect.stringMatching(/connection/) as string,
      });
      expect((await take(session)).stdout.length).toBe(0);
      await session.write(Buffer.from('dropped'));
      await session.endInput();
    });

    it('ends when it is closed, once and again', async () => {
      const session = await open({ command: ['sleep', '1000'] });
      session.close();
      session.close();
      expect(await session.end).toMatchObject({ kind: 'lost' });
    });

    it('refuses a container that is not there, a task that takes no commands, and no command at all', async () => {
      const { exec, task, container, disabledTask } = await start();
      const ask: ExecAsk = { task, container, command: ['true'], stdin: false, tty: false };
      const asks: readonly ExecAsk[] = [
        { ...ask, container: 'none' },
        { ...ask, task: disabledTask },
        { ...ask, command: [''] },
      ];
      for (const wrong of asks)
        await expect(exec.open(wrong, new AbortController().signal)).rejects.toMatchObject({
          failure: { kind: 'refused' },
        });
    });

    it('gives up as soon as the caller does', async () => {
      const { exec, task, container } = await start();
      const ask: ExecAsk = { task, container, command: ['true'], stdin: false, tty: false };
      await expect(exec.open(ask, AbortSignal.abort())).rejects.toMatchObject({
        failure: { kind: 'transient' },
      });
    });
  });
}

/** What a way for text would harm: every byte, the character that stands for wrong ones, and an end in the middle of a character. */
const ODD_BYTES = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.from('\ufffd\r\n\u001e\u0003\u0013'),
  Buffer.of(0xe2, 0x82),
]);

async function take({ output }: Pick<ExecSession, 'output'>): Promise<Written> {
  const chunks: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
  for await (const { from, bytes } of output) chunks[from].push(bytes);
  return { stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) };
}

async function feed(session: ExecSession, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length; at += 32_768) await session.write(data.subarray(at, at + 32_768));
  await session.endInput();
}

/** Reads on until a text has come (`undefined`: until the end), and gives everything so far. */
function readUntil({ output }: Pick<ExecSession, 'output'>): (text: string | undefined) => Promise<string> {
  const chunks = output[Symbol.asyncIterator]();
  let read = '';
  return async (text) => {
    while (text === undefined || !read.includes(text)) {
      const next = await chunks.next();
      if (next.done === true) break;
      read += Buffer.from(next.value.bytes).toString();
    }
    if (text !== undefined) expect(read).toContain(text);
    return read;
  };
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
