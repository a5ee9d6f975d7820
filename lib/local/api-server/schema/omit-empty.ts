import type { Json } from '../objects/json.ts';

/** Models whose plain strings are `omitempty` in Go: an empty one is never sent, so it must not come back either. */
const TEXT_MODELS = new Set([
  'V1ObjectMeta',
  'V1PodSpec',
  'V1Container',
  'V1ContainerPort',
  'V1EnvVar',
  'V1VolumeMount',
  'V1Toleration',
  'V1Taint',
  'V1NodeSpec',
  'V1PersistentVolumeSpec',
  'V1PodStatus',
  'V1PodCondition',
  'V1NodeCondition',
  'V1ContainerStateWaiting',
  'V1ContainerStateTerminated',
]);

/** Plain booleans that are `omitempty`. Pointers to false (`automountServiceAccountToken`) mean something and stay. */
const FALSE_FIELDS = new Set([
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'stdin',
  'stdinOnce',
  'tty',
  'readOnly',
  'paused',
  'unschedulable',
  'publishNotReadyAddresses',
]);

/** Plain numbers that are `omitempty`. */
const ZERO_FIELDS = new Set(['minReadySeconds', 'hostPort']);

/** Whether Go would leave the field out: it has the zero value of its type and is no pointer. */
export function isOmitted(model: string, field: string, value: Json): boolean {
  if (value === '') return TEXT_MODELS.has(model);
  if (value === false) return FALSE_FIELDS.has(field);
  return value === 0 && ZERO_FIELDS.has(field);
}
