import type { V1VolumeMount } from '@kubernetes/client-node';
import type { Wire } from '../../../core/kubernetes.ts';
import { isUnusedToken } from '../../../core/pod-needs.ts';
import {
  emulated,
  judgeFields,
  judgeItems,
  native,
  rejected,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

type VolumeMount = Wire<V1VolumeMount>;

/** `volumeMounts[]` of a container. What a subPath says together with the other mounts is judged where volumes are arranged. */
export const VOLUME_MOUNT_SUPPORT = {
  mountPath: native('As the kubelet.'),
  mountPropagation: rejected('A task has no host to share mounts with: leave it at None, or take it out.', [
    'None',
  ]),
  name: native('Mounts of a token volume that is left out are left out with it.'),
  readOnly: native('As the kubelet: volumes that hold files are always read-only.'),
  recursiveReadOnly: native('No volume of a task has mounts below it.'),
  subPath: emulated(
    'Only directories: of an emptyDir if all its mounts have one and none lies within another; of a volume with files if its `items` put files below it. A single file and a directory of a claim are refused: mount the whole volume at a directory of its own.',
  ),
  subPathExpr: emulated('As subPath, of an emptyDir; of plain variables and fields of the pod only.'),
} satisfies SupportTable<VolumeMount>;

/** `volumeMounts` of a container; a mount of a token volume that is left out is left out with it, whatever it says. */
export function judgeMounts(mounts: readonly VolumeMount[], place: Place): readonly Finding[] {
  const { pod } = place;
  return judgeItems(mounts, place, (mount, at) => {
    const volume = (pod.spec.volumes ?? []).find(({ name }) => name === mount.name);
    return volume !== undefined && isUnusedToken(pod, volume)
      ? []
      : judgeFields(VOLUME_MOUNT_SUPPORT, mount, at);
  });
}
