import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromTime,
  isDeleting,
  isTerminal,
  keyOfPod,
  toMicroTime,
  toTime,
} from '../../lib/core/kubernetes.ts';
import { TROUBLE_KINDS, troubleIn } from '../../lib/core/metrics.ts';
import { launchToken } from '../../lib/core/record.ts';
import { sameJson } from '../../lib/core/same-json.ts';
import { mayTakeSlot, SLOT, type SlotItem } from '../../lib/core/slot-rules.ts';
import { cutText } from '../../lib/core/text.ts';
import { withoutUndefined } from '../../lib/core/without-undefined.ts';
import { aPod, deleted, KEY, NOW, SECOND, UID } from '../support/vocabulary.ts';

describe('the slot may be taken', () => {
  const held: SlotItem = {
    holder: 'other',
    deployId: 'd1',
    startedAt: NOW - 60 * SECOND,
    until: NOW + 600 * SECOND,
    renewedAt: NOW - SECOND,
  };
  const me = { deployId: 'd1', startedAt: NOW };
  it.each([
    { when: 'a live holder of the same deployment: no', seen: held, may: false },
    { when: 'nobody ever held it', seen: undefined, may: true },
    { when: 'it was given back', seen: { ...held, holder: '' }, may: true },
    { when: 'renewed 29.999 s ago: no', seen: { ...held, renewedAt: NOW - SLOT.deadMs + 1 }, may: false },
    { when: 'renewed 30 s ago: dead', seen: { ...held, renewedAt: NOW - SLOT.deadMs }, may: true },
    { when: 'ends in 30.001 s: no', seen: { ...held, until: NOW + SLOT.handOverMs + 1 }, may: false },
    { when: 'ends in 30 s: handed over', seen: { ...held, until: NOW + SLOT.handOverMs }, may: true },
    { when: 'held by another deployment that started earlier', seen: { ...held, deployId: 'd0' }, may: true },
    {
      when: 'held by another deployment that started later: no',
      seen: { ...held, deployId: 'd2', startedAt: NOW + 1 },
      may: false,
    },
    {
      when: 'held by another deployment that started now: no',
      seen: { ...held, deployId: 'd2', startedAt: NOW },
      may: false,
    },
  ])('$when', ({ seen, may }) => {
    expect(mayTakeSlot(seen, me, NOW)).toBe(may);
  });

  it('once a rollback started, whose deployment is older but whose invocation is not', () => {
    expect(mayTakeSlot({ ...held, deployId: 'd2' }, me, NOW)).toBe(true);
  });
});

describe('the same JSON', () => {
  it.each([
    [1, 1, true],
    [1, '1', false],
    [undefined, null, true],
    [{ a: undefined, b: null }, {}, true],
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{}, [], false],
    [{ a: {} }, { a: 1 }, false],
    [1, {}, false],
    [{}, null, false],
  ])('%j and %j: %j', (left, right, same) => {
    expect(sameJson(left, right)).toBe(same);
    expect(sameJson(right, left)).toBe(same);
  });

  it('is so for any value and its copy, and for no value and a changed one', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(sameJson(value, JSON.parse(JSON.stringify(value)))).toBe(true);
        expect(sameJson([value], [value, 1])).toBe(false);
      }),
    );
  });
});

describe('text that is cut', () => {
  it('is left alone up to 256 bytes', () => {
    expect(cutText('a'.repeat(256))).toBe('a'.repeat(256));
    expect(cutText('é'.repeat(128))).toBe('é'.repeat(128));
  });

  it('ends with an ellipsis, never inside a code point', () => {
    expect(cutText('a'.repeat(257))).toBe(`${'a'.repeat(253)}…`);
    expect(cutText('𝄞'.repeat(65))).toBe(`${'𝄞'.repeat(63)}…`);
    expect(cutText('語'.repeat(86))).toBe(`${'語'.repeat(84)}…`);
  });

  it.each([
    { size: 'one byte up to U+007F', character: '\u007f', fits: 256 },
    { size: 'two bytes from U+0080', character: '\u0080', fits: 128 },
    { size: 'two bytes up to U+07FF', character: '\u07ff', fits: 128 },
    { size: 'three bytes from U+0800', character: '\u0800', fits: 85 },
    { size: 'three bytes up to U+D7FF', character: '\ud7ff', fits: 85 },
    { size: 'four bytes from U+10000', character: '\u{10000}', fits: 64 },
    { size: 'four bytes up to U+10FFFF', character: '\u{10ffff}', fits: 64 },
    { size: 'three bytes from U+E000', character: '\ue000', fits: 85 },
    { size: 'three bytes up to U+FFFF', character: '\uffff', fits: 85 },
  ])('counts $size', ({ character, fits }) => {
    expect(cutText(character.repeat(fits))).toBe(character.repeat(fits));
    expect(cutText(character.repeat(fits + 1))).toMatch(/…$/);
  });

  it('is at most 256 bytes of UTF-8 and begins as it began', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const cut = cutText(text);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(256);
        if (cut !== text) expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });
});

describe('objects, times and names', () => {
  it('drop what is undefined and keep every other value', () => {
    expect(withoutUndefined({ a: undefined, b: null, c: 0, d: '' })).toStrictEqual({ b: null, c: 0, d: '' });
  });

  it('write times as Kubernetes does', () => {
    expect(toTime(NOW + 999)).toBe('2026-01-01T12:00:00Z');
    expect(toMicroTime(NOW + 7)).toBe('2026-01-01T12:00:00.007000Z');
  });

  it('read times, or say that there is none', () => {
    expect(fromTime('2026-01-01T12:00:00.007000Z')).toBe(NOW + 7);
    expect(fromTime(undefined)).toBeUndefined();
    expect(fromTime('soon')).toBeUndefined();
  });

  it('tell a pod by its key, its end and its deletion', () => {
    expect(keyOfPod(aPod())).toEqual(KEY);
    expect(
      ['Pending', 'Running', 'Succeeded', 'Failed'].map((phase) => isTerminal(aPod({ status: { phase } }))),
    ).toEqual([false, false, true, true]);
    expect([aPod(), deleted(aPod())].map(isDeleting)).toEqual([false, true]);
  });

  it('make one token a try, short enough for RunTask', () => {
    expect(launchToken({ uid: UID, attempt: 1, try: 0 })).toBe(`${UID}.1`);
    expect(launchToken({ uid: UID, attempt: 12, try: 3 })).toBe(`${UID}.12.3`);
    expect(launchToken({ uid: UID, attempt: 99_999_999, try: 9_999_999 }).length).toBeLessThanOrEqual(64);
  });

  it('find trouble in a line by its failure alone', () => {
    expect(troubleIn({ failure: { kind: 'auth', message: 'no' } })).toBe('auth');
    expect(troubleIn({ failure: { kind: 'transient', message: 'later' } })).toBeUndefined();
    expect(troubleIn({})).toBeUndefined();
    expect(TROUBLE_KINDS).toContain('auth');
  });
});
