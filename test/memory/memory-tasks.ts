// What the memory provider's tasks are made of, and how it judges pods. Pure.
import { createHash } from 'node:crypto';
import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import { parseQuantity, quantityIn } from '../../lib/core/parse-quantity.ts';
import type { FoundTask, ObservedTask } from '../../lib/core/task.ts';
import type { TaskUse } from '../../lib/core/task-use.ts';
import type { Assessment, FieldFault } from '../../lib/ports/provider.ts';

/** What answers get wrong about a task: `describe` does not know it, or is silent about it (and throws); lists leave it out. */
export interface Oversight {
  readonly described?: 'missing' | 'silent';
  readonly listed?: false;
}

/** A task that has just been accepted. */
export function newTask(
  cluster: string,
  number: number,
  containers: readonly { readonly name: string }[],
  now: Instant,
): ObservedTask {
  return {
    arn: `arn:aws:ecs:eu-west-1:111122223333:task/${cluster}/${String(number).padStart(32, '0')}`,
    version: 1,
    state: 'pending',
    containers: containers.map(({ name }) => ({ name, state: 'pending' })),
    createdAt: now,
  };
}

/** Whether the task should run. */
export function isLive({ task }: FoundTask): boolean {
  return task.state === 'pending' || task.state === 'running';
}

/** The change to a task that runs, with an address. */
export function running(task: ObservedTask, now: Instant): Partial<ObservedTask> {
  const address = Number(task.arn.slice(-9));
  return {
    state: 'running',
    podIP: `10.0.${Math.floor(address / 250) % 250}.${(address % 250) + 1}`,
    startedAt: now,
    containers: task.containers.map((container) => ({
      ...container,
      state: 'running',
      runtimeId: `${task.arn.slice(-32)}-${container.name}`,
      startedAt: now,
    })),
  };
}

/** The change to a task whose containers exited with these codes (one number: all of them). */
export function exited(
  task: ObservedTask,
  exitCode: number | Readonly<Record<string, number>>,
  now: Instant,
): Partial<ObservedTask> {
  const codeOf = (name: string): number | undefined =>
    typeof exitCode === 'number' ? exitCode : exitCode[name];
  return {
    state: 'stopped',
    cause: task.cause ?? 'exited',
    reason: task.reason ?? 'Essential container in task exited',
    stoppingAt: task.stoppingAt ?? now,
    stoppedAt: now,
    containers: task.containers.map((container) => {
      const code = codeOf(container.name);
      return {
        ...container,
        state: 'stopped',
        finishedAt: now,
        ...(code === undefined ? {} : { exitCode: code }),
      };
    }),
  };
}

/** The vCPU that the containers of a pod request, at least a quarter, for 4 cents an hour each. */
export function useSimply({ spec }: Pod): TaskUse {
  const requested = spec.containers.map(({ resources }) =>
    quantityIn(parseQuantity(resources?.requests?.['cpu'] ?? '0') ?? 0n, 'milli'),
  );
  const vcpu = Math.max(0.25, requested.reduce((sum, milli) => sum + milli, 0) / 1000);
  return { vcpu, usdPerHour: vcpu * 0.04, capacityType: 'on-demand' };
}

/** Refuses what no provider of ours can do, and hashes what replicas share: their containers without identity and mounts. */
export function assessSimply(pod: Pod): Assessment {
  const faults: FieldFault[] = [];
  if (pod.spec.hostNetwork === true)
    faults.push({ path: 'spec.hostNetwork', note: 'A task has its own network.' });
  pod.spec.containers.forEach((container, index) => {
    if (container.securityContext?.privileged === true)
      faults.push({
        path: `spec.containers[${index}].securityContext.privileged`,
        note: 'A task is never privileged.',
      });
  });
  if (faults.length > 0) return { kind: 'unsupported', faults };
  const shared = pod.spec.containers.map(({ volumeMounts: _, ...container }) => container);
  const hash = createHash('sha256').update(JSON.stringify(shared)).digest('hex');
  return { kind: 'runnable', specHash: `1:${hash}`, warnings: [] };
}
