// The life of one pod as a seeded walk: time passes, tasks move, users delete, sends are lost, invocations crash. What must
// hold at every step is checked at every step.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTerminal } from '../../lib/core/kubernetes.ts';
import { everRan } from '../../lib/core/restart.ts';
import type { ObservedTask } from '../../lib/core/task.ts';
import {
  aPod,
  deleted,
  eventFunction,
  exited,
  holder,
  MINUTE,
  NOW,
  seen,
  SECOND,
  patched,
} from '../support/vocabulary.ts';
import { changeTasks, deliver, fold, type Luck, type ModelTask, type World } from './model-world.ts';

type Step =
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'sync'; readonly luck: Luck; readonly crashAfter: number }
  | {
      readonly kind: 'task';
      readonly to: 'running' | 'exit' | 'noImage' | 'reclaimed';
      readonly exitCode: number;
    }
  | { readonly kind: 'event'; readonly which: number }
  | { readonly kind: 'delete' }
  | { readonly kind: 'evict' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      seconds: fc.constantFrom(1, 12, 30, 61, 200, 700, 4000),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      luck: fc.constantFrom<Luck>(
        'well',
        'well',
        'well',
        'lost',
        'dropped',
        'capacity',
        'throttled',
        'transient',
      ),
      crashAfter: fc.constantFrom(1, 2, 3, 99, 99),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('task' as const),
      to: fc.constantFrom('running', 'running', 'exit', 'exit', 'noImage', 'reclaimed'),
      exitCode: fc.constantFrom(0, 3),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('event' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'evict' as const }) },
);

interface Walk {
  readonly world: World;
  /** Every version of every task, for events to come late and twice. */
  readonly history: readonly ModelTask[];
}

/**
 * ECS forgets a stopped task after an hour, and its token with it. Events come at least once: by then the last one of that task
 * has been delivered.
 */
function forget(world: World): World {
  const isOld = ({ task }: ModelTask): boolean =>
    task.stoppedAt !== undefined && world.now - task.stoppedAt >= 60 * MINUTE;
  const told = world.tasks.filter(isOld).reduce(deliver, world);
  return { ...told, tasks: world.tasks.filter((known) => !isOld(known)) };
}

function walkOn({ world, history }: Walk, next: Step): Walk {
  switch (next.kind) {
    case 'time':
      return { world: forget({ ...world, now: world.now + next.seconds * SECOND }), history };
    case 'sync':
      return remember(fold(world, holder, Array<Luck>(16).fill(next.luck), next.crashAfter).world, history);
    case 'task':
      return remember(
        changeTasks(
          world,
          ({ task }) => task.state !== 'stopped',
          (task) => moved(task, next, world.now),
        ),
        history,
      );
    case 'event': {
      const told = history[next.which % Math.max(1, history.length)];
      if (told === undefined) return { world, history };
      return remember(fold(deliver(world, told), eventFunction, []).world, history);
    }
    case 'delete': {
      const { pod } = world;
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return { world, history };
      return { world: { ...world, pod: isTerminal(pod) ? undefined : deleted(pod) }, history };
    }
    case 'evict': {
      const { pod } = world;
      if (pod === undefined || isTerminal(pod)) return { world, history };
      return { world: { ...world, pod: patched(pod, { phase: 'Failed', reason: 'Evicted' }) }, history };
    }
  }
}

function remember(world: World, history: readonly ModelTask[]): Walk {
  const fresh = world.tasks.filter(
    (one) => !history.some(({ token, task }) => token === one.token && task.version === one.task.version),
  );
  return { world, history: [...history, ...fresh] };
}

