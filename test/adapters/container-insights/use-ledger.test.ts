import { expect, it } from 'vitest';
import { UseLedger } from '../../../lib/adapters/container-insights/use-ledger.ts';
import { MINUTE_MS, T0 } from './insights-bench.ts';

const sample = (minute: number, cores = 1) => ({
  ...{ taskId: 'a', container: 'main', at: T0 + minute * MINUTE_MS, cores, workingSetBytes: 1 },
});
const TASK = { taskId: 'a', node: 'node-1', startedAt: T0 };

it('adds a sample to the task and to the node only where the checkpoint of each does not go so far', () => {
  const ledger = new UseLedger(MINUTE_MS);
  const tasks = [{ ...TASK, through: T0 + MINUTE_MS, micros: { main: 60_000_000 } }];
  const nodes = [{ node: 'node-1', through: T0 + 2 * MINUTE_MS, micros: 500_000_000 }];
  ledger.restore({ tasks, nodes }, T0);
  for (const minute of [1, 2, 3]) ledger.add(sample(minute));
  expect(ledger.usesOf('a')[0]?.cpuSeconds).toBe(180);
  expect(ledger.useOf('node-1')?.cpuSeconds).toBe(560);
  ledger.settle(T0 + 3 * MINUTE_MS);
  expect(ledger.usesOf('a')[0]?.cpuSeconds).toBe(180);
  expect(ledger.useOf('node-1')?.cpuSeconds).toBe(560);
});

it('comes to the same numbers in whatever order samples come', () => {
  const all = [1, 2, 3, 4].map((minute) => sample(minute, minute / 3));
  const [one, other] = [new UseLedger(MINUTE_MS), new UseLedger(MINUTE_MS)];
  for (const ledger of [one, other]) ledger.begin(TASK, T0);
  for (const each of all) one.add(each);
  for (const each of all.toReversed()) other.add(each);
  other.settle(T0 + 2 * MINUTE_MS);
  expect(other.usesOf('a')).toEqual(one.usesOf('a'));
  expect(other.useOf('node-1')).toEqual(one.useOf('node-1'));
});

it('lets go of tasks that are over, whose use stays in that of their node', () => {
  const ledger = new UseLedger(MINUTE_MS);
  ledger.begin(TASK, T0);
  ledger.add(sample(1));
  ledger.settle(T0 + 30 * MINUTE_MS);
  ledger.forget(T0 + 20 * MINUTE_MS);
  expect(ledger.size).toBe(0);
  expect(ledger.usesOf('a')).toEqual([]);
  expect(ledger.useOf('node-1')?.cpuSeconds).toBe(60);
});

it('keeps the numbers of the newest sample when an older one comes late', () => {
  const ledger = new UseLedger(MINUTE_MS);
  ledger.begin(TASK, T0);
  ledger.add(sample(3, 0.25));
  ledger.add(sample(2, 0.75));
  expect(ledger.usesOf('a')[0]).toMatchObject({ at: T0 + 3 * MINUTE_MS, cpuCores: 0.25, cpuSeconds: 60 });
});

it('saves again only what was settled since', () => {
  const ledger = new UseLedger(MINUTE_MS);
  ledger.begin(TASK, T0);
  ledger.add(sample(1));
  expect(ledger.unsaved()).toEqual({ tasks: [], nodes: [] });
  ledger.settle(T0 + MINUTE_MS);
  const { tasks, nodes } = ledger.unsaved();
  expect(tasks).toEqual([{ ...TASK, through: T0 + MINUTE_MS, micros: { main: 60_000_000 } }]);
  for (const one of [...tasks, ...nodes]) ledger.saved(one);
  ledger.settle(T0 + 2 * MINUTE_MS);
  expect(ledger.unsaved()).toEqual({ tasks: [], nodes: [] });
});
