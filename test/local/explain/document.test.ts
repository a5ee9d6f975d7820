import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainHere } from './explain-here.ts';

const FILE = new URL('../../../docs/explain.md', import.meta.url).pathname;
const EXAMPLE = /```\n\$ npm run explain -- (.+)\n([^]*?)\n```/;

describe('docs/explain.md', () => {
  it('shows what the command prints', async () => {
    const text = readFileSync(FILE, 'utf8');
    const [, argv = '', shown = ''] = EXAMPLE.exec(text) ?? [];
    const { out } = await explainHere(argv.split(' '));
    if (process.env['UPDATE_GOLDEN'] === '1')
      writeFileSync(
        FILE,
        text.replace(shown, () => out.trimEnd()),
      );
    else expect(shown, 'UPDATE_GOLDEN=1 vitest run test/local/explain writes it anew').toBe(out.trimEnd());
  });
});
