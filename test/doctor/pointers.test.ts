import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** `docs/operations.md, "Dead letters"` */
const POINTER = /(docs\/[a-z-]+\.md), "([^"$]+)"/g;

const pointers = globSync('lib/{doctor,cli}/**/*.ts', { cwd: ROOT }).flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(POINTER)].map(([, page = '', heading = '']) => ({
    page,
    heading,
  })),
);

describe('a fix that points to the documents', () => {
  it.each(pointers)('finds "$heading" in $page', ({ page, heading }) => {
    const headings = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^#+ (?:\d+\. )?(.+)$/gm)].map(
      ([, text]) => text,
    );
    expect(headings).toContain(heading);
  });

  it('finds a runbook for every condition that it tells', () => {
    const source = readFileSync(join(ROOT, 'lib/doctor/judges/judge-deployment.ts'), 'utf8');
    const table = /const CONDITIONS[^]*?\n\};/.exec(source)?.[0] ?? '';
    const conditions = [...table.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
    expect(conditions.length).toBeGreaterThan(4);
    const headings = [...readFileSync(join(ROOT, 'docs/operations.md'), 'utf8').matchAll(/^#+ (.+)$/gm)].map(
      ([, text]) => text,
    );
    expect(headings).toEqual(expect.arrayContaining(conditions));
  });
});
