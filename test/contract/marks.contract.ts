import { describe, expect, it } from 'vitest';
import type { Breaker } from '../../lib/core/breaker.ts';
import type { NodeObstacles } from '../../lib/core/node-obstacles.ts';
import type { NodeQuota } from '../../lib/core/node-quota.ts';
import type { Marks } from '../../lib/ports/slot.ts';

const T0 = Date.parse('2026-03-01T12:00:00Z');
const QUOTA: NodeQuota = {
  share: { limit: 6, available: 2.25 },
  unread: { since: T0, why: 'servicequotas:GetServiceQuota: no route' },
};
const OBSTACLES: NodeObstacles = {
  writtenAt: T0,
  told: { quota: { since: T0, at: T0 + 1, until: T0 + 2, message: 'the limit is reached' } },
};
const BREAKER: Breaker = { since: T0, why: '120 of 200 tasks are absent', absent: 120 };

/** What every implementation of {@link Marks} must do; `make` gives the marks of a new cluster. */
export function marksContract(name: string, make: () => Promise<Marks>): void {
  describe(`marks of a cluster on ${name}`, () => {
    it('are not rebuilt in a new table, and since when it was said afterwards', async () => {
      const marks = await make();
      expect(await marks.rebuiltAt()).toBeUndefined();
      await marks.setRebuilt(T0);
      expect(await marks.rebuiltAt()).toBe(T0);
      await marks.setRebuilt(T0 + 60_000);
      expect(await marks.rebuiltAt()).toBe(T0 + 60_000);
    });

    it('keep the first identity', async () => {
      const marks = await make();
      expect(await marks.keepIdentity('uid:one', false)).toBe('uid:one');
      expect(await marks.keepIdentity('uid:two', false)).toBe('uid:one');
      expect(await marks.keepIdentity('uid:one', false)).toBe('uid:one');
    });

    it('agree on one identity when several come first', async () => {
      const marks = await make();
      const told = await Promise.all(
        Array.from({ length: 20 }, (_, index) => marks.keepIdentity(`uid:${index}`, false)),
      );
      expect(new Set(told).size).toBe(1);
      expect(await marks.keepIdentity('uid:late', false)).toBe(told[0]);
    });

    it('replace the identity when the change is accepted', async () => {
      const marks = await make();
      await marks.keepIdentity('uid:one', false);
      expect(await marks.keepIdentity('uid:two', true)).toBe('uid:two');
      expect(await marks.keepIdentity('uid:one', false)).toBe('uid:two');
    });
  });

  describe(`marks of a node on ${name}`, () => {
    it('say nothing of a node that was never heard of', async () => {
      expect(await (await make()).node('a')).toEqual({ closing: false });
    });

    it('close one node and open it again', async () => {
      const marks = await make();
      await marks.setClosing('a', true);
      expect(await marks.node('a')).toEqual({ closing: true });
      expect(await marks.node('b')).toEqual({ closing: false });
      await marks.setClosing('a', false);
      expect(await marks.node('a')).toEqual({ closing: false });
    });

    it('keep the breaker of one node, replace it whole, and clear it', async () => {
      const marks = await make();
      await marks.setBreaker('a', { ...BREAKER, agreedSince: T0 + 60_000 });
      expect(await marks.node('a')).toEqual({
        closing: false,
        breaker: { ...BREAKER, agreedSince: T0 + 60_000 },
      });
      expect(await marks.node('b')).toEqual({ closing: false });
      await marks.setBreaker('a', BREAKER);
      expect(await marks.node('a')).toEqual({ closing: false, breaker: BREAKER });
      await marks.setBreaker('a', undefined);
      expect(await marks.node('a')).toEqual({ closing: false });
    });

    it('have a breaker that is cleared before it was set', async () => {
      const marks = await make();
      await marks.setBreaker('a', undefined);
      expect(await marks.node('a')).toEqual({ closing: false });
    });

    it('leave the breaker alone when the node is closed or opened, and the other way round', async () => {
      const marks = await make();
      await marks.setBreaker('a', BREAKER);
      await marks.setClosing('a', true);
      expect(await marks.node('a')).toEqual({ closing: true, breaker: BREAKER });
      await marks.setBreaker('a', undefined);
      expect(await marks.node('a')).toEqual({ closing: true });
      await marks.setBreaker('a', BREAKER);
      await marks.setClosing('a', false);
      expect(await marks.node('a')).toEqual({ closing: false, breaker: BREAKER });
    });

    it('keep what the quotas leave to one node, and replace it whole', async () => {
      const marks = await make();
      await marks.setQuota('a', QUOTA);
      expect(await marks.node('a')).toEqual({ closing: false, quota: QUOTA });
      expect(await marks.node('b')).toEqual({ closing: false });
      const read: NodeQuota = { share: { limit: 12, available: 0 } };
      await marks.setQuota('a', read);
      expect(await marks.node('a')).toEqual({ closing: false, quota: read });
      const never: NodeQuota = { unread: { since: T0, why: 'denied' } };
      await marks.setQuota('a', never);
      expect(await marks.node('a')).toEqual({ closing: false, quota: never });
    });

    it('keep the obstacles of one node, and replace them whole', async () => {
      const marks = await make();
      await marks.setObstacles('a', OBSTACLES);
      expect(await marks.node('a')).toEqual({ closing: false, obstacles: OBSTACLES });
      expect(await marks.node('b')).toEqual({ closing: false });
      const none: NodeObstacles = { writtenAt: T0 + 60_000, told: {} };
      await marks.setObstacles('a', none);
      expect(await marks.node('a')).toEqual({ closing: false, obstacles: none });
    });

    it('leave each other alone', async () => {
      const marks = await make();
      await marks.setQuota('a', QUOTA);
      await marks.setObstacles('a', OBSTACLES);
      await marks.setBreaker('a', BREAKER);
      await marks.setClosing('a', true);
      const all = { closing: true, breaker: BREAKER, quota: QUOTA, obstacles: OBSTACLES };
      expect(await marks.node('a')).toEqual(all);
      await marks.setBreaker('a', undefined);
      const { breaker: _, ...others } = all;
      expect(await marks.node('a')).toEqual(others);
    });

    it('lose nothing when closing and breaker are set at once', async () => {
      const marks = await make();
      const nodes = Array.from({ length: 10 }, (_, index) => `node-${index}`);
      await Promise.all(
        nodes.flatMap((node) => [marks.setClosing(node, true), marks.setBreaker(node, BREAKER)]),
      );
      for (const node of nodes)
        expect(await marks.node(node), node).toEqual({ closing: true, breaker: BREAKER });
    });
  });
}
