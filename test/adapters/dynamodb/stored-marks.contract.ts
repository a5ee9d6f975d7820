import { describe, expect, it } from 'vitest';
import { heldBy } from '../../contract/slot.contract.ts';
import { openBench } from './dynamo-bench.ts';

const NODE_ITEM = { pk: 'NODE#main/fargate', sk: 'NODE' };
const BREAKER = { since: 1_772_366_400_000, why: '30 of 40 pods are absent', absent: 30 };

/** What the adapter promises about the items of slot and marks; runs on any DynamoDB. */
export function storedMarksContract(name: string, endpointOf: () => string): void {
  const open = () => openBench(endpointOf());

  describe(`stored marks on ${name}`, () => {
    it('are one item a node, whose attributes are named one by one', async () => {
      const { marks, plant, raw } = await open();
      await plant({ mood: 'calm' }, NODE_ITEM);
      await marks.setBreaker('fargate', BREAKER);
      await marks.setClosing('fargate', true);
      const kept = { ...NODE_ITEM, closing: true, mood: 'calm' };
      expect(await raw(NODE_ITEM)).toEqual({ ...kept, breaker: BREAKER });
      await marks.setBreaker('fargate', undefined);
      expect(await raw(NODE_ITEM)).toEqual(kept);
    });

    it.each([
      ['with more in it', { ...BREAKER, by: 'a person' }, BREAKER],
      ['of other types', { since: 'noon', why: 7, agreedSince: 'one' }, { since: 0, why: '', absent: 0 }],
      ['that is a text', 'on', { since: 0, why: '', absent: 0 }],
      ['that is nothing', null, { since: 0, why: '', absent: 0 }],
    ])('hold a breaker %s', async (_, breaker, read) => {
      const { marks, plant } = await open();
      await plant({ closing: 'perhaps', breaker }, NODE_ITEM);
      expect(await marks.node('fargate')).toEqual({ closing: false, breaker: read });
    });

    it.each([
      ['a text', 'much', undefined],
      ['half of it', { share: { limit: 6 } }, undefined],
      [
        'more in it',
        { share: { limit: 6, available: 2, memory: 7 }, by: 'a newer version' },
        { share: { limit: 6, available: 2 } },
      ],
    ])(
      'take a quota that is %s for what of it can be understood: what is not known bounds nothing',
      async (_, quota, read) => {
        const { marks, plant } = await open();
        await plant({ quota }, NODE_ITEM);
        expect((await marks.node('fargate')).quota).toEqual(read);
      },
    );

    it.each([
      ['a text', 'many', undefined],
      ['without their times', { told: {} }, undefined],
      [
        'of a kind that only a newer version knows',
        { writtenAt: 1, told: { moon: { since: 1 } } },
        { writtenAt: 1, told: {} },
      ],
    ])('take obstacles that are %s for what of them can be understood', async (_, obstacles, read) => {
      const { marks, plant } = await open();
      await plant({ obstacles }, NODE_ITEM);
      expect((await marks.node('fargate')).obstacles).toEqual(read);
    });

    it('take a rebuild of another form for one of long ago', async () => {
      const { marks, plant } = await open();
      await plant({ at: 'noon' }, { pk: 'CLUSTER#main', sk: 'REBUILT' });
      expect(await marks.rebuiltAt()).toBe(0);
    });

    it('take an identity of another form for one that equals nothing', async () => {
      const { marks, plant } = await open();
      await plant({ identity: { uid: 'one' } }, { pk: 'CLUSTER#main', sk: 'IDENTITY' });
      expect(await marks.keepIdentity('uid:one', false)).toBe('');
    });
  });

  describe(`stored slot on ${name}`, () => {
    it('keeps going when its item cannot be understood', async () => {
      const { slot, plant } = await open();
      await plant({ holder: 7, renewedAt: 'now' }, { pk: 'CLUSTER#main', sk: 'SLOT' });
      const seen = await slot.read();
      expect(seen).toMatchObject({ holder: '', renewedAt: 0 });
      expect(await slot.take(heldBy('me'), seen)).toBe(true);
      expect(await slot.take(heldBy('late'), seen)).toBe(false);
    });
  });
}