function moved(task: ObservedTask, { to, exitCode }: Step & { kind: 'task' }, now: number): ObservedTask {
  const version = task.version + 1;
  const ran = task.startedAt !== undefined;
  if (to === 'running' && (ran || task.state === 'stopping')) return task;
  if (to === 'running')
    return {
      ...task,
      version,
      state: 'running',
      startedAt: now,
      podIP: '10.0.0.1',
      containers: [seen('main', { startedAt: now })],
    };
  const end = { version, state: 'stopped', stoppedAt: now } as const;
  if (!ran)
    return {
      ...task,
      ...end,
      cause: to === 'reclaimed' ? 'disruption' : 'imagePull',
      reason: 'x',
      containers: [],
    };
  const containers = [exited('main', exitCode, { startedAt: task.startedAt ?? now, finishedAt: now })];
  return { ...task, ...end, cause: to === 'reclaimed' ? 'disruption' : 'exited', containers };
}

const RANK: Record<string, number> = { Pending: 0, Running: 1, Succeeded: 2, Failed: 2 };

/** What must hold after every step. */
function check(before: World, world: World, next: Step): void {
  const living = world.tasks.filter(({ task }) => task.state !== 'stopped').map(({ token }) => token);
  expect(living.length, `tasks that live at once: ${living.join(', ')}`).toBeLessThanOrEqual(1);
  expect(world.record?.attempt ?? 0).toBeGreaterThanOrEqual(before.record?.attempt ?? 0);
  if (next.kind === 'sync' && before.pod !== undefined && world.pod === undefined) {
    const published = isTerminal(before.pod) || RANK[world.shown.at(-1)?.phase ?? ''] === 2;
    expect(published, 'the pod object went before its end was published').toBe(true);
  }
  checkShown(world);
}

function checkShown({ shown }: World): void {
  let [phase, restarts] = ['Pending', 0];
  for (const status of shown) {
    const next = status.phase ?? '';
    expect(RANK[next], `phase ${next} after ${phase}`).toBeGreaterThanOrEqual(RANK[phase] ?? 0);
    if (RANK[phase] === 2) expect(next).toBe(phase);
    const count = status.containerStatuses?.[0]?.restartCount ?? 0;
    expect(count, 'restartCount').toBeGreaterThanOrEqual(restarts);
    [phase, restarts] = [next, count];
  }
}

/** Everything works from now on: how does it end? */
function settle(start: World): World {
  let world = start;
  for (let round = 0; round < 60; round += 1) {
    const done = fold(world, holder, []);
    world = forget({ ...done.world, now: (done.until ?? done.world.now) + 1 });
    const asked = ({ task }: ModelTask): boolean => task.state === 'stopping';
    world = changeTasks(world, asked, (task) =>
      moved(task, { kind: 'task', to: 'exit', exitCode: 0 }, world.now),
    );
    // Only ends are told here: what is still living must be found without the help of an event.
    world = world.tasks.filter(({ task }) => task.state === 'stopped').reduce(deliver, world);
  }
  return world;
}

function walk(steps: readonly Step[], restartPolicy: string): Walk {
  const pod = aPod({ spec: { restartPolicy } });
  let path: Walk = { world: { now: NOW, pod, record: undefined, tasks: [], shown: [] }, history: [] };
  for (const next of steps) {
    const before = path.world;
    path = walkOn(path, next);
    check(before, path.world, next);
  }
  return path;
}

describe.each(['Always', 'OnFailure', 'Never'])('the life of a pod under %s', (restartPolicy) => {
  it('has one task at a time, phases that never go back and restarts that never fall, and ends clean when deleted', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const { world, history } = walk(steps, restartPolicy);
        const ran = new Set(history.filter(({ task }) => everRan(task)).map(({ token }) => token));
        if (restartPolicy === 'Never') expect(ran.size, 'tasks that ever ran').toBeLessThanOrEqual(1);
        const pod = world.pod === undefined || isTerminal(world.pod) ? undefined : deleted(world.pod);
        const end = settle({ ...world, pod });
        expect(end.pod, 'the object of a deleted pod').toBeUndefined();
        expect(
          end.tasks.filter(({ task }) => task.state !== 'stopped'),
          'tasks of a deleted pod',
        ).toEqual([]);
        expect(end.record?.state ?? 'ended', 'the record of a deleted pod').toBe('ended');
      }),
      { numRuns: 300 },
    );
  });
});
