import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { collectPublicNames, type PublicNames } from './collect-public-names.ts';

const FILE = 'test/versioning/public-names.txt';
const REVIEWED = readFileSync(fileURLToPath(new URL('public-names.txt', import.meta.url)), 'utf8');

/** The headings of the file with their lines: `# heading`, one name a line, empty lines between. */
function readNames(text: string): PublicNames {
  const sections = text.split(/^# /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading, lines.filter((line) => line !== '')];
    }),
  );
}

/** What to do about a difference; empty: there is none. */
function tellDifference(heading: string, reviewed: readonly string[], actual: readonly string[]): string {
  const gone = reviewed.filter((line) => !actual.includes(line));
  const added = actual.filter((line) => !reviewed.includes(line));
  if (gone.length === 0 && added.length === 0) return '';
  return [
    `Public names under "# ${heading}" are not those of ${FILE}.`,
    ...(gone.length === 0 ? [] : ['Gone, renamed or of another type:', ...gone.map((line) => `  - ${line}`)]),
    ...(added.length === 0 ? [] : ['New:', ...added.map((line) => `  + ${line}`)]),
    'Others rely on them: docs/versioning.md says which of these changes a major, a minor or a patch release may make, and what the version',
    `before must be able to read. If the change may be made, put the lines into ${FILE} (sorted) and say it in CHANGELOG.md; if not, take it back.`,
  ].join('\n');
}

const actual = await collectPublicNames();
const reviewed = readNames(REVIEWED);

describe('the names that others rely on', () => {
  it.each(Object.keys(actual))('(%s) are those that were reviewed', (heading) => {
    expect(tellDifference(heading, reviewed[heading] ?? [], actual[heading] ?? [])).toBe('');
  });

  it('are listed under the headings that there are', () => {
    expect(Object.keys(reviewed)).toEqual(Object.keys(actual));
  });

  it('are sorted, so that a change shows as one line', () => {
    for (const lines of Object.values(reviewed)) expect(lines).toEqual([...lines].sort());
  });

  it('are told with the way out when they differ', () => {
    const told = tellDifference(
      'metrics',
      ['Trouble of a cluster in Count'],
      ['Worry of a cluster in Count'],
    );
    expect(told).toContain('  - Trouble of a cluster in Count');
    expect(told).toContain('  + Worry of a cluster in Count');
    expect(told).toContain('docs/versioning.md');
    expect(tellDifference('metrics', ['same'], ['same'])).toBe('');
  });
});
