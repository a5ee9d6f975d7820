import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../lib/local/explain/render-explanation.ts';
import { explain } from '../../../lib/local/explain/run-explain.ts';
import { CONTEXT, documentsOf, FOLDER, NAMES, RUNNING } from './corpus.ts';

const update = process.env['UPDATE_GOLDEN'] === '1';

describe('what manifests of the corpus are explained as', () => {
  it('is shown by at least 32 of them, most of which run', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(32);
    expect(RUNNING.length).toBeGreaterThan(NAMES.length / 2);
  });

  it.each(NAMES)('%s', (name) => {
    const text = `${renderReport(explain(documentsOf(name), CONTEXT), 100)}\n`;
    const file = `${FOLDER}${name}.explain.txt`;
    if (update) writeFileSync(file, text);
    const golden = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    expect(
      text,
      `${name}.explain.txt differs; if that is meant: UPDATE_GOLDEN=1 vitest run test/local/explain/corpus.test.ts, and read it`,
    ).toBe(golden);
  });

  it.each(NAMES)('%s is told in lines of at most 100 characters, long paths apart', (name) => {
    const lines = renderReport(explain(documentsOf(name), CONTEXT), 100).split('\n');
    expect(lines.filter((line) => line.length > 100 && line.trim().includes(' '))).toEqual([]);
  });

  it('leaves no golden file behind whose manifest is gone', () => {
    const files = globSync('*.explain.txt', { cwd: FOLDER });
    expect(files.filter((file) => !NAMES.includes(file.replace('.explain.txt', '')))).toEqual([]);
  });
});
