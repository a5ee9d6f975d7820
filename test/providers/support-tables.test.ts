import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { judgePod } from '../../lib/providers/ecs-fargate/support/field-support.ts';
import { ROW_NAMES, SUPPORT_TABLES } from '../../lib/providers/ecs-fargate/support/support-tables.ts';
import { aPodWith, ON_DEMAND } from './fixtures.ts';

const WAY_OUT = /\b(take|use|run|write|put|leave|do|let)\b/;

describe('the support tables', () => {
  it('have a row of its own for every field of every type', () => {
    const rows = Object.values(SUPPORT_TABLES).reduce((sum, table) => sum + Object.keys(table).length, 0);
    expect(ROW_NAMES.size, 'a row object stands in two tables: make one for each').toBe(rows);
  });

  it('say what to do instead of what is rejected', () => {
    const silent = [...ROW_NAMES].filter(([{ level, note }]) => level === 'rejected' && !WAY_OUT.test(note));
    expect(silent.map(([{ note }, name]) => `${name}: ${note}`)).toEqual([]);
  });

  it('say it in sentences that fit into a table', () => {
    const odd = [...ROW_NAMES].filter(([{ note }]) => !note.endsWith('.') || note.length > 450);
    expect(odd.map(([{ note }, name]) => `${name}: ${note}`)).toEqual([]);
  });

  it('name the row of every field that a pod sets', () => {
    const seen: (string | undefined)[] = [];
    const pod: Pod = aPodWith({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] });
    judgePod(pod, { node: ON_DEMAND, settings: {} }, (_, row) => seen.push(ROW_NAMES.get(row)));
    expect(seen).toContain('SecretKeySelector.key');
    expect(seen).toContain('Container.image');
    expect(seen).not.toContain(undefined);
  });
});
