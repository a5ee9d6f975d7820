import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../lib/doctor/finding.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { openPractice, type Practice } from '../doctor/doctor-here.ts';
import { Refusal } from '../doctor/script-aws.ts';
import { readExamples, withoutChance, writeExample, type DocExample } from '../support/doc-examples.ts';
import { cli } from './run-here.ts';

const FILE = new URL('../../docs/cli.md', import.meta.url).pathname;
/** What of a long text is shown. */
const SHOWN_LINES = 16;
const isUpdate = process.env['UPDATE_GOLDEN'] === '1';
// The demo takes half a minute: test/e2e/commands.test.ts, which runs it anyway, compares its example.
const EXAMPLES = readExamples().filter(({ argv }) => argv.join(' ') !== 'demo');

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

/** A deployment with one thing of each kind. */
async function examine(): Promise<string> {
  const { out } = await practice.run({
    aws: {
      'ec2:DescribeRouteTables': {
        routeTableSet: [
          {
            ...{ routeTableId: 'rtb-1', vpcId: 'vpc-1', associationSet: [{ main: true }] },
            routeSet: [{ destinationCidrBlock: '0.0.0.0/0', gatewayId: 'igw-1', state: 'active' }],
          },
        ],
      },
      'iam:GetPolicy': new Refusal('AccessDenied', 403),
    },
    deployment: {
      node: { cpu: 400, securityGroups: [] },
      cluster: { functionSubnets: undefined, functionSecurityGroups: undefined },
    },
  });
  return out;
}

async function print({ argv }: DocExample): Promise<string> {
  const printed = argv[0] === 'doctor' ? await examine() : (await cli(argv)).out;
  return withoutChance(printed);
}

/** The beginning of it, where it is long. */
function shorten(printed: string): string {
  const lines = printed.split('\n');
  return lines.length > 3 * SHOWN_LINES ? [...lines.slice(0, SHOWN_LINES), '...'].join('\n') : printed;
}

describe('docs/cli.md', () => {
  it.each(EXAMPLES)('shows what $argv prints', async (example) => {
    const printed = shorten(await print(example));
    if (isUpdate) writeExample(example, printed);
    else
      expect(
        withoutChance(example.shown),
        'UPDATE_GOLDEN=1 vitest run test/cli/document.test.ts writes it anew',
      ).toBe(printed);
  });

  it('has an example of every command', () => {
    const shown = new Set(readExamples().map(({ argv }) => argv[0]));
    expect([...COMMANDS.keys(), 'help'].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('says of every check which rights it needs', () => {
    const rows = [...readFileSync(FILE, 'utf8').matchAll(/^\| ([a-z][a-z-]+) \| [^|]+ \| ([^|]*)\|$/gm)];
    const told = Object.fromEntries(
      rows.map(([, name = '', rights = '']) => [name, rights.match(/[a-z0-9]+:[A-Za-z]+/g) ?? []]),
    );
    const checks = Object.entries(CHECKS).map(([name, { rights }]) => [name, [...rights]]);
    const { check: _header, ...ofChecks } = told;
    expect(ofChecks).toEqual(Object.fromEntries(checks));
  });
});
