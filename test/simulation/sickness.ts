import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { Probes } from '../../lib/ports/probes.ts';
import type { Cloud } from './cloud.ts';
import type { TrueTask } from './true-tasks.ts';

/** What a container may fail at. */
export type Ailment = 'liveness' | 'readiness';

/** How the programs in the pods truly are, by the pods' names: a pod that is made anew may be as sick as the one before. */
export interface Sickness {
  /** Told of a pod whose containers have probes. */
  set(name: string, ailment: Ailment, isSick: boolean): void;
  /** Everybody is well. */
  cure(): void;
  /** Since when; `undefined`: it is well. */
  sickSince(pod: Pod, ailment: Ailment): Instant | undefined;
  /** A task changed: its health checks are as sick as its pod. */
  onTask(task: TrueTask): void;
  /** What answers the network probes. */
  readonly probes: Probes;
}

interface SicknessOptions {
  readonly cloud: Cloud;
  readonly now: () => Instant;
  readonly podOf: (uid: string) => Pod | undefined;
}

/** How many failures a verdict takes: the same for all probes of the simulation. */
export const FAILURES = 2;

/** Everybody is well. */
export function createSickness({ cloud, now, podOf }: SicknessOptions): Sickness {
  const sick = new Map<string, Instant>();
  const keyOf = (name: string, ailment: Ailment): string => `${name} ${ailment}`;
  const sickSince = (pod: Pod, ailment: Ailment): Instant | undefined =>
    sick.get(keyOf(pod.metadata.name, ailment));
  const tellChecks = (task: TrueTask): void => {
    const pod = podOf(task.uid ?? '');
    const checked = pod === undefined ? undefined : checkedIn(pod);
    if (pod === undefined || checked === undefined || task.status !== 'RUNNING') return;
    const isSick = sickSince(pod, checked.ailment) !== undefined;
    if (isSick) task.failures[checked.ailment] += FAILURES;
    cloud.model.setHealth(task.arn, checked.container, isSick ? 'UNHEALTHY' : 'HEALTHY', now());
  };
  const tellAll = (): void => {
    for (const task of cloud.tasks.all()) if (task.forgottenAt === undefined) tellChecks(task);
  };
  return {
    sickSince,
    set: (name, ailment, isSick) => {
      if (!isSick) sick.delete(keyOf(name, ailment));
      else if (!sick.has(keyOf(name, ailment))) sick.set(keyOf(name, ailment), now());
      tellAll();
    },
    cure: () => {
      sick.clear();
      tellAll();
    },
    onTask: tellChecks,
    probes: {
      probe: ({ podIP, handler }) => {
        const path = handler.kind === 'http' ? handler.path : '/';
        const ailment = path === '/readiness' ? 'readiness' : 'liveness';
        const task = [...cloud.tasks.all()].findLast((one) => one.podIP === podIP);
        const pod = podOf(task?.uid ?? '');
        const isUp = task?.status === 'RUNNING' && task.forgottenAt === undefined;
        if (task !== undefined) {
          if (isUp && pod !== undefined && sickSince(pod, ailment) === undefined)
            return Promise.resolve({ kind: 'success' });
          task.failures[ailment] += 1;
        }
        return Promise.resolve({ kind: 'failure', message: 'HTTP probe failed with statuscode: 500' });
      },
    },
  };
}

/** The container whose exec probe ECS runs, and what it stands for. */
function checkedIn({ spec }: Pod): { readonly container: string; readonly ailment: Ailment } | undefined {
  for (const { name, livenessProbe, readinessProbe } of spec.containers) {
    if (readinessProbe?.exec !== undefined) return { container: name, ailment: 'readiness' };
    if (livenessProbe?.exec !== undefined) return { container: name, ailment: 'liveness' };
  }
  return undefined;
}
