// Who may launch: the order of those who wait, and what is believed of views that are read at different moments.
import { describe, expect, it } from 'vitest';
import type { NamespaceCeilings } from '../../lib/core/ceiling.ts';
import { toTime } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { View } from '../../lib/core/view.ts';
import { LaunchRoom } from '../../lib/loop/launch-room.ts';
import { useSimply } from '../memory/memory-tasks.ts';
import { ofSize } from '../support/vocabulary-ceiling.ts';
import {
  aClaim,
  aLaunch,
  aPod,
  aStoppedTask,
  aTask,
  aView,
  MINUTE,
  NOW,
  SECOND,
} from '../support/vocabulary.ts';

const claim = { kind: 'claim', attempt: 1, specHash: '1:a' } as const;

/** What a view of these tests may differ in. */
interface Words {
  readonly vcpu?: number;
  /** When the pod was bound. */
  readonly since?: number;
  readonly node?: string;
  readonly namespace?: string;
  readonly record?: Partial<PodRecord>;
}

/** A new pod of that name (or what its record makes of it). */
function view(name: string, words: Words = {}): View {
  const { vcpu = 1, since = NOW, node = 'node-1', namespace = 'default', record } = words;
  const key = { uid: name, name, namespace };
  const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: toTime(since) }];
  const pod = aPod({ metadata: key, spec: ofSize(name, vcpu).spec ?? {}, status: { conditions } });
  const use = { vcpu, usdPerHour: vcpu * 0.04, capacityType: 'on-demand' } as const;
  const stored = record && { ...aClaim(), ...key, node, use, ...record };
  return { ...aView({ pod, record: stored }), key, node };
}
const running = (name: string, words: Words = {}): View =>
  view(name, { ...words, record: { ...aLaunch(aTask()), ...words.record } });
const stopped = (name: string, words: Words = {}): View =>
  view(name, { ...words, record: { ...aLaunch(aStoppedTask(0)), ...words.record } });

/** A room, whose nodes were all looked at unless said, and whom it has told of news. */
function room(
  nodes: readonly Pick<NodeSettings, 'name' | 'ceiling'>[],
  { namespaceCeilings = {}, known = true }: { namespaceCeilings?: NamespaceCeilings; known?: boolean } = {},
) {
  const clock = { now: NOW };
  const told: string[] = [];
  const launches = new LaunchRoom({ nodes, namespaceCeilings, useOf: useSimply, now: () => clock.now });
  for (const { name } of nodes) {
    launches.onNews(name, ({ uid }) => told.push(uid));
    if (known) look(launches, name, []);
  }
  const ask = (one: View): string => {
    const answer = launches.ask(one, claim, launches.moment());
    return answer === undefined ? 'room' : answer.kind === 'unknown' ? 'unknown' : answer.lack.owner.name;
  };
  return { room: launches, told, clock, ask };
}
/** A look at a node that finds exactly these. */
function look(launches: LaunchRoom, node: string, views: readonly View[]): void {
  launches.beginLook(node);
  const readAt = launches.moment();
  for (const one of views) {
    launches.note(one, readAt);
    if (one.record === undefined) launches.expect(one, claim);
  }
  launches.endLook(node);
}
const one = (vcpu: number) => [{ name: 'node-1', ceiling: { vcpu } }];

describe('the room of a deployment', () => {
  it('without ceilings is endless, and still tells what is in use', () => {
    const { room: launches, ask } = room([{ name: 'node-1' }]);
    expect(ask(view('a', { vcpu: 999 }))).toBe('room');
    launches.note(running('b', { vcpu: 2 }), launches.moment());
    expect(launches.inUse('node-1')).toEqual({ vcpu: 2, usdPerHour: 0.08 });
  });

  it('is promised to who asks, until his work has ended otherwise', () => {
    const { room: launches, ask } = room(one(1));
    expect([ask(view('a')), ask(view('a')), ask(view('b'))]).toEqual(['room', 'room', 'node-1']);
    launches.settle(view('a'), launches.moment(), true);
    expect(ask(view('b')), 'its launch is still to come').toBe('node-1');
    launches.settle(view('a'), launches.moment(), false);
    expect(ask(view('b'))).toBe('room');
  });

  it('counts a launch once: the promise becomes what the record says', () => {
    const { room: launches, ask } = room(one(2));
    ask(view('a'));
    launches.settle(running('a'), launches.moment(), false);
    expect(launches.inUse('node-1').vcpu).toBe(1);
    expect([ask(view('b')), ask(view('c'))]).toEqual(['room', 'node-1']);
  });

  it('is free as soon as the attempt that asks is seen to have ended', () => {
    const { room: launches, ask } = room(one(1));
    launches.note(running('a'), launches.moment());
    expect(ask(stopped('a'))).toBe('room');
    expect(launches.inUse('node-1').vcpu).toBe(0);
  });

  it('is not known before the node was looked at', () => {
    const { room: launches, told, ask } = room(one(2), { known: false });
    expect([ask(view('a')), ask(view('b'))]).toEqual(['unknown', 'unknown']);
    look(launches, 'node-1', [running('x'), view('a', { since: NOW }), view('b', { since: NOW - SECOND })]);
    expect([...told].sort(), 'one has room, one must be told that it has none').toEqual(['a', 'b']);
    expect([ask(view('a')), ask(view('b'))]).toEqual(['node-1', 'room']);
  });
});

