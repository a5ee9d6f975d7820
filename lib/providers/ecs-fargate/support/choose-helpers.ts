import type { Container, Pod, PodSpec } from '../../../core/kubernetes.ts';
import { allContainers, mountedVolumes } from '../../../core/pod-needs.ts';
import { effectiveUser } from './support-security.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];
type Mount = NonNullable<Container['volumeMounts']>[number];

/** A helper container, by what it does. */
export type Helper = 'writer' | 'waiter';

/** Fields that are known only inside the running task: its own address, which is also that of its host. */
const ADDRESS_FIELDS: readonly string[] = [
  'status.podIP',
  'status.podIPs',
  'status.hostIP',
  'status.hostIPs',
];

/**
 * The helpers that a pod needs, the writer first. Exact, because each takes one of the ten places of a task and one pull of an
 * image. Pure; the same for all replicas of a workload.
 */
export function helpersOf(pod: Pod): readonly Helper[] {
  return [
    ...(needsWriter(pod) ? (['writer'] as const) : []),
    ...(needsWaiter(pod.spec) ? (['waiter'] as const) : []),
  ];
}

/** Whether an init container is a native sidecar: it starts in its turn and runs as long as the app containers do. */
export function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

/** Whether a field of the downward API is an address of the task, which only a wrapped container can be told. */
export function isAddressField(fieldPath: string): boolean {
  return ADDRESS_FIELDS.includes(fieldPath);
}

/**
 * Whether a container is started through the wrapper, which reads the addresses and then starts the program. That takes a
 * `command`: the program of an image is not known here.
 */
export function isWrapped({ env = [], command = [] }: Container): boolean {
  return (
    command.length > 0 &&
    env.some(({ valueFrom }) => valueFrom?.fieldRef && isAddressField(valueFrom.fieldRef.fieldPath))
  );
}

/**
 * Whether an emptyDir becomes a tmpfs: Memory, and exactly one mount of all of it, because a tmpfs of ECS belongs to one path
 * of one container. Every other emptyDir is a directory on the disk of the task.
 */
export function isTmpfs(pod: Pod, volume: Volume): boolean {
  if (volume.emptyDir?.medium !== 'Memory') return false;
  const mounts = mountsOf(pod.spec, volume.name);
  return mounts.length === 1 && mounts.every(({ mount }) => isWhole(mount));
}

/** Every mount of a volume, with its container. */
function mountsOf(
  spec: PodSpec,
  name: string,
): readonly { readonly container: Container; readonly mount: Mount }[] {
  return allContainers(spec).flatMap((container) =>
    (container.volumeMounts ?? [])
      .filter((mount) => mount.name === name)
      .map((mount) => ({ container, mount })),
  );
}

function isWhole({ subPath = '', subPathExpr = '' }: Mount): boolean {
  return subPath === '' && subPathExpr === '';
}

/** A task ends with its first essential container: something else must be that when several app containers may end one by one. */
function needsWaiter({ restartPolicy = 'Always', containers }: PodSpec): boolean {
  return restartPolicy !== 'Always' && containers.length > 1;
}

function needsWriter(pod: Pod): boolean {
  return (
    allContainers(pod.spec).some(isWrapped) ||
    mountedVolumes(pod).some((volume) => holdsFiles(volume) || needsRights(pod, volume))
  );
}

function holdsFiles({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  return [configMap, secret, downwardAPI, projected].some((source) => source !== undefined);
}

/**
 * A directory on the disk of a task belongs to root (mode 0755), which is enough for root and for whoever only reads; the
 * user of an image is not known, so only `runAsUser: 0` is surely root.
 */
function needsRights(pod: Pod, volume: Volume): boolean {
  if (volume.emptyDir === undefined || isTmpfs(pod, volume)) return false;
  const writers = mountsOf(pod.spec, volume.name).filter(({ mount }) => mount.readOnly !== true);
  const hasGroup = pod.spec.securityContext?.fsGroup !== undefined;
  return writers.some(({ container }) => hasGroup || effectiveUser(pod.spec, container).user !== 0);
}
