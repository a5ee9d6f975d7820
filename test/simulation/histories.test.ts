import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readHistoryDocument, type HistoryDocument } from '../../lib/history/history-document.ts';
import { replayHistory } from './replay-history.ts';

const FOLDER = join(import.meta.dirname, 'histories');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

const documentIn = (file: string): HistoryDocument =>
  readHistoryDocument(readFileSync(join(FOLDER, file), 'utf8'));

describe('the control loop, given the history of a pod again,', () => {
  it.each(FILES)('does what it did: %s', { timeout: 60_000 }, async (file) => {
    const document = documentIn(file);
    expect(await replayHistory(document)).toEqual([]);
  });

  it('is found to do something else when its code decides otherwise', { timeout: 60_000 }, async () => {
    const args = ['--replay', join(FOLDER, 'crash-loop.json'), '--plant', 'publish-before-record'];
    const replayed = promisify(execFile)(process.execPath, [
      join(import.meta.dirname, 'simulate.ts'),
      ...args,
    ]);
    await expect(replayed).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/ instead of \+14\.6 s: claim of attempt 2 \(exited\)\n/) as string,
    });
  });

  it('is found to do something else when other things happen', async () => {
    const document = documentIn('job-succeeds.json');
    const facts = document.facts.map((fact) =>
      fact.kind !== 'task'
        ? fact
        : {
            ...fact,
            task: {
              ...fact.task,
              containers: fact.task.containers.map((one) =>
                one.exitCode === undefined ? one : { ...one, exitCode: 9 },
              ),
            },
          },
    );
    const differences = await replayHistory({ ...document, facts });
    expect(differences).toEqual([
      expect.stringMatching(/^missing, at .*: .* shows Succeeded: c1 terminated Completed 0$/),
      expect.stringMatching(/^not done then, at .*: .* shows Failed: c1 terminated Error 9$/),
    ]);
  });

  it('is found not to get as far when a launch is refused for good', async () => {
    const document = documentIn('job-succeeds.json');
    const facts = document.facts.map((fact) =>
      fact.kind === 'answered' ? { ...fact, refusal: { kind: 'refused' as const } } : fact,
    );
    const differences = await replayHistory({ ...document, facts });
    expect(differences[0]).toBe('attempt 1 was not launched, so that its task could not be pending');
  });
});
