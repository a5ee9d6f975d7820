import { EVENT_COLUMNS } from '../tables/event-columns.ts';
import { LEASE_COLUMNS, NAMESPACE_COLUMNS, NODE_COLUMNS } from '../tables/cluster-columns.ts';
import { AGE, NAME } from '../tables/common-columns.ts';
import { POD_COLUMNS } from '../tables/pod-columns.ts';
import {
  CONFIGMAP_COLUMNS,
  DEPLOYMENT_COLUMNS,
  ENDPOINTS_COLUMNS,
  JOB_COLUMNS,
  REPLICASET_COLUMNS,
  SECRET_COLUMNS,
  SERVICE_COLUMNS,
} from '../tables/workload-columns.ts';
import { eventRules, leaseRules, namespaceRules, nodeRules } from './cluster-rules.ts';
import { secretRules, serviceRules } from './config-rules.ts';
import { fromEventsVersion, toEventsVersion } from './convert-event.ts';
import { ALL_VERBS } from './kind-row.ts';
import type { KindRow, SubresourceRow } from './kind-row.ts';
import { podRules } from './pod/pod-rules.ts';
import { deploymentRules, jobRules, replicaSetRules } from './workload-rules.ts';

const status = (kind: string): SubresourceRow => ({
  name: 'status',
  kind,
  verbs: ['get', 'patch', 'update'],
});
const SCALE: SubresourceRow = {
  name: 'scale',
  kind: 'Scale',
  group: 'autoscaling',
  version: 'v1',
  verbs: ['get', 'patch', 'update'],
};

