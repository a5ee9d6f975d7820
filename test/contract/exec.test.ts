import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { createProcessExec, DISABLED_TASK } from '../memory/process-exec.ts';
import { startEcsExec } from './exec-under-test.ts';
import { execContract, type ExecHarness } from './exec.contract.ts';

execContract('ECS Exec (emulator)', () => startEcsExec());
if (spawnSync('python3', ['--version']).error) {
  console.warn('SKIPPED: exec on processes of this machine: python3 is not on the PATH');
  it.skip('exec on processes of this machine was not tested: python3 is not on the PATH', () => undefined);
} else execContract('processes of this machine', startProcessExec);

async function startProcessExec(): Promise<ExecHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'lambdalet-exec-'));
  const exec = createProcessExec(folder);
  return {
    exec,
    task: { runtimeId: 'enabled' },
    container: 'app',
    disabledTask: DISABLED_TASK,
    disconnect: () => exec.disconnect(),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
