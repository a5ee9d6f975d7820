import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MinHeap } from '../../lib/loop/min-heap.ts';

/** A heap with these numbers, each item named after its turn. */
function heapOf(...orders: readonly number[]): MinHeap<string> {
  const heap = new MinHeap<string>();
  for (const [turn, order] of orders.entries()) heap.push(order, `${order}#${turn}`);
  return heap;
}

const drained = <T>(heap: MinHeap<T>): T[] => {
  const items: T[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) items.push(item);
  return items;
};

describe('a heap', () => {
  it('gives the least first', () => {
    expect(drained(heapOf(3, 1, 2, -1, 0.5))).toEqual(['-1#3', '0.5#4', '1#1', '2#2', '3#0']);
  });

  it('gives equal ones in the order in which they came', () => {
    expect(drained(heapOf(1, 0, 1, 0, 1, 1, 0))).toEqual([
      ...['0#1', '0#3', '0#6'],
      ...['1#0', '1#2', '1#4', '1#5'],
    ]);
  });

  it('shows its first without taking it', () => {
    const heap = heapOf(2, 1);
    expect(heap.peek()).toMatchObject({ order: 1, item: '1#1' });
    expect(heap.size).toBe(2);
  });

  it('that is empty has nothing to give or to show', () => {
    const heap = heapOf(1);
    heap.pop();
    expect([heap.pop(), heap.peek(), heap.size]).toEqual([undefined, undefined, 0]);
  });

  it('takes an item that never comes up before anything that does', () => {
    expect(drained(heapOf(Infinity, 5, Infinity, 4))).toEqual(['4#3', '5#1', 'Infinity#0', 'Infinity#2']);
  });

  it('does with any mixture of pushes and pops what a sorted list does', () => {
    const step = fc.oneof(fc.constant('pop' as const), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new MinHeap<number>();
        let model: { readonly order: number; readonly turn: number }[] = [];
        for (const [turn, order] of steps.entries()) {
          if (order === 'pop') {
            expect(heap.pop()).toBe(model[0]?.turn);
            model = model.slice(1);
          } else {
            heap.push(order, turn);
            model = [...model, { order, turn }].sort(
              (one, other) => one.order - other.order || one.turn - other.turn,
            );
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()?.item).toBe(model[0]?.turn);
        }
      }),
    );
  });
});
