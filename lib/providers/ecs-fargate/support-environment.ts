import type { V1EnvVar, V1EnvVarSource } from '@kubernetes/client-node';
import type { Wire } from '../../core/kubernetes.ts';
import { fieldValue } from './build-environment.ts';
import { parseQuantity } from '../../core/parse-quantity.ts';
import {
  emulated,
  fault,
  judgeFields,
  judgeItems,
  native,
  rejected,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

type EnvVar = Wire<V1EnvVar>;
type FieldRef = NonNullable<EnvVar['valueFrom']>['fieldRef'];
type ResourceRef = NonNullable<EnvVar['valueFrom']>['resourceFieldRef'];

const FIELDS =
  'metadata.name, metadata.namespace, metadata.uid, metadata.labels[..], metadata.annotations[..], spec.nodeName and spec.serviceAccountName';
const RESOURCES = ['limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];

/** `env[].valueFrom`. */
export const ENV_SOURCE_SUPPORT = {
  configMapKeyRef: rejected(
    'Values of ConfigMaps do not reach the task in this version: write the value into `value`.',
  ),
  fieldRef: native(`As the kubelet for ${FIELDS}. Others are not known before the task runs.`, judgeFieldRef),
  fileKeyRef: rejected(
    'Files of a volume cannot be read before the task runs: write the value into `value`.',
  ),
  resourceFieldRef: native(
    `As the kubelet for ${RESOURCES.join(', ')}; a missing limit is the size of the task.`,
    judgeResourceRef,
  ),
  secretKeyRef: rejected(
    'Values of Secrets do not reach the task in this version: let the program fetch it (AWS Secrets Manager, SSM) itself.',
  ),
} satisfies SupportTable<Wire<V1EnvVarSource>>;

/** `env[]`. */
export const ENV_SUPPORT = {
  name: native('As the kubelet; of entries with the same name the last one counts.'),
  value: native('As the kubelet, `$(NAME)` and `$$` included.'),
  valueFrom: native('See EnvVarSource.', (value, place) => judgeFields(ENV_SOURCE_SUPPORT, value, place)),
} satisfies SupportTable<EnvVar>;

/** `env` of a container. */
function judgeEnvironment(variables: readonly EnvVar[], place: Place): readonly Finding[] {
  return judgeItems(variables, place, (variable, at) => judgeFields(ENV_SUPPORT, variable, at));
}

/** The row of `env`. */
export const ENV_ROW = emulated(
  'As the kubelet, but without the variables of Services. Values that differ between replicas travel in the launch request, which has room for 8,192 characters.',
  judgeEnvironment,
);

function judgeFieldRef({ fieldPath }: NonNullable<FieldRef>, place: Place): readonly Finding[] {
  if (fieldValue(place.pod, fieldPath) !== undefined) return [];
  return [fault(`${place.path}.fieldPath`, `${fieldPath} cannot be given to a task. Known are ${FIELDS}.`)];
}

function judgeResourceRef(reference: NonNullable<ResourceRef>, place: Place): readonly Finding[] {
  const { resource, divisor } = reference;
  const faults: Finding[] = [];
  if (!RESOURCES.includes(resource))
    faults.push(
      fault(
        `${place.path}.resource`,
        `${resource} cannot be given to a task. Known are ${RESOURCES.join(', ')}.`,
      ),
    );
  if (divisor !== undefined && parseQuantity(divisor) === undefined)
    faults.push(fault(`${place.path}.divisor`, `${divisor} is not a quantity.`));
  return faults;
}
