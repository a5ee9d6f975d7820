import type {
  V1CSIVolumeSource,
  V1EmptyDirVolumeSource,
  V1PersistentVolumeClaimVolumeSource,
  V1Volume,
} from '@kubernetes/client-node';
import type { Wire } from '../../../core/kubernetes.ts';
import { parseQuantity } from '../../../core/parse-quantity.ts';
import { isUnusedToken } from '../../../core/pod-needs.ts';
import {
  CONFIG_MAP_VOLUME_SUPPORT,
  DOWNWARD_VOLUME_SUPPORT,
  FILES_NOTE,
  PROJECTED_VOLUME_SUPPORT,
  SECRET_VOLUME_SUPPORT,
} from './support-files.ts';
import {
  emulated,
  fault,
  judgeFields,
  judgeItems,
  native,
  refusedAtAdmission,
  rejected,
  within,
  type Finding,
  type Place,
  type SupportRow,
  type SupportTable,
} from './support-row.ts';

type Volume = Wire<V1Volume>;

const NO_DISK = 'Fargate cannot mount it: use emptyDir for scratch space, or run this pod on another node.';
const NO_EBS =
  'A task cannot be given a disk that outlives it: use EFS through a persistentVolumeClaim, or run this pod on another node.';
const NO_CSI =
  'Inline volumes of a driver are not mounted: use a persistentVolumeClaim for EFS, a Secret for secrets, or let the program fetch them.';

/** `emptyDir`. */
export const EMPTY_DIR_SUPPORT = {
  medium: emulated(
    'Memory becomes a tmpfs if the volume has exactly one mount, of all of it; with several mounts it is on the disk of the task, with a warning. Huge pages are refused.',
    (medium: string, { path }) =>
      medium === '' || medium === 'Memory'
        ? []
        : [fault(path, `Fargate has no ${medium}: use Memory, or leave the medium empty.`)],
  ),
  sizeLimit: emulated(
    'On disk not enforced: the sum chooses the disk of the task above its 20 GiB (200 GiB at most). Of a tmpfs it is the size.',
    (limit: string, { path }) =>
      parseQuantity(limit) === undefined
        ? [fault(path, `${limit} is not a quantity: write one such as 1Gi.`)]
        : [],
  ),
} satisfies SupportTable<Wire<V1EmptyDirVolumeSource>>;

/** `persistentVolumeClaim`. */
export const CLAIM_SUPPORT = {
  claimName: emulated(
    'The claim must be bound to a volume of EFS (driver efs.csi.aws.com, with or without an access point; its volumes of S3 Files are refused), which is judged when it is read. A claim that is not bound yet keeps the pod waiting. The volume is part of the task definition: replicas with claims of their own (StatefulSet) have definitions of their own, which ECS registers one a second.',
  ),
  readOnly: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1PersistentVolumeClaimVolumeSource>>;

/** `spec.volumes[]`. */
export const VOLUME_SUPPORT = {
  awsElasticBlockStore: onNoDisk('awsElasticBlockStore', NO_EBS),
  azureDisk: onNoDisk('azureDisk'),
  azureFile: onNoDisk('azureFile'),
  cephfs: onNoDisk('cephfs'),
  cinder: onNoDisk('cinder'),
  configMap: within('emulated', FILES_NOTE, CONFIG_MAP_VOLUME_SUPPORT),
  csi: refusedAtAdmission(rejected<Wire<V1CSIVolumeSource>>(NO_CSI), lacks('csi')),
  downwardAPI: within('emulated', FILES_NOTE, DOWNWARD_VOLUME_SUPPORT),
  emptyDir: within(
    'emulated',
    'A directory on the disk of the task, shared by its containers and gone with it: a restart of the pod starts with an empty one. Open to every user, as with the kubelet.',
    EMPTY_DIR_SUPPORT,
  ),
  ephemeral: onNoDisk('ephemeral', NO_EBS),
  fc: onNoDisk('fc'),
  flexVolume: onNoDisk('flexVolume'),
  flocker: onNoDisk('flocker'),
  gcePersistentDisk: onNoDisk('gcePersistentDisk'),
  gitRepo: onNoDisk(
    'gitRepo',
    'Kubernetes has given it up: use an init container that clones into an emptyDir.',
  ),
  glusterfs: onNoDisk('glusterfs'),
  hostPath: onNoDisk(
    'hostPath',
    'A task has no host to share: use emptyDir, or run this pod on another node.',
  ),
  image: onNoDisk(
    'image',
    'Images are not mounted: use an init container of that image that copies its files into an emptyDir.',
  ),
  iscsi: onNoDisk('iscsi'),
  name: native('Any.'),
  nfs: onNoDisk(
    'nfs',
    'Fargate mounts NFS only from EFS: use a persistentVolumeClaim for EFS, or run this pod on another node.',
  ),
  persistentVolumeClaim: within(
    'emulated',
    'EFS only, see PersistentVolumeClaimVolumeSource.',
    CLAIM_SUPPORT,
  ),
  photonPersistentDisk: onNoDisk('photonPersistentDisk'),
  portworxVolume: onNoDisk('portworxVolume'),
  projected: within('emulated', FILES_NOTE, PROJECTED_VOLUME_SUPPORT),
  quobyte: onNoDisk('quobyte'),
  rbd: onNoDisk('rbd'),
  scaleIO: onNoDisk('scaleIO'),
  secret: within('emulated', FILES_NOTE, SECRET_VOLUME_SUPPORT),
  storageos: onNoDisk('storageos'),
  vsphereVolume: onNoDisk('vsphereVolume'),
} satisfies SupportTable<Volume>;

/** `spec.volumes`. */
export function judgeVolumes(volumes: readonly Volume[], place: Place): readonly Finding[] {
  return judgeItems(volumes, place, (volume, at) =>
    isUnusedToken(place.pod, volume) ? [] : judgeFields(VOLUME_SUPPORT, volume, at),
  );
}

function lacks(source: keyof Volume): string {
  return `variables.spec.?volumes.orValue([]).all(v, !has(v.${source}))`;
}

/** A source that no task can have. */
function onNoDisk<Value>(source: keyof Volume, note = NO_DISK): SupportRow<Value> {
  return refusedAtAdmission(rejected<Value>(note), lacks(source));
}