describe('those who wait', () => {
  const waiting = (names: readonly [string, number][], vcpu = 1) => {
    const made = room(one(vcpu));
    made.room.note(running('x', { vcpu }), made.room.moment());
    names.forEach(([name, size], place) =>
      made.ask(view(name, { vcpu: size, since: NOW - (names.length - place) * SECOND })),
    );
    return made;
  };
  const free = (launches: LaunchRoom, vcpu = 1): void =>
    launches.note(stopped('x', { vcpu }), launches.moment());

  it('are told of room in the order of their waiting, as many as fit', () => {
    const { room: launches, told } = waiting(
      [
        ['a', 1],
        ['b', 2],
        ['c', 1],
        ['d', 1],
      ],
      3,
    );
    free(launches, 3);
    expect(told).toEqual(['a', 'b']);
  });

  it('leave what they cannot use to smaller ones behind them', () => {
    const { room: launches, told } = waiting(
      [
        ['a', 2],
        ['b', 3],
        ['c', 1],
      ],
      3,
    );
    free(launches, 3);
    expect(told).toEqual(['a', 'c']);
  });

  it('leave it no longer after five minutes, and again after ten', () => {
    const {
      room: launches,
      told,
      clock,
    } = waiting(
      [
        ['large', 3],
        ['c', 1],
      ],
      3,
    );
    launches.note(running('y', { vcpu: 1 }), launches.moment());
    clock.now = NOW + 6 * MINUTE;
    free(launches, 3);
    expect(told, 'two are free, and kept for the three').toEqual([]);
    clock.now = NOW + 11 * MINUTE;
    launches.note(running('z', { vcpu: 1 }), launches.moment());
    launches.note(stopped('z', { vcpu: 1 }), launches.moment());
    expect(told).toEqual(['c']);
  });

  it('make room for others when they go', () => {
    const {
      room: launches,
      told,
      clock,
    } = waiting(
      [
        ['large', 3],
        ['c', 1],
      ],
      3,
    );
    launches.note(running('y', { vcpu: 1 }), launches.moment());
    clock.now = NOW + 6 * MINUTE;
    free(launches, 3);
    launches.settle(view('large', { vcpu: 3 }), launches.moment(), false);
    expect(told).toEqual(['c']);
  });

  it('are judged anew where they change their size', () => {
    const {
      room: launches,
      told,
      ask,
    } = waiting(
      [
        ['a', 3],
        ['b', 1],
      ],
      3,
    );
    expect(ask(view('a', { vcpu: 1, since: NOW - 2 * SECOND }))).toBe('node-1');
    launches.note(running('y', { vcpu: 1 }), launches.moment());
    free(launches, 3);
    expect(told).toEqual(['a', 'b']);
  });

  it('keep what is free for each other no longer than for one: in a turn all may be passed', () => {
    const {
      room: launches,
      told,
      clock,
    } = waiting(
      [
        ['large', 3],
        ['larger', 3],
        ['c', 1],
      ],
      4,
    );
    launches.note(running('y', { vcpu: 2 }), launches.moment());
    clock.now = NOW + 6 * MINUTE;
    free(launches, 4);
    expect(told, 'two are free, and kept').toEqual([]);
    clock.now = NOW + 10 * MINUTE;
    launches.note(running('z', { vcpu: 1 }), launches.moment());
    launches.note(stopped('z', { vcpu: 1 }), launches.moment());
    expect(told).toEqual(['c']);
  });

  it('under one ceiling wait under the other when that is in the way', () => {
    const {
      room: launches,
      told,
      ask,
    } = room([{ name: 'node-1', ceiling: { vcpu: 1 } }, { name: 'node-2' }], {
      namespaceCeilings: { shop: { vcpu: 1 } },
    });
    const inShop = { namespace: 'shop' };
    launches.note(running('x'), launches.moment());
    launches.note(running('y', { ...inShop, node: 'node-2' }), launches.moment());
    expect([ask(view('a', inShop)), ask(view('b'))]).toEqual(['node-1', 'node-1']);
    launches.note(stopped('x'), launches.moment());
    expect(told, 'the first has no room in its namespace: the second goes').toEqual(['b']);
    launches.note(stopped('y', { ...inShop, node: 'node-2' }), launches.moment());
    expect(told, 'now its node is full').toEqual(['b']);
    launches.settle(stopped('b'), launches.moment(), false);
    expect(told).toEqual(['b', 'a']);
  });

  it('that need nothing that is known always have room', () => {
    const { ask } = waiting([]);
    expect(ask({ ...view('a'), pod: undefined })).toBe('room');
  });
});

