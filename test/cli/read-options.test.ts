import { describe, expect, it } from 'vitest';
import type { OptionTable } from '../../lib/cli/option-table.ts';
import { readOptions } from '../../lib/cli/read-options.ts';
import { UsageError } from '../../lib/cli/usage-error.ts';

const TABLE = {
  file: { type: 'string', short: 'f', multiple: true, value: 'FILE', about: 'a file' },
  pace: { type: 'string', value: 'PACE', oneOf: ['fast', 'real'], about: 'how fast' },
  name: {
    type: 'string',
    short: 'n',
    value: 'NAME',
    like: { pattern: /^[a-z]+$/, allowed: 'small letters' },
    about: 'a name',
  },
  verbose: { type: 'boolean', short: 'v', about: 'more' },
} as const satisfies OptionTable;

const given = (...argv: string[]) => readOptions(TABLE, argv, true).given;

function faultsOf(argv: readonly string[], takesOperands = false): string {
  try {
    readOptions(TABLE, argv, takesOperands);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return '';
}

describe('the options of a command', () => {
  it('are all absent when none is given', () => {
    expect(given()).toEqual({ file: [], pace: undefined, name: undefined, verbose: false });
  });

  it.each([
    [['--file', 'a', '--file=b', '-f', 'c', '-fd'], { file: ['a', 'b', 'c', 'd'] }],
    [['-vn', 'x'], { verbose: true, name: 'x' }],
    [['--pace=real'], { pace: 'real' }],
    [['-f', '-'], { file: ['-'] }],
    [['--file=-x'], { file: ['-x'] }],
  ])('are read from %j', (argv, expected) => {
    expect(given(...argv)).toMatchObject(expected);
  });

  it('leave operands in their order, also those after two dashes', () => {
    expect(readOptions(TABLE, ['one', '-v', 'two', '--', '--three'], true).operands).toEqual([
      'one',
      'two',
      '--three',
    ]);
  });

  it.each([
    [['--fiel', 'a'], 'unknown option --fiel: did you mean --file?'],
    [['--zebra'], 'unknown option --zebra: known are --file, --pace, --name, --verbose'],
    [['-x'], 'unknown option -x: known are --file, --pace, --name, --verbose'],
    [['--constructor'], 'unknown option --constructor: known are --file, --pace, --name, --verbose'],
    [['--pace', 'slow'], '--pace is "slow": allowed is fast or real'],
    [['--name', 'X1'], '--name is "X1": allowed is small letters'],
    [['--file='], '--file is empty: give it a value, or leave it out'],
    [['--name'], '--name has no value: give --name NAME'],
    [['-n', '-v'], '-n is followed by -v, not by a value: give -n NAME, or -n=-v'],
    [['--verbose=yes'], '--verbose has the value "yes": it takes none'],
    [['--name', 'a', '--name', 'b'], '--name is given 2 times: allowed is once'],
    [['now'], 'unexpected "now": only options are allowed'],
  ])('refuse %j', (argv, message) => {
    expect(faultsOf(argv)).toBe(message);
  });

  it('are told all their faults at once', () => {
    expect(faultsOf(['--pace', 'slow', '--nmae', 'x', '--file=']).split('\n')).toEqual([
      '--pace is "slow": allowed is fast or real',
      'unknown option --nmae: did you mean --name?',
      '--file is empty: give it a value, or leave it out',
    ]);
  });
});
