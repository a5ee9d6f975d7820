import type { KindRules, RuleContext } from './kind-row.ts';
import { forbidden, forbiddenField, invalidValue } from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import { nameOf, namespaceOf, withMetadata } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { listAt, numberAt, objectAt, objectsAt, textAt, withoutNulls, withValue } from '../objects/json.ts';
import type { JsonObject } from '../objects/json.ts';

const NODE_INFO = [
  'machineID',
  'systemUUID',
  'bootID',
  'kernelVersion',
  'osImage',
  'containerRuntimeVersion',
  'kubeletVersion',
  'kubeProxyVersion',
  'operatingSystem',
  'architecture',
];

/** The taint that admission puts on a new node and the lifecycle controller takes away once the node is ready. */
const NOT_READY_TAINT: JsonObject = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

function completeNodeStatus(node: ApiObject): ApiObject {
  const status = objectAt(node, 'status');
  const info = Object.fromEntries(NODE_INFO.map((key) => [key, '']));
  const completed = withoutNulls({
    ...status,
    allocatable: status['allocatable'] ?? status['capacity'],
    conditions:
      status['conditions'] === undefined
        ? undefined
        : objectsAt(status, 'conditions').map((one) => ({
            lastHeartbeatTime: null,
            lastTransitionTime: null,
            ...one,
          })),
    daemonEndpoints: {
      ...objectAt(status, 'daemonEndpoints'),
      kubeletEndpoint: { Port: 0, ...objectAt(status, 'daemonEndpoints', 'kubeletEndpoint') },
    },
    nodeInfo: { ...info, ...objectAt(status, 'nodeInfo') },
  });
  return { ...node, status: completed };
}

function createNode(node: ApiObject): ApiObject {
  const taints = objectsAt(node, 'spec', 'taints');
  const tainted = taints.some(
    (one) => one['key'] === NOT_READY_TAINT['key'] && one['effect'] === 'NoSchedule',
  );
  return completeNodeStatus(
    withValue(node, ['spec', 'taints'], tainted ? taints : [...taints, NOT_READY_TAINT]),
  );
}

function validateNode(next: ApiObject, previous: ApiObject | undefined): readonly Cause[] {
  const before = textAt(previous, 'spec', 'providerID');
  const changed = before !== '' && textAt(next, 'spec', 'providerID') !== before;
  const provider = changed
    ? [forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid')]
    : [];
  const taints = objectsAt(next, 'spec', 'taints').flatMap((taint, index) => {
    const effect = textAt(taint, 'effect');
    const known = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
    return known.includes(effect)
      ? []
      : [
          {
            reason: 'FieldValueNotSupported',
            message: `Unsupported value: ${JSON.stringify(effect)}: supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"`,
            field: `metadata.taints[${index}].effect`,
          } as const,
        ];
  });
  return [...taints, ...provider];
}

/** What is special about nodes. A node may be created with its status. */
export const nodeRules: KindRules = {
  create: createNode,
  update: (node) => ({ ...node, spec: objectAt(node, 'spec') }),
  updateStatus: completeNodeStatus,
  validate: validateNode,
  fields: (node) => ({
    'spec.unschedulable': objectAt(node, 'spec')['unschedulable'] === true ? 'true' : 'false',
  }),
};

const PERMANENT_NAMESPACES = ['default', 'kube-system', 'kube-public'];

/** What is special about namespaces: deleted ones stay until the controller has emptied them. */
export const namespaceRules: KindRules = {
  create: (namespace) => ({
    ...withMetadata(namespace, {
      labels: { ...objectAt(namespace.metadata, 'labels'), 'kubernetes.io/metadata.name': nameOf(namespace) },
    }),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }),
  admitDelete: (namespace) => {
    const name = nameOf(namespace);
    if (PERMANENT_NAMESPACES.includes(name))
      throw forbidden({ group: '', resource: 'namespaces' }, name, 'this namespace may not be deleted');
  },
  beginDelete: (namespace) => ({
    ...withMetadata(namespace, { deletionGracePeriodSeconds: undefined }),
    status: { ...objectAt(namespace, 'status'), phase: 'Terminating' },
  }),
  isHeld: (namespace) => listAt(namespace, 'spec', 'finalizers').length > 0,
  fields: (namespace) => ({ 'status.phase': textAt(namespace, 'status', 'phase') }),
};

function validateLease(lease: ApiObject): readonly Cause[] {
  const seconds = numberAt(lease, 'spec', 'leaseDurationSeconds');
  const transitions = numberAt(lease, 'spec', 'leaseTransitions');
  return [
    ...(seconds !== undefined && seconds <= 0
      ? [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
      : []),
    ...(transitions !== undefined && transitions < 0
      ? [invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}

/** What is special about leases. */
export const leaseRules: KindRules = {
  create: (lease) => ({ ...lease, spec: objectAt(lease, 'spec') }),
  update: (lease) => ({ ...lease, spec: objectAt(lease, 'spec') }),
  validate: validateLease,
};

function createEvent(event: ApiObject): ApiObject {
  const defaults = {
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: '',
    reportingInstance: '',
  };
  return { ...defaults, ...event };
}

function validateEvent(event: ApiObject): readonly Cause[] {
  const [own, involved] = [namespaceOf(event), textAt(event, 'involvedObject', 'namespace')];
  const matches = involved === '' ? own === 'default' : involved === own;
  return matches
    ? []
    : [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')];
}

/** What is special about events: they stand in the namespace of what they are about, those about nodes in `default`. */
export const eventRules: KindRules = {
  create: (event: ApiObject, _context: RuleContext) => createEvent(event),
  update: createEvent,
  validate: validateEvent,
  fields: (event) => ({
    'involvedObject.kind': textAt(event, 'involvedObject', 'kind'),
    'involvedObject.namespace': textAt(event, 'involvedObject', 'namespace'),
    'involvedObject.name': textAt(event, 'involvedObject', 'name'),
    'involvedObject.uid': textAt(event, 'involvedObject', 'uid'),
    'involvedObject.apiVersion': textAt(event, 'involvedObject', 'apiVersion'),
    'involvedObject.resourceVersion': textAt(event, 'involvedObject', 'resourceVersion'),
    'involvedObject.fieldPath': textAt(event, 'involvedObject', 'fieldPath'),
    reason: textAt(event, 'reason'),
    reportingComponent: textAt(event, 'reportingComponent'),
    source: textAt(event, 'source', 'component') || textAt(event, 'reportingComponent'),
    type: textAt(event, 'type'),
  }),
};
