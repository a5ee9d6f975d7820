import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALARMS } from '../../infra/dashboard/alarm-rows.ts';
import { SECTIONS, TROUBLE_QUERY } from '../../infra/dashboard/dashboard-rows.ts';
import { TROUBLE_KINDS } from '../../lib/core/metrics.ts';
import { resourcesOf, synthesize } from './synthesize.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');

/** What stands under each heading of a level, by heading, up to the next one of that level. */
function paragraphsIn(text: string, level: string): ReadonlyMap<string, string> {
  const [, ...parts] = `\n${text}`.split(`\n${level} `);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1)];
    }),
  );
}
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

const alarms = paragraphsIn(PAGE, '##').get('Alarms') ?? '';
const conditions = paragraphsIn(PAGE, '##').get('Conditions of the node') ?? '';
const beginning = alarms.slice(0, alarms.indexOf('\n### '));
const runbooks = paragraphsIn(alarms, '###');
const signals = paragraphsIn(PAGE, '##').get('Signals without an alarm') ?? '';

describe('what stands before the runbooks', () => {
  it('is the doctor, and a value for every variable that their commands use', () => {
    expect(beginning).toMatch(/```sh\nnpm run doctor -- -c my\.yaml\n```/);
    const set = [...beginning.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    const used = [...`${alarms}${conditions}`.matchAll(/\$\{?([A-Z_]+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual([...set].sort());
    expect(`${alarms}${conditions}`, 'nothing is left to be filled in').not.toMatch(/(url|arn) <[^>]+>/);
  });

  it('finds each queue by its logical id', () => {
    const ids = [...resourcesOf(synthesize().state, 'AWS::SQS::Queue').keys()];
    const named = [...beginning.matchAll(/\$\(queue(?:_arn)? (\w+)\)/g)].map(([, id]) => id ?? '');
    expect(new Set(named)).toEqual(new Set(['TaskEventsDeadLetters', 'TaskEventsQueue']));
    for (const name of named)
      expect(
        ids.filter((id) => id.includes(name)),
        name,
      ).toHaveLength(1);
  });
});

describe('the runbooks', () => {
  it('are those of the alarms, in their order: none is missing, none is left over', () => {
    expect([...runbooks.keys()]).toEqual(ALARMS.map(({ name }) => name));
  });

  it.each(ALARMS)('say of "$name" what the alarm itself says', ({ name, means, users }) => {
    const text = oneLine(runbooks.get(name) ?? '');
    expect(text).toContain(`**Means.** ${means}.`);
    expect(text).toContain(`**Users see.** ${users}.`);
  });

  it.each(ALARMS)('give the first three commands for "$name", and a way to mend it', ({ name }) => {
    const text = runbooks.get(name) ?? '';
    const commands = /\*\*Look\.\*\*\n```sh\n([^`]+)```/.exec(text)?.[1]?.trim().split('\n') ?? [];
    expect(commands).toHaveLength(3);
    for (const command of commands) expect(command).toMatch(/^(aws|kubectl) /);
    expect(text).toMatch(/\n\*\*Fix\.\*\* \S/);
  });

  it('tell each kind of trouble apart: none is missing, none is left over', () => {
    expect([...paragraphsIn(runbooks.get('Trouble') ?? '', '####').keys()]).toEqual([...TROUBLE_KINDS]);
  });

  it('find the trouble by the query of the dashboard', () => {
    expect(runbooks.get('Trouble')).toContain(TROUBLE_QUERY.join('\n| '));
  });

  it('name only charts and tables that the dashboard has', () => {
    const titles = SECTIONS.flatMap(({ panels }) => panels.map(({ title }) => title));
    const named = [...signals.matchAll(/chart `([^`]+)`/g)].map(([, title]) => title);
    expect(named.length).toBeGreaterThan(0);
    for (const title of named) expect(titles).toContain(title);
    expect(titles).toContain('What the trouble is');
    expect(titles).toContain('Fargate vCPU');
  });
});