describe('what is read of a pod', () => {
  it('before it was claimed does not undo the claim, however late it arrives', () => {
    const { room: launches, ask } = room(one(1));
    const readAt = launches.moment();
    ask(view('a'));
    launches.settle(view('a', { record: {} }), launches.moment(), false);
    launches.note(view('a'), readAt);
    expect(launches.inUse('node-1').vcpu).toBe(1);
    expect(ask(view('b'))).toBe('node-1');
  });

  it('and kept for long tells nothing new: its launch may have been made meanwhile', () => {
    const { room: launches, ask } = room(one(1));
    const kept = view('a');
    launches.note(kept, launches.moment());
    ask(view('a'));
    launches.settle(view('a', { record: {} }), launches.moment(), false);
    expect(launches.ask(kept, claim, launches.readAtOf(kept)), 'the claim itself will fail').toBeUndefined();
    launches.settle(kept, launches.readAtOf(kept), false);
    expect(launches.inUse('node-1').vcpu).toBe(1);
    expect(ask(view('b'))).toBe('node-1');
  });

  it('by nobody knows when is older than everything', () => {
    const { room: launches } = room(one(1));
    launches.note(running('a'), launches.moment());
    expect(launches.readAtOf(stopped('a'))).toBe(0);
  });

  it('by a look does not take a promise back', () => {
    const { room: launches, told, ask } = room(one(1));
    ask(view('a'));
    look(launches, 'node-1', [view('a'), view('b')]);
    expect(told, 'the one goes on, the other is told').toEqual(['a', 'b']);
    expect([ask(view('b')), ask(view('a'))]).toEqual(['node-1', 'room']);
  });

  it('no more by a complete look is gone, with everything that was kept for it', () => {
    const { room: launches, ask, told } = room(one(2));
    launches.note(running('x'), launches.moment());
    ask(view('a'));
    ask(view('b'));
    look(launches, 'node-1', [view('b')]);
    expect(launches.inUse('node-1').vcpu).toBe(0);
    expect(new Set(told)).toEqual(new Set(['b']));
    expect([ask(view('c')), ask(view('d'))]).toEqual(['room', 'node-1']);
  });

  it('no more by a look that failed is still there', () => {
    const { room: launches, ask } = room(one(1));
    launches.note(running('x'), launches.moment());
    launches.beginLook('node-1');
    expect(ask(view('a'))).toBe('node-1');
  });

  it('for the first time while a look is under way is not gone at its end', () => {
    const { room: launches, ask } = room(one(1));
    launches.beginLook('node-1');
    launches.note(running('new'), launches.moment());
    launches.endLook('node-1');
    expect(ask(view('a'))).toBe('node-1');
  });

  it('without its use counts by its pod, and without a pod not at all', () => {
    const { room: launches } = room(one(9));
    const { use: _, ...older } = running('a', { vcpu: 3 }).record!;
    launches.note({ ...running('a', { vcpu: 3 }), record: older }, launches.moment());
    launches.note({ ...running('b'), pod: undefined, record: older }, launches.moment());
    expect(launches.inUse('node-1').vcpu).toBe(3);
  });
});

describe('the ceiling of a namespace', () => {
  const nodes = [{ name: 'node-1' }, { name: 'node-2' }];
  const options = { namespaceCeilings: { shop: { vcpu: 1 } }, known: false };
  const inShop = { namespace: 'shop' };
  const settled = async (promise: Promise<void>): Promise<boolean> =>
    Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);

  it('is known when every node was looked at; then all who wait are judged in their order', async () => {
    const { room: launches, told, ask } = room(nodes, options);
    look(launches, 'node-1', [view('a', inShop)]);
    expect([ask(view('a', inShop)), ask(view('free'))]).toEqual(['unknown', 'room']);
    expect(await settled(launches.everyLook())).toBe(false);
    look(launches, 'node-2', [view('b', { ...inShop, node: 'node-2', since: NOW - MINUTE })]);
    expect(await settled(launches.everyLook())).toBe(true);
    expect(told).toEqual(['b', 'a']);
    expect(ask(view('a', inShop))).toBe('shop');
  });

  it('is known where a node of its name belongs to another kubelet', () => {
    const { room: launches, ask } = room(nodes, options);
    look(launches, 'node-1', []);
    launches.leaveOut('node-2');
    expect(ask(view('a', inShop))).toBe('room');
  });

  it('is not known where a node could not be looked at, though nobody has to wait for it', async () => {
    const { room: launches, ask } = room(nodes, options);
    look(launches, 'node-1', []);
    launches.giveUp('node-2');
    expect(await settled(launches.everyLook())).toBe(true);
    expect(ask(view('a', inShop))).toBe('unknown');
  });

  it('that is not there makes nobody wait for other nodes', async () => {
    const { room: launches } = room(nodes, { known: false });
    expect(await settled(launches.everyLook())).toBe(true);
  });
});
