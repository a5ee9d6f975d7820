import type {
  V1ConfigMapEnvSource,
  V1ConfigMapKeySelector,
  V1EnvFromSource,
  V1EnvVar,
  V1EnvVarSource,
  V1ObjectFieldSelector,
  V1ResourceFieldSelector,
  V1SecretEnvSource,
  V1SecretKeySelector,
} from '@kubernetes/client-node';
import type { Wire } from '../../../core/kubernetes.ts';
import { parseQuantity } from '../../../core/parse-quantity.ts';
import { isAddressField } from './choose-helpers.ts';
import {
  emulated,
  fault,
  listWithin,
  native,
  rejected,
  within,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

const FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  "metadata.labels['..']",
  "metadata.annotations['..']",
  'spec.nodeName',
  'spec.serviceAccountName',
];
const SUBSCRIPT = /^metadata\.(labels|annotations)\['[^']+'\]$/;
const RESOURCES = [
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
];
const OPTIONAL =
  'As the kubelet: what must be there and is not keeps the container waiting (CreateContainerConfigError).';

/** `env[].valueFrom.fieldRef`. */
export const FIELD_REF_SUPPORT = {
  apiVersion: native('v1.'),
  fieldPath: emulated(
    `${FIELDS.join(', ')} as the kubelet. status.podIP, podIPs, hostIP and hostIPs: of the task, which is its own host, and only for a container with \`command\`, because they are read when the task starts and the program of an image is not known.`,
    judgeFieldPath,
  ),
} satisfies SupportTable<Wire<V1ObjectFieldSelector>>;

/** `env[].valueFrom.resourceFieldRef`, and that of a downwardAPI volume. */
export const RESOURCE_REF_SUPPORT = {
  containerName: native('As the kubelet.'),
  divisor: native('As the kubelet: rounded up.', (divisor: string, { path }) =>
    parseQuantity(divisor) === undefined
      ? [fault(path, `${divisor} is not a quantity: write one such as 1, 1m or 1Mi.`)]
      : [],
  ),
  resource: emulated(
    `${RESOURCES.join(', ')}. A missing limit is the size of the task, as it is that of the node with the kubelet.`,
    judgeResource,
  ),
} satisfies SupportTable<Wire<V1ResourceFieldSelector>>;

/** `env[].valueFrom.configMapKeyRef`. */
export const CONFIG_KEY_SUPPORT = {
  key: native('As the kubelet.'),
  name: native('As the kubelet.'),
  optional: native(OPTIONAL),
} satisfies SupportTable<Wire<V1ConfigMapKeySelector>>;

/** `env[].valueFrom.secretKeyRef`. */
export const SECRET_KEY_SUPPORT = {
  key: native('As the kubelet.'),
  name: native('As the kubelet.'),
  optional: native(OPTIONAL),
} satisfies SupportTable<Wire<V1SecretKeySelector>>;

/** `env[].valueFrom`. */
export const ENV_SOURCE_SUPPORT = {
  configMapKeyRef: within(
    'native',
    'As the kubelet; read anew for every task. Travels in an encrypted file of the pod; a value with line breaks, or with blanks at its ends, in the launch request, where events show it and all such values together have 8,192 characters: mount those as files.',
    CONFIG_KEY_SUPPORT,
  ),
  fieldRef: within('emulated', 'See ObjectFieldSelector.', FIELD_REF_SUPPORT),
  fileKeyRef: rejected(
    'Files of a volume cannot be read before the task runs: write the value into `value`.',
  ),
  resourceFieldRef: within('emulated', 'See ResourceFieldSelector.', RESOURCE_REF_SUPPORT),
  secretKeyRef: within(
    'native',
    'As the kubelet; read anew for every task. Travels in an encrypted file of the pod, a value of several lines through Secrets Manager; never in the task definition, in overrides or in events. It may not be part of `command` or `args`, which everybody can read.',
    SECRET_KEY_SUPPORT,
  ),
} satisfies SupportTable<Wire<V1EnvVarSource>>;

/** `env[]`. */
export const ENV_SUPPORT = {
  name: native('As the kubelet; of entries with the same name the last one counts.'),
  value: native(
    'As the kubelet, `$(NAME)` and `$$` included. A text composed with the value of a Secret that has several lines or blanks at its ends has no way into a task: the container waits (CreateContainerConfigError).',
  ),
  valueFrom: within('native', 'See EnvVarSource.', ENV_SOURCE_SUPPORT),
} satisfies SupportTable<Wire<V1EnvVar>>;

/** `envFrom[].configMapRef`. */
export const CONFIG_ENV_SUPPORT = {
  name: native('As the kubelet.'),
  optional: native(OPTIONAL),
} satisfies SupportTable<Wire<V1ConfigMapEnvSource>>;

/** `envFrom[].secretRef`. */
export const SECRET_ENV_SUPPORT = {
  name: native('As the kubelet.'),
  optional: native(OPTIONAL),
} satisfies SupportTable<Wire<V1SecretEnvSource>>;

/** `envFrom[]`. */
export const ENV_FROM_SUPPORT = {
  configMapRef: within('native', 'As the kubelet; `env` wins over it.', CONFIG_ENV_SUPPORT),
  prefix: native('As the kubelet.'),
  secretRef: within('native', 'As the kubelet; `env` wins over it.', SECRET_ENV_SUPPORT),
} satisfies SupportTable<Wire<V1EnvFromSource>>;

/** The row of `env`. */
export const ENV_ROW = listWithin<Wire<V1EnvVar>>(
  'emulated',
  'As the kubelet; the variables of Services come only where the node says so. Values that differ between replicas travel in the launch request, which has room for 8,192 characters.',
  ENV_SUPPORT,
);

/** The row of `envFrom`. */
export const ENV_FROM_ROW = listWithin<Wire<V1EnvFromSource>>(
  'native',
  'As the kubelet: order, prefix, and keys that are no names of variables left out.',
  ENV_FROM_SUPPORT,
);

/** Addresses without a `command` are refused where starts are planned. */
function judgeFieldPath(fieldPath: string, { path }: Place): readonly Finding[] {
  return FIELDS.includes(fieldPath) || SUBSCRIPT.test(fieldPath) || isAddressField(fieldPath)
    ? []
    : [fault(path, `${fieldPath} cannot be given to a task: use one of ${FIELDS.join(', ')}.`)];
}

function judgeResource(resource: string, { path }: Place): readonly Finding[] {
  return RESOURCES.includes(resource)
    ? []
    : [fault(path, `Fargate has no ${resource}: use one of ${RESOURCES.join(', ')}.`)];
}
