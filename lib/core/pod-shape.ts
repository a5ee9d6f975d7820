import type { Container, Pod } from './kubernetes.ts';
import { isOfDaemonSet } from './never-launched.ts';
import { sleepOf } from './stop-time.ts';
import { withoutUndefined } from './without-undefined.ts';

/** What decisions hang on in one container: no image, no command, no variable. */
export interface ContainerShape {
  readonly name: string;
  /** A native sidecar: an init container that is to run for ever. */
  readonly sidecar?: true;
  readonly cpu?: string;
  readonly memory?: string;
  /** The kinds of its probes. */
  readonly probes?: readonly ('startup' | 'readiness' | 'liveness')[];
  /** How long its preStop hook sleeps. */
  readonly sleepSeconds?: number;
}

/** What decisions hang on in a pod. Only what is named here is ever taken of one, so that nothing secret can be in it. */
export interface PodShape {
  readonly restartPolicy: string;
  readonly graceSeconds?: number;
  readonly deadlineSeconds?: number;
  readonly daemonSet?: true;
  readonly init?: readonly ContainerShape[];
  readonly containers: readonly ContainerShape[];
}

/** The shape of a pod. */
export function shapeOf(pod: Pod): PodShape {
  const { restartPolicy, terminationGracePeriodSeconds, activeDeadlineSeconds } = pod.spec;
  const { initContainers = [], containers } = pod.spec;
  return withoutUndefined({
    restartPolicy: restartPolicy ?? 'Always',
    graceSeconds: terminationGracePeriodSeconds,
    deadlineSeconds: activeDeadlineSeconds,
    daemonSet: isOfDaemonSet(pod) ? (true as const) : undefined,
    init: initContainers.length === 0 ? undefined : initContainers.map(shapeOfContainer),
    containers: containers.map(shapeOfContainer),
  });
}

function shapeOfContainer(container: Container): ContainerShape {
  const { name, restartPolicy, resources, lifecycle } = container;
  const probes = (['startup', 'readiness', 'liveness'] as const).filter(
    (kind) => container[`${kind}Probe`] !== undefined,
  );
  return withoutUndefined({
    name,
    sidecar: restartPolicy === 'Always' ? (true as const) : undefined,
    cpu: resources?.requests?.['cpu'] ?? resources?.limits?.['cpu'],
    memory: resources?.requests?.['memory'] ?? resources?.limits?.['memory'],
    probes: probes.length === 0 ? undefined : probes,
    sleepSeconds: lifecycle?.preStop === undefined ? undefined : sleepOf(lifecycle.preStop),
  });
}
