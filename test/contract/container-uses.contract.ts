import { afterEach, describe, expect, it } from 'vitest';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { ContainerUse, ContainerUses, NodeUse, UsedTask } from '../../lib/ports/container-use.ts';

/** Uses, and what runs. */
export interface ContainerUsesHarness {
  readonly uses: ContainerUses;
  /** A task that runs from now on, with a container `main` of so many vCPU and MiB, and one `side` that uses half of it. */
  readonly start: (use: { readonly cores: number; readonly mib: number }) => Promise<UsedTask>;
  readonly stop: (task: UsedTask) => Promise<void>;
  /** So many minutes pass, and are told. */
  readonly pass: (minutes: number) => Promise<void>;
  readonly now: () => Instant;
  readonly close: () => Promise<void>;
}

const NODE = 'node-1';

/** What every implementation of {@link ContainerUses} must do. */
export function containerUsesContract(name: string, make: () => Promise<ContainerUsesHarness>): void {
  describe(`uses of containers on ${name}`, () => {
    const opened: ContainerUsesHarness[] = [];
    const open = async (): Promise<ContainerUsesHarness> => {
      const harness = await make();
      opened.push(harness);
      return harness;
    };
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.close();
    });

    it('says nothing of a task that was not measured yet, and nothing of its node', async () => {
      const { uses, start } = await open();
      expect(await uses.read(NODE, [await start({ cores: 0.5, mib: 100 })])).toEqual({ tasks: [[]] });
    });

    it('tells CPU since the start, and CPU and memory of late, of each container', async () => {
      const { uses, start, pass } = await open();
      const task = await start({ cores: 0.5, mib: 100 });
      await uses.read(NODE, [task]);
      await pass(5);
      const main = containerOf(await uses.read(NODE, [task]), 0, 'main');
      expect(main).toMatchObject({ cpuCores: 0.5, workingSetBytes: 100 * 1_048_576 });
      // It started some seconds into its first minute, and the newest minutes may not be told yet.
      const ranFor = (main.at - task.startedAt) / 1_000;
      expect(main.cpuSeconds).toBeGreaterThan(0.5 * (ranFor - 60));
      expect(main.cpuSeconds).toBeLessThanOrEqual(0.5 * ranFor + 0.001);
    });

    it('tells later of more CPU, at a later time, at the rate of what was used', async () => {
      const { uses, start, pass } = await open();
      const task = await start({ cores: 0.25, mib: 64 });
      await uses.read(NODE, [task]);
      await pass(5);
      const before = containerOf(await uses.read(NODE, [task]), 0, 'main');
      await pass(5);
      const after = containerOf(await uses.read(NODE, [task]), 0, 'main');
      expect(after.at).toBeGreaterThan(before.at);
      const rate = ((after.cpuSeconds - before.cpuSeconds) * 1_000) / (after.at - before.at);
      expect(rate).toBeCloseTo(0.25, 6);
    });

    it('tells never 0 of a container that idles', async () => {
      const { uses, start, pass } = await open();
      const task = await start({ cores: 0, mib: 0 });
      await uses.read(NODE, [task]);
      await pass(4);
      const main = containerOf(await uses.read(NODE, [task]), 0, 'main');
      expect(main.cpuSeconds).toBeGreaterThan(0);
      expect(main.workingSetBytes).toBeGreaterThan(0);
    });

    it('answers by the position of the tasks that were asked for, and of an unknown one with nothing', async () => {
      const { uses, start, pass, now } = await open();
      const [one, other] = [await start({ cores: 1, mib: 10 }), await start({ cores: 2, mib: 20 })];
      const unknown: UsedTask = { task: { runtimeId: `${'f'.repeat(32)}-1` }, startedAt: now() };
      const asked = [other, unknown, one];
      await uses.read(NODE, asked);
      await pass(4);
      const { tasks } = await uses.read(NODE, asked);
      expect(tasks.map((task) => task.find(({ container }) => container === 'main')?.cpuCores)).toEqual([
        2,
        undefined,
        1,
      ]);
    });

    it('adds the tasks of a node up, and keeps what those have used that are gone', async () => {
      const { uses, start, stop, pass } = await open();
      const [one, other] = [await start({ cores: 1, mib: 10 }), await start({ cores: 2, mib: 20 })];
      await uses.read(NODE, [one, other]);
      await pass(4);
      const both = await uses.read(NODE, [one, other]);
      const sum = both.tasks.flat().reduce((total, { cpuSeconds }) => total + cpuSeconds, 0);
      expect(both.node?.cpuSeconds).toBeCloseTo(sum, 6);
      await stop(other);
      await pass(10);
      const later = await uses.read(NODE, [one]);
      expect(later.node?.cpuSeconds).toBeGreaterThan(both.node?.cpuSeconds ?? Infinity);
      expect((await uses.read('node-2', [])).node).toBeUndefined();
    });
  });
}

/** The use of a container; it must be there. */
function containerOf({ tasks }: NodeUse, index: number, name: string): ContainerUse {
  const found = tasks[index]?.find(({ container }) => container === name);
  expect(found).toBeDefined();
  return found!;
}
