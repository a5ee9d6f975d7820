import type {
  V1ClusterTrustBundleProjection,
  V1ConfigMapProjection,
  V1ConfigMapVolumeSource,
  V1DownwardAPIProjection,
  V1DownwardAPIVolumeFile,
  V1DownwardAPIVolumeSource,
  V1KeyToPath,
  V1ObjectFieldSelector,
  V1ProjectedVolumeSource,
  V1SecretProjection,
  V1SecretVolumeSource,
  V1ServiceAccountTokenProjection,
  V1VolumeProjection,
} from '@kubernetes/client-node';
import type { Wire } from '../../../core/kubernetes.ts';
import { RESOURCE_REF_SUPPORT } from './support-environment.ts';
import {
  emulated,
  fault,
  listWithin,
  native,
  rejected,
  within,
  type SupportRow,
  type SupportTable,
} from './support-row.ts';

const FIXED = 'Laid out when the task starts; a change of the object reaches the next task of the pod.';
const OPTIONAL = 'As the kubelet: what must be there and is not keeps the pod in ContainerCreating.';
const mode = (): SupportRow<number> => native('As the kubelet.');
/** What the kubelet writes into files: fields of the metadata only. */
const FILE_FIELD = /^metadata\.(name|namespace|uid|labels|annotations|(labels|annotations)\['[^']+'\])$/;

/** `items[]` of a volume of a ConfigMap or a Secret. */
export const KEY_TO_PATH_SUPPORT = {
  key: native('As the kubelet.'),
  mode: mode(),
  path: native('As the kubelet, folders included.'),
} satisfies SupportTable<Wire<V1KeyToPath>>;

const items = (): SupportRow<Wire<V1KeyToPath>[]> =>
  listWithin('native', 'See KeyToPath.', KEY_TO_PATH_SUPPORT);

/** `configMap` of a volume. */
export const CONFIG_MAP_VOLUME_SUPPORT = {
  defaultMode: mode(),
  items: items(),
  name: native('As the kubelet.'),
  optional: native(OPTIONAL),
} satisfies SupportTable<Wire<V1ConfigMapVolumeSource>>;

/** `secret` of a volume. */
export const SECRET_VOLUME_SUPPORT = {
  defaultMode: mode(),
  items: items(),
  optional: native(OPTIONAL),
  secretName: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1SecretVolumeSource>>;

/** `fieldRef` of a file. */
export const FILE_FIELD_SUPPORT = {
  apiVersion: native('v1.'),
  fieldPath: native('As the kubelet; fixed when the task starts.', (fieldPath: string, { path }) =>
    FILE_FIELD.test(fieldPath)
      ? []
      : [fault(path, `${fieldPath} is no field for files: use one of metadata, or \`env\` of a container.`)],
  ),
} satisfies SupportTable<Wire<V1ObjectFieldSelector>>;

/** `items[]` of a downwardAPI volume. */
export const DOWNWARD_FILE_SUPPORT = {
  fieldRef: within('native', 'name, namespace, uid, labels and annotations of the pod.', FILE_FIELD_SUPPORT),
  mode: mode(),
  path: native('As the kubelet, folders included.'),
  resourceFieldRef: within('emulated', 'See ResourceFieldSelector.', RESOURCE_REF_SUPPORT),
} satisfies SupportTable<Wire<V1DownwardAPIVolumeFile>>;

const downwardItems = (): SupportRow<Wire<V1DownwardAPIVolumeFile>[]> =>
  listWithin('emulated', 'See DownwardAPIVolumeFile.', DOWNWARD_FILE_SUPPORT);

/** `downwardAPI` of a volume. */
export const DOWNWARD_VOLUME_SUPPORT = {
  defaultMode: mode(),
  items: downwardItems(),
} satisfies SupportTable<Wire<V1DownwardAPIVolumeSource>>;

/** `serviceAccountToken` of a projected volume. */
export const TOKEN_PROJECTION_SUPPORT = {
  audience: native('As the kubelet.'),
  expirationSeconds: emulated(
    'A token for at least 24 hours is asked for, of which the API server may grant less, and nothing renews it in a running task: a task that lives longer must be restarted by then.',
  ),
  path: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1ServiceAccountTokenProjection>>;

/** `configMap` of a projected volume. */
export const CONFIG_MAP_PROJECTION_SUPPORT = {
  items: items(),
  name: native('As the kubelet.'),
  optional: native(OPTIONAL),
} satisfies SupportTable<Wire<V1ConfigMapProjection>>;

/** `secret` of a projected volume. */
export const SECRET_PROJECTION_SUPPORT = {
  items: items(),
  name: native('As the kubelet.'),
  optional: native(OPTIONAL),
} satisfies SupportTable<Wire<V1SecretProjection>>;

/** `downwardAPI` of a projected volume. */
export const DOWNWARD_PROJECTION_SUPPORT = {
  items: downwardItems(),
} satisfies SupportTable<Wire<V1DownwardAPIProjection>>;

/** `sources[]` of a projected volume. */
export const PROJECTION_SUPPORT = {
  clusterTrustBundle: rejected<Wire<V1ClusterTrustBundleProjection>>(
    'Trust bundles are not read: put the certificates into a ConfigMap and project that.',
  ),
  configMap: within('emulated', FIXED, CONFIG_MAP_PROJECTION_SUPPORT),
  downwardAPI: within('emulated', FIXED, DOWNWARD_PROJECTION_SUPPORT),
  podCertificate: rejected('Certificates are not asked for: put one into a Secret and project that.'),
  secret: within('emulated', FIXED, SECRET_PROJECTION_SUPPORT),
  serviceAccountToken: within('emulated', 'See ServiceAccountTokenProjection.', TOKEN_PROJECTION_SUPPORT),
} satisfies SupportTable<Wire<V1VolumeProjection>>;

/** `projected` of a volume. */
export const PROJECTED_VOLUME_SUPPORT = {
  defaultMode: mode(),
  sources: listWithin('emulated', 'See VolumeProjection.', PROJECTION_SUPPORT),
} satisfies SupportTable<Wire<V1ProjectedVolumeSource>>;

/** The note of the volumes that hold files. */
export const FILES_NOTE = `As the kubelet, modes, \`items\` and \`optional\` included, and read-only. ${FIXED} All files of a pod together may take about 1.5 MiB when compressed.`;
