import type { V1EmptyDirVolumeSource, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { PodSpec, Wire } from '../../core/kubernetes.ts';
import { parseQuantity } from '../../core/parse-quantity.ts';
import { effectiveUser } from './support-security.ts';
import {
  emulated,
  fault,
  ignored,
  judgeFields,
  judgeItems,
  native,
  rejected,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

type Volume = Wire<V1Volume>;
type VolumeMount = Wire<V1VolumeMount>;

/** Files of the API server that do not reach a task yet. */
const NO_FILES =
  'Files do not reach the task in this version: build them into the image or fetch them at start.';
const NO_DISK = 'Fargate cannot mount it: use emptyDir for scratch space, or run this pod on another node.';
const NO_CLAIM = 'Persistent volumes are not mounted in this version: run this pod on another node.';

/**
 * Whether this is the service account token volume that the API server adds to every pod: its name starts with
 * `kube-api-access-` and it projects the token, the cluster's CA and the namespace, nothing else.
 */
function isTokenVolume({ name, projected }: Volume): boolean {
  return (
    name.startsWith('kube-api-access-') &&
    projected !== undefined &&
    (projected.sources ?? []).every(
      ({ serviceAccountToken, configMap, downwardAPI }) =>
        // Admission names no audience; one that is asked for is for another server, and its token is missed.
        (serviceAccountToken !== undefined && (serviceAccountToken.audience ?? '') === '') ||
        configMap?.name === 'kube-root-ca.crt' ||
        downwardAPI?.items?.every(({ fieldRef }) => fieldRef?.fieldPath === 'metadata.namespace') === true,
    )
  );
}

/** The volumes that become volumes of the task, in the order of the pod. */
export function taskVolumes(spec: PodSpec): readonly Volume[] {
  return (spec.volumes ?? []).filter(({ emptyDir }) => emptyDir !== undefined);
}

/** `emptyDir`. */
export const EMPTY_DIR_SUPPORT = {
  medium: rejected('Memory is not used for volumes in this version: leave the medium empty.'),
  sizeLimit: emulated(
    'Not enforced; the sum chooses the disk of the task above its 20 GiB.',
    (limit: string, { path }) =>
      parseQuantity(limit) === undefined ? [fault(path, `${limit} is not a quantity.`)] : [],
  ),
} satisfies SupportTable<Wire<V1EmptyDirVolumeSource>>;

/** `spec.volumes[]`. */
export const VOLUME_SUPPORT = {
  awsElasticBlockStore: rejected(NO_CLAIM),
  azureDisk: rejected(NO_DISK),
  azureFile: rejected(NO_DISK),
  cephfs: rejected(NO_DISK),
  cinder: rejected(NO_DISK),
  configMap: rejected(NO_FILES),
  csi: rejected(NO_DISK),
  downwardAPI: rejected(
    'Files do not reach the task in this version: use env with fieldRef for the same values.',
  ),
  emptyDir: emulated(
    'A directory on the disk of the task, shared by its containers. It belongs to root (mode 0755): refused for containers that run as another user; what user an image has by itself is not known.',
    (value, place) => judgeFields(EMPTY_DIR_SUPPORT, value, place),
  ),
  ephemeral: rejected(NO_CLAIM),
  fc: rejected(NO_DISK),
  flexVolume: rejected(NO_DISK),
  flocker: rejected(NO_DISK),
  gcePersistentDisk: rejected(NO_DISK),
  gitRepo: rejected(NO_FILES),
  glusterfs: rejected(NO_DISK),
  hostPath: rejected('A task has no host to share: use emptyDir, or run this pod on another node.'),
  image: rejected(NO_FILES),
  iscsi: rejected(NO_DISK),
  name: native('Any.'),
  nfs: rejected(NO_DISK),
  persistentVolumeClaim: rejected(NO_CLAIM),
  photonPersistentDisk: rejected(NO_DISK),
  portworxVolume: rejected(NO_DISK),
  projected: rejected(
    `${NO_FILES} Only the service account volume that the API server adds (kube-api-access-..) is accepted; in this version it is left out of the task, so there is no token in the container.`,
  ),
  quobyte: rejected(NO_DISK),
  rbd: rejected(NO_DISK),
  scaleIO: rejected(NO_DISK),
  secret: rejected(NO_FILES),
  storageos: rejected(NO_DISK),
  vsphereVolume: rejected(NO_DISK),
} satisfies SupportTable<Volume>;

/** `volumeMounts[]` of a container. */
export const VOLUME_MOUNT_SUPPORT = {
  mountPath: native('As the kubelet.'),
  mountPropagation: rejected('A task has no host to share mounts with: leave it at None.', ['None']),
  name: native('Mounts of the service account volume are left out with it.'),
  readOnly: native('As the kubelet.'),
  recursiveReadOnly: ignored('An emptyDir has no mounts below it.'),
  subPath: rejected('Only whole volumes are mounted: use one emptyDir per directory.'),
  subPathExpr: rejected('Only whole volumes are mounted: use one emptyDir per directory.'),
} satisfies SupportTable<VolumeMount>;

/** `spec.volumes`. */
export function judgeVolumes(volumes: readonly Volume[], place: Place): readonly Finding[] {
  return judgeItems(volumes, place, (volume, at) =>
    isTokenVolume(volume) ? [] : judgeFields(VOLUME_SUPPORT, volume, at),
  );
}

/** `volumeMounts` of a container; a mount of the service account volume is left out, whatever it says. */
export function judgeMounts(mounts: readonly VolumeMount[], place: Place): readonly Finding[] {
  const volumes = place.pod.spec.volumes ?? [];
  return judgeItems(mounts, place, (mount, at) => {
    const volume = volumes.find(({ name }) => name === mount.name);
    if (volume !== undefined && isTokenVolume(volume)) return [];
    return [
      ...judgeFields(VOLUME_MOUNT_SUPPORT, mount, at),
      ...(volume?.emptyDir === undefined ? [] : judgeWritable(mount, at)),
    ];
  });
}

function judgeWritable({ readOnly }: VolumeMount, place: Place): readonly Finding[] {
  const { pod, container, path } = place;
  if (container === undefined || readOnly === true) return [];
  const { user, nonRoot } = effectiveUser(pod.spec, container);
  if (!nonRoot && (user === undefined || user === 0)) return [];
  return [
    fault(
      path,
      'An emptyDir belongs to root on Fargate, so this container could not write to it: run as root, or write to a directory of the image.',
    ),
  ];
}
