import { describe, expect, it } from 'vitest';
import type { Marks } from '../../lib/ports/slot.ts';

/** What every implementation of {@link Marks} must do; `make` gives the marks of a new cluster. */
export function marksContract(name: string, make: () => Promise<Marks>): void {
  describe(`marks on ${name}`, () => {
    it('are not rebuilt in a new table, and are from the moment it is said', async () => {
      const marks = await make();
      expect(await marks.rebuilt()).toBe(false);
      await marks.setRebuilt(1_772_366_400_000);
      expect(await marks.rebuilt()).toBe(true);
    });

    it('keep the first identity', async () => {
      const marks = await make();
      expect(await marks.identity()).toBeUndefined();
      expect(await marks.keepIdentity('uid:one', false)).toBe('uid:one');
      expect(await marks.keepIdentity('uid:two', false)).toBe('uid:one');
      expect(await marks.identity()).toBe('uid:one');
    });

    it('agree on one identity when several come first', async () => {
      const marks = await make();
      const told = await Promise.all(
        Array.from({ length: 20 }, (_, index) => marks.keepIdentity(`uid:${index}`, false)),
      );
      expect(new Set(told).size).toBe(1);
      expect(await marks.identity()).toBe(told[0]);
    });

    it('replace the identity when the change is accepted', async () => {
      const marks = await make();
      await marks.keepIdentity('uid:one', false);
      expect(await marks.keepIdentity('uid:two', true)).toBe('uid:two');
      expect(await marks.keepIdentity('uid:one', false)).toBe('uid:two');
    });

    it('close one node and open it again', async () => {
      const marks = await make();
      expect(await marks.closing('a')).toBe(false);
      await marks.setClosing('a', true);
      expect(await marks.closing('a')).toBe(true);
      expect(await marks.closing('b')).toBe(false);
      await marks.setClosing('a', false);
      expect(await marks.closing('a')).toBe(false);
    });
  });
}
