import { describe, expect, it } from 'vitest';
import { formatTable } from '../../lib/local/demo/format-table.ts';

const TABLE = {
  columnDefinitions: [
    { name: 'Name', priority: 0 },
    { name: 'Ready', priority: 0 },
    { name: 'Restarts', priority: 0 },
    { name: 'Node', priority: 1 },
  ],
  rows: [{ cells: ['web', '1/1', 0, 'lambdalet'] }, { cells: ['a-longer-name', '0/1', 12, null] }],
};

describe('a table', () => {
  it('looks as kubectl prints it', () => {
    expect(formatTable(TABLE)).toEqual([
      'NAME            READY   RESTARTS',
      'web             1/1     0',
      'a-longer-name   0/1     12',
    ]);
  });

  it('has more columns when it is wide', () => {
    expect(formatTable(TABLE, { wide: true })[1]).toBe('web             1/1     0          lambdalet');
  });

  it('shows chosen columns in the chosen order', () => {
    expect(formatTable(TABLE, { columns: ['Node', 'Name'] })).toEqual([
      'NODE        NAME',
      'lambdalet   web',
      '            a-longer-name',
    ]);
  });
});
