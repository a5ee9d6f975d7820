import { describe, expect, it } from 'vitest';
import {
  expandReferences,
  moreCareful,
  type Known,
} from '../../lib/providers/ecs-fargate/plan/expand-references.ts';
import type { Carrier } from '../../lib/providers/ecs-fargate/plan/plan-types.ts';

const known = (text: string, carrier: Carrier, certain = true): Known => ({
  carrier,
  certain,
  value: {
    text,
    carrier,
    ...(carrier === 'secret' ? { secretKey: { secret: 's', key: 'k' } } : {}),
  },
});
const KNOWN = new Map<string, Known>([
  ['A', known('one', 'shared')],
  ['B', known('$(A)', 'perPod')],
  ['C', known('file', 'config')],
  ['S', known('hush', 'secret')],
  ['T', known('hush', 'secret', false)],
  ['HOLLOW', { carrier: 'config', value: undefined, certain: true }],
]);
const expand = (text: string) => expandReferences(text, (name) => KNOWN.get(name));

describe('expanding references as the kubelet does', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['$(A)', 'one'],
    ['$(A)$(A)', 'oneone'],
    ['$(A)-$(B)', 'one-$(A)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$$$$(A)', '$$(A)'],
    ['$$', '$'],
    ['$', '$'],
    ['$A $', '$A $'],
    ['$(MISSING)', '$(MISSING)'],
    ['$(A', '$(A'],
    ['$(A$$', '$(A$'],
    ['$($(A))', '$($(A))'],
    ['$()', '$()'],
    ['${A}', '${A}'],
    ['$(HOLLOW)', '$(HOLLOW)'],
  ])('makes %j of it: %j', (given, expected) => {
    expect(expand(given).text).toBe(expected);
  });
});

describe('the carrier of a text', () => {
  it.each([
    ['plain $(MISSING)', 'shared'],
    ['$(A) $(B)', 'perPod'],
    ['$(C) $(B)', 'config'],
    ['$(HOLLOW)', 'config'],
    ['$(B) $(S) $(A)', 'secret'],
    ['$$(S)', 'shared'],
  ])('of %j is that of its most careful part: %s', (given, carrier) => {
    expect(expand(given).carrier).toBe(carrier);
  });

  it('is the more careful of two, whichever comes first', () => {
    expect(moreCareful('perPod', 'config')).toBe('config');
    expect(moreCareful('secret', 'shared')).toBe('secret');
  });

  it('is certain when one of the parts that decide it is', () => {
    expect(expand('$(S)').certain).toBe(true);
    expect(expand('$(T) $(A)').certain).toBe(false);
    expect(expand('$(T) $(S)').certain).toBe(true);
    expect(expand('$(S) $(T)').certain).toBe(true);
  });
});

describe('the key of a Secret', () => {
  it('stays with a text that is one reference to it and nothing else', () => {
    expect(expand('$(S)').secretKey).toEqual({ secret: 's', key: 'k' });
    expect(expand('x$(S)').secretKey).toBeUndefined();
    expect(expand('$(A)').secretKey).toBeUndefined();
  });
});
