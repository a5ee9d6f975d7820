import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import type { ExecProgram } from '../../../lib/local/aws/ecs-exec/exec-agent.ts';
import { execContract } from '../../contract/exec.contract.ts';
import { startEcsExec } from '../../contract/exec-under-test.ts';

/** The wrapper proved where it has to run: in real shells, with the terminals and programs of this machine. */
const SCRIPT = fileURLToPath(new URL('run-in-terminal.py', import.meta.url));
const hasPython = runs('python3', '-c', 'import pty');

for (const shell of ['dash', 'bash', 'busybox sh']) {
  const [program = '', ...words] = shell.split(' ');
  if (!hasPython || !runs(program, ...words, '-c', 'true')) {
    describe(`exec in a real ${shell}`, () => {
      it.skip(`SKIPPED: python3 with its module pty, or ${shell}, is not on this machine`, () => undefined);
    });
    console.warn(
      `exec in a real ${shell} is not tested: python3 with its module pty, or ${shell}, is missing`,
    );
    continue;
  }
  execContract(`a real ${shell} in a real terminal`, async () => {
    const harness = await startEcsExec();
    harness.control.program = (command) => runInTerminal(command, shell);
    return harness;
  });
}

function runs(program: string, ...words: readonly string[]): boolean {
  return spawnSync(program, words, { stdio: 'ignore' }).status === 0;
}

function runInTerminal(command: readonly string[], shell: string): ExecProgram {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('python3', [SCRIPT, quoted, shell], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const send = (kind: number, payload: Uint8Array): void => {
    const head = Buffer.alloc(5);
    head.writeUInt8(kind, 0);
    head.writeUInt32BE(payload.length, 1);
    child.stdin.write(Buffer.concat([head, payload]));
  };
  const chunks = child.stdout.iterator() as AsyncIterator<Buffer, undefined>;
  let rest = Buffer.alloc(0);
  return {
    type: (bytes) => {
      send(0, bytes);
      return Promise.resolve();
    },
    resize: (columns, rows) => {
      const payload = Buffer.alloc(4);
      payload.writeUInt16BE(columns, 0);
      payload.writeUInt16BE(rows, 2);
      send(1, payload);
    },
    readOutput: async (most) => {
      if (rest.length === 0) {
        const next = await chunks.next();
        if (next.done === true) return undefined;
        rest = Buffer.from(next.value);
      }
      const bytes = rest.subarray(0, most);
      rest = rest.subarray(most);
      return bytes;
    },
    kill: () => child.stdin.end(),
  };
}
