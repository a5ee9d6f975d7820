import { forbiddenField, invalidValue } from '../../objects/api-failure.ts';
import type { Cause } from '../../objects/api-failure.ts';
import { withMetadata } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import {
  isObject,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  valueAt,
  withoutNulls,
} from '../../objects/json.ts';
import type { Json, JsonObject } from '../../objects/json.ts';

const STATUS_LISTS = ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'];

/** A pod as a status write leaves it: lists in the form of the server, one IP and its list in step, owners untouched. */
export function updatePodStatus(next: ApiObject, previous: ApiObject): ApiObject {
  const before = objectAt(previous, 'status');
  const status = objectAt(next, 'status');
  const result: Record<string, Json | undefined> = {
    ...status,
    conditions:
      status['conditions'] === undefined ? undefined : objectsAt(status, 'conditions').map(completeCondition),
    podIPs: podIpsOf(status),
    qosClass: status['qosClass'] ?? before['qosClass'],
    observedGeneration: status['observedGeneration'] ?? before['observedGeneration'],
  };
  for (const list of STATUS_LISTS) {
    if (status[list] !== undefined) result[list] = objectsAt(status, list).map(completeContainerStatus);
  }
  const owners = { ownerReferences: previous.metadata['ownerReferences'] };
  return withMetadata({ ...next, status: withoutNulls(result) }, owners);
}

// These times are no `omitempty` fields: unset they are null on the wire.
function completeCondition(condition: JsonObject): JsonObject {
  return { lastProbeTime: null, lastTransitionTime: null, ...condition };
}

function completeContainerStatus(status: JsonObject): JsonObject {
  return {
    lastState: {},
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
    ...status,
    state: completeState(objectAt(status, 'state')),
    ...(isObject(status['lastState']) ? { lastState: completeState(status['lastState']) } : {}),
  };
}

function completeState(state: JsonObject): JsonObject {
  const { running, terminated } = state;
  return {
    ...state,
    ...(isObject(running) ? { running: { startedAt: null, ...running } } : {}),
    ...(isObject(terminated)
      ? { terminated: { exitCode: 0, startedAt: null, finishedAt: null, ...terminated } }
      : {}),
  };
}

// The conversion of the v1 API: a podIP that differs from the head of the list replaces the list.
function podIpsOf(status: JsonObject): Json | undefined {
  const ip = textAt(status, 'podIP');
  if (ip === '') return status['podIPs'];
  return textAt(objectsAt(status, 'podIPs')[0], 'ip') === ip ? status['podIPs'] : [{ ip }];
}

/** Faults of a status write: a hostIP that is not the head of its list, a container that comes back from the end. */
export function validatePodStatus(next: ApiObject, previous: ApiObject): readonly Cause[] {
  return [...validateHostIps(next), ...validateQos(next, previous), ...validateTransitions(next, previous)];
}

function validateHostIps(pod: ApiObject): readonly Cause[] {
  const first = objectsAt(pod, 'status', 'hostIPs')[0];
  if (first === undefined) return [];
  const ip = textAt(first, 'ip');
  return ip === textAt(pod, 'status', 'hostIP')
    ? []
    : [invalidValue('status.hostIPs[0].ip', ip, 'must be equal to `hostIP`')];
}

function validateQos(next: ApiObject, previous: ApiObject): readonly Cause[] {
  const [before, after] = [textAt(previous, 'status', 'qosClass'), textAt(next, 'status', 'qosClass')];
  return before === after ? [] : [invalidValue('status.qosClass', after, 'field is immutable')];
}

// Under Never, and under OnFailure after exit 0, an ended container stays ended: clients such as the Job controller count on it.
function validateTransitions(next: ApiObject, previous: ApiObject): readonly Cause[] {
  const policy = textAt(next, 'spec', 'restartPolicy');
  if (policy === 'Always') return [];
  return ['containerStatuses', 'initContainerStatuses'].flatMap((list) => {
    const ended = objectsAt(previous, 'status', list).filter(
      (status) => isFinal(status, policy) && !isSidecar(next, status),
    );
    const names = new Set(ended.map((status) => textAt(status, 'name')));
    return objectsAt(next, 'status', list).flatMap((status, index) =>
      names.has(textAt(status, 'name')) && valueAt(status, 'state', 'terminated') === undefined
        ? [
            forbiddenField(
              `status.${list}[${index}].state`,
              'may not be transitioned to non-terminated state',
            ),
          ]
        : [],
    );
  });
}

function isFinal(status: JsonObject, policy: string): boolean {
  if (valueAt(status, 'state', 'terminated') === undefined) return false;
  return policy === 'Never' || (numberAt(status, 'state', 'terminated', 'exitCode') ?? 0) === 0;
}

function isSidecar(pod: ApiObject, status: JsonObject): boolean {
  return objectsAt(pod, 'spec', 'initContainers').some(
    (one) => one['name'] === status['name'] && one['restartPolicy'] === 'Always',
  );
}
