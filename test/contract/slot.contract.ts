import { describe, expect, it } from 'vitest';
import type { Slot, SlotItem } from '../../lib/ports/slot.ts';

const T0 = Date.parse('2026-03-01T12:00:00Z');

/** The slot as `holder` takes it. */
export function heldBy(holder: string, more: Partial<SlotItem> = {}): SlotItem {
  return { holder, deployId: 'd1', startedAt: T0, until: T0 + 840_000, renewedAt: T0, ...more };
}

/** What every implementation of {@link Slot} must do; `make` gives the slot of a new cluster. */
export function slotContract(name: string, make: () => Promise<Slot>): void {
  describe(`slot on ${name}`, () => {
    it('is absent until someone takes it, then as it was taken', async () => {
      const slot = await make();
      expect(await slot.read()).toBeUndefined();
      expect(await slot.take(heldBy('a'), undefined)).toBe(true);
      expect(await slot.read()).toEqual(heldBy('a'));
    });

    it('goes to exactly one of 20 who saw the same state', async () => {
      const slot = await make();
      const takers = (renewedAt: number) =>
        Array.from({ length: 20 }, (_, index) => heldBy(`taker-${renewedAt}-${index}`, { renewedAt }));
      const first = await Promise.all(takers(T0).map((item) => slot.take(item, undefined)));
      expect(first.filter(Boolean)).toHaveLength(1);
      const seen = await slot.read();
      const second = await Promise.all(takers(T0 + 1).map((item) => slot.take(item, seen)));
      expect(second.filter(Boolean)).toHaveLength(1);
    });

    it('is not taken from a holder who renewed after the look', async () => {
      const slot = await make();
      await slot.take(heldBy('a'), undefined);
      const seen = await slot.read();
      expect(await slot.renew('a', { renewedAt: T0 + 10_000 })).toBe(true);
      expect(await slot.take(heldBy('b'), seen)).toBe(false);
      expect(await slot.read()).toEqual(heldBy('a', { renewedAt: T0 + 10_000 }));
    });

    it('is not taken as absent when it is there, nor as held when it is absent', async () => {
      const slot = await make();
      expect(await slot.take(heldBy('a'), heldBy('x'))).toBe(false);
      await slot.take(heldBy('a'), undefined);
      expect(await slot.take(heldBy('b'), undefined)).toBe(false);
    });

    it('tells the former holder that it was taken', async () => {
      const slot = await make();
      await slot.take(heldBy('a'), undefined);
      await slot.take(heldBy('b', { renewedAt: T0 + 31_000 }), heldBy('a'));
      expect(await slot.renew('a', { renewedAt: T0 + 32_000 })).toBe(false);
      await slot.clear('a');
      expect(await slot.read()).toEqual(heldBy('b', { renewedAt: T0 + 31_000 }));
    });

    it('keeps the times of the last pass and sweep through renewal, clearing and the next holder', async () => {
      const slot = await make();
      await slot.take(heldBy('a'), undefined);
      await slot.renew('a', { renewedAt: T0 + 1, lastPassAt: T0 + 1, lastSweepAt: T0 + 1 });
      await slot.renew('a', { renewedAt: T0 + 2, lastPassAt: T0 + 2 });
      await slot.clear('a');
      const free = await slot.read();
      expect(free).toMatchObject({ holder: '', renewedAt: 0, lastPassAt: T0 + 2, lastSweepAt: T0 + 1 });
      expect(await slot.take(heldBy('b', { renewedAt: T0 + 3 }), free)).toBe(true);
      expect(await slot.read()).toMatchObject({
        holder: 'b',
        lastPassAt: T0 + 2,
        lastSweepAt: T0 + 1,
      });
    });

    it('is not renewed or brought to life by clearing when nobody holds it', async () => {
      const slot = await make();
      expect(await slot.renew('a', { renewedAt: T0 })).toBe(false);
      await slot.clear('a');
      expect(await slot.read()).toBeUndefined();
    });
  });
}
