import { afterEach, describe, expect, it } from 'vitest';
import type { CountedTask, TaskCheckpoint, UseCheckpoints } from '../../lib/ports/use-checkpoints.ts';

export interface UseCheckpointsHarness {
  readonly checkpoints: UseCheckpoints;
  readonly close: () => Promise<void>;
}

const T0 = Date.UTC(2026, 2, 4, 9, 15);
const TASK: CountedTask = { taskId: 'a'.repeat(32), node: 'node-1', startedAt: T0 };
const SAVED: TaskCheckpoint = { ...TASK, through: T0 + 60_000, micros: { main: 1_500_000, 'side.car': 2 } };

/** What every implementation of {@link UseCheckpoints} must do. */
export function useCheckpointsContract(name: string, make: () => Promise<UseCheckpointsHarness>): void {
  describe(`checkpoints of use on ${name}`, () => {
    const opened: UseCheckpointsHarness[] = [];
    const open = async (): Promise<UseCheckpoints> => {
      const harness = await make();
      opened.push(harness);
      return harness.checkpoints;
    };
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.close();
    });

    it('has nothing before anyone has counted', async () => {
      expect(await (await open()).load()).toEqual({ tasks: [], nodes: [] });
    });

    it('keeps a task that was begun, which has used nothing yet', async () => {
      const checkpoints = await open();
      await checkpoints.begin(TASK, T0);
      expect(await checkpoints.load()).toEqual({
        tasks: [{ ...TASK, through: T0, micros: {} }],
        nodes: [],
      });
    });

    it('leaves a task as it is that is begun again', async () => {
      const checkpoints = await open();
      await checkpoints.begin(TASK, T0);
      await checkpoints.saveTask(SAVED, T0);
      await checkpoints.begin({ ...TASK, node: 'node-2', startedAt: T0 + 5 }, T0);
      expect((await checkpoints.load()).tasks).toEqual([SAVED]);
    });

    it('gives back what was saved of tasks, of nodes and of all together', async () => {
      const checkpoints = await open();
      const node = { node: 'node-1', through: T0 + 60_000, micros: 9_000_000_000_000 };
      await checkpoints.saveTask(SAVED, T0);
      await checkpoints.saveNode(node, T0);
      await checkpoints.saveThrough(T0 + 60_000);
      expect(await checkpoints.load()).toEqual({ tasks: [SAVED], nodes: [node], through: T0 + 60_000 });
    });

    it('never goes back to a checkpoint that goes less far', async () => {
      const checkpoints = await open();
      const node = { node: 'node-1', through: T0 + 60_000, micros: 10 };
      await checkpoints.saveTask(SAVED, T0);
      await checkpoints.saveNode(node, T0);
      await checkpoints.saveThrough(T0 + 60_000);
      await checkpoints.saveTask({ ...SAVED, through: T0 + 1, micros: { main: 1 } }, T0);
      await checkpoints.saveNode({ ...node, through: T0 + 1, micros: 1 }, T0);
      await checkpoints.saveThrough(T0 + 1);
      expect(await checkpoints.load()).toEqual({ tasks: [SAVED], nodes: [node], through: T0 + 60_000 });
    });
  });
}