const POD_SUBRESOURCES: readonly SubresourceRow[] = [
  { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
  { name: 'binding', kind: 'Binding', verbs: ['create'] },
  { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
  { name: 'log', kind: 'Pod', verbs: ['get'] },
  { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
  status('Pod'),
];
const TOKEN: SubresourceRow = {
  name: 'token',
  kind: 'TokenRequest',
  group: 'authentication.k8s.io',
  version: 'v1',
  verbs: ['create'],
};

const core = {
  group: '',
  version: 'v1',
  namespaced: true,
  verbs: ALL_VERBS,
  rules: {},
  hasStatus: false,
  columns: [NAME, AGE],
} as const;
const apps = { ...core, group: 'apps', categories: ['all'], hasStatus: true, hasGeneration: true } as const;
const review = { ...core, namespaced: false, verbs: ['create'], storage: '' } as const;
const authorization = { ...review, group: 'authorization.k8s.io' } as const;
const authentication = { ...review, group: 'authentication.k8s.io' } as const;

/** Every kind that is served. A new kind is a new row. */
export const KINDS: readonly KindRow[] = [
  {
    ...core,
    kind: 'ConfigMap',
    plural: 'configmaps',
    singular: 'configmap',
    shortNames: ['cm'],
    storage: 'configmaps',
    model: 'V1ConfigMap',
    columns: CONFIGMAP_COLUMNS,
  },
  {
    ...core,
    kind: 'Endpoints',
    plural: 'endpoints',
    singular: 'endpoints',
    shortNames: ['ep'],
    storage: 'endpoints',
    model: 'V1Endpoints',
    columns: ENDPOINTS_COLUMNS,
  },
  {
    ...core,
    kind: 'Event',
    plural: 'events',
    singular: 'event',
    shortNames: ['ev'],
    storage: 'events',
    model: 'CoreV1Event',
    columns: EVENT_COLUMNS,
    rules: eventRules,
  },
  {
    ...core,
    kind: 'Namespace',
    plural: 'namespaces',
    singular: 'namespace',
    shortNames: ['ns'],
    namespaced: false,
    verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
    subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, status('Namespace')],
    storage: 'namespaces',
    model: 'V1Namespace',
    columns: NAMESPACE_COLUMNS,
    rules: namespaceRules,
    hasStatus: true,
    nameRule: 'label',
    deleteReturnsObject: true,
  },
  {
    ...core,
    kind: 'Node',
    plural: 'nodes',
    singular: 'node',
    shortNames: ['no'],
    namespaced: false,
    subresources: [status('Node')],
    storage: 'nodes',
    model: 'V1Node',
    columns: NODE_COLUMNS,
    rules: nodeRules,
    hasStatus: true,
  },
  {
    ...core,
    kind: 'Pod',
    plural: 'pods',
    singular: 'pod',
    shortNames: ['po'],
    categories: ['all'],
    subresources: POD_SUBRESOURCES,
    storage: 'pods',
    model: 'V1Pod',
    columns: POD_COLUMNS,
    rules: podRules,
    hasStatus: true,
    hasGeneration: true,
    deleteReturnsObject: true,
  },
  {
    ...core,
    kind: 'Secret',
    plural: 'secrets',
    singular: 'secret',
    storage: 'secrets',
    model: 'V1Secret',
    columns: SECRET_COLUMNS,
    rules: secretRules,
  },
  {
    ...core,
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    singular: 'serviceaccount',
    shortNames: ['sa'],
    subresources: [TOKEN],
    storage: 'serviceaccounts',
    model: 'V1ServiceAccount',
    deleteReturnsObject: true,
  },
  {
    ...core,
    kind: 'Service',
    plural: 'services',
    singular: 'service',
    shortNames: ['svc'],
    categories: ['all'],
    subresources: [status('Service')],
    storage: 'services',
    model: 'V1Service',
    columns: SERVICE_COLUMNS,
    rules: serviceRules,
    hasStatus: true,
    nameRule: 'label',
    deleteReturnsObject: true,
  },
  {
    ...apps,
    kind: 'Deployment',
    plural: 'deployments',
    singular: 'deployment',
    shortNames: ['deploy'],
    subresources: [SCALE, status('Deployment')],
    storage: 'deployments',
    model: 'V1Deployment',
    columns: DEPLOYMENT_COLUMNS,
    rules: deploymentRules,
  },
  {
    ...apps,
    kind: 'ReplicaSet',
    plural: 'replicasets',
    singular: 'replicaset',
    shortNames: ['rs'],
    subresources: [SCALE, status('ReplicaSet')],
    storage: 'replicasets',
    model: 'V1ReplicaSet',
    columns: REPLICASET_COLUMNS,
    rules: replicaSetRules,
  },
  {
    ...apps,
    group: 'batch',
    kind: 'Job',
    plural: 'jobs',
    singular: 'job',
    subresources: [status('Job')],
    storage: 'jobs',
    model: 'V1Job',
    columns: JOB_COLUMNS,
    rules: jobRules,
  },
  {
    ...core,
    group: 'coordination.k8s.io',
    kind: 'Lease',
    plural: 'leases',
    singular: 'lease',
    storage: 'leases',
    model: 'V1Lease',
    columns: LEASE_COLUMNS,
    rules: leaseRules,
    createsOnUpdate: true,
    requiresRevision: true,
  },
  {
    ...core,
    group: 'events.k8s.io',
    kind: 'Event',
    plural: 'events',
    singular: 'event',
    shortNames: ['ev'],
    storage: 'events',
    model: 'EventsV1Event',
    columns: EVENT_COLUMNS,
    rules: eventRules,
    fromStorage: toEventsVersion,
    toStorage: fromEventsVersion,
  },
  {
    ...authentication,
    kind: 'SelfSubjectReview',
    plural: 'selfsubjectreviews',
    singular: 'selfsubjectreview',
    model: 'V1SelfSubjectReview',
  },
  {
    ...authentication,
    kind: 'TokenReview',
    plural: 'tokenreviews',
    singular: 'tokenreview',
    model: 'V1TokenReview',
  },
  {
    ...authorization,
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    model: 'V1SelfSubjectAccessReview',
  },
  {
    ...authorization,
    kind: 'SelfSubjectRulesReview',
    plural: 'selfsubjectrulesreviews',
    singular: 'selfsubjectrulesreview',
    model: 'V1SelfSubjectRulesReview',
  },
  {
    ...authorization,
    kind: 'SubjectAccessReview',
    plural: 'subjectaccessreviews',
    singular: 'subjectaccessreview',
    model: 'V1SubjectAccessReview',
  },
];

/** The row of a kind that the server itself works with. A name without a row is a fault in the code and throws. */
export function kindOf(plural: string, group = ''): KindRow {
  const row = KINDS.find((one) => one.plural === plural && one.group === group);
  if (row === undefined) throw new Error(`no kind ${plural} in group "${group}"`);
  return row;
}
