import { isDeepStrictEqual } from 'node:util';
import type { KindRules, RuleContext } from '../kind-row.ts';
import { forbiddenField, invalidValue } from '../../objects/api-failure.ts';
import type { Cause } from '../../objects/api-failure.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { numberAt, objectAt, objectsAt, textAt, withValue } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import { admitPod, tolerationsOf } from './admit-pod.ts';
import { defaultPodSpec } from './default-pod.ts';
import { updatePodStatus, validatePodStatus } from './pod-status-rules.ts';
import { validatePodSpec } from './validate-pod.ts';

const DEFAULT_GRACE = 30;

/** Whether the pod has ended for good. */
export function isFinished(pod: ApiObject): boolean {
  return ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
}

/** Seconds of a pod's deletion: what was asked for or the pod's own, none where no kubelet has anything to stop. */
function podGraceSeconds(pod: ApiObject, requested: number | undefined): number {
  if (textAt(pod, 'spec', 'nodeName') === '' || isFinished(pod)) return 0;
  const seconds = requested ?? numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ?? DEFAULT_GRACE;
  return seconds < 0 ? 1 : seconds;
}

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function validatePod(next: ApiObject, previous: ApiObject | undefined): readonly Cause[] {
  const spec = objectAt(next, 'spec');
  if (previous === undefined) return validatePodSpec(spec, 'spec');
  const before = objectAt(previous, 'spec');
  const isResized = ['containers', 'initContainers'].some(
    (list) => objectsAt(spec, list).length !== objectsAt(before, list).length,
  );
  if (isResized) return [forbiddenField('spec.containers', 'pod updates may not add or remove containers')];
  const frozen = isDeepStrictEqual(fixedPart(spec), fixedPart(before))
    ? []
    : [forbiddenField('spec', MUTABLE)];
  return [
    ...validatePodSpec(spec, 'spec'),
    ...validateDeadline(spec, before),
    ...validateTolerations(spec, before),
    ...frozen,
  ];
}

function fixedPart(spec: JsonObject): JsonObject {
  const withoutImages = (list: string): readonly JsonObject[] =>
    objectsAt(spec, list).map((one) => withValue(one, ['image'], undefined));
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...rest } = spec;
  return {
    ...rest,
    containers: withoutImages('containers'),
    initContainers: withoutImages('initContainers'),
  };
}

function validateDeadline(spec: JsonObject, before: JsonObject): readonly Cause[] {
  const [old, now] = [numberAt(before, 'activeDeadlineSeconds'), numberAt(spec, 'activeDeadlineSeconds')];
  if (old === undefined || now === old) return [];
  if (now === undefined)
    return [
      invalidValue('spec.activeDeadlineSeconds', '', 'must not update from a positive integer to nil value'),
    ];
  return now < old
    ? []
    : [invalidValue('spec.activeDeadlineSeconds', now, 'must be less than or equal to previous value')];
}

function validateTolerations(spec: JsonObject, before: JsonObject): readonly Cause[] {
  const kept = objectsAt(before, 'tolerations').every((old) =>
    objectsAt(spec, 'tolerations').some((now) => isDeepStrictEqual(withoutSeconds(now), withoutSeconds(old))),
  );
  return kept
    ? []
    : [
        forbiddenField(
          'spec.tolerations',
          'existing toleration can not be modified except its tolerationSeconds',
        ),
      ];
}

function withoutSeconds(toleration: JsonObject): JsonObject {
  return withValue(toleration, ['tolerationSeconds'], undefined);
}

function completeSpec(spec: JsonObject): JsonObject {
  return { ...defaultPodSpec(spec), tolerations: tolerationsOf(spec) };
}

/** What is special about pods. */
export const podRules: KindRules = {
  create: (pod: ApiObject, context: RuleContext) => admitPod(pod, context),
  update: (next) => ({ ...next, spec: completeSpec(objectAt(next, 'spec')) }),
  updateStatus: updatePodStatus,
  validate: validatePod,
  validateStatus: validatePodStatus,
  graceSeconds: podGraceSeconds,
  fields: (pod) => ({
    'spec.nodeName': textAt(pod, 'spec', 'nodeName'),
    'spec.restartPolicy': textAt(pod, 'spec', 'restartPolicy'),
    'spec.schedulerName': textAt(pod, 'spec', 'schedulerName'),
    'spec.serviceAccountName': textAt(pod, 'spec', 'serviceAccountName'),
    'spec.hostNetwork': String(objectAt(pod, 'spec')['hostNetwork'] === true),
    'status.phase': textAt(pod, 'status', 'phase'),
    'status.podIP': textAt(pod, 'status', 'podIP'),
    'status.nominatedNodeName': textAt(pod, 'status', 'nominatedNodeName'),
  }),
};
