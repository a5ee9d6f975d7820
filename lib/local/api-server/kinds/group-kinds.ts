import { EVENT_COLUMNS } from '../tables/event-columns.ts';
import { LEASE_COLUMNS } from '../tables/cluster-columns.ts';
import { NETWORK_POLICY_COLUMNS } from '../tables/volume-columns.ts';
import { DEPLOYMENT_COLUMNS, JOB_COLUMNS, REPLICASET_COLUMNS } from '../tables/workload-columns.ts';
import { eventRules, leaseRules } from './cluster-rules.ts';
import { fromEventsVersion, toEventsVersion } from './convert-event.ts';
import { basis, status } from './kind-basis.ts';
import type { KindRow, SubresourceRow } from './kind-row.ts';
import { networkPolicyRules } from './policy-rules.ts';
import { deploymentRules, jobRules, replicaSetRules } from './workload-rules.ts';

const SCALE: SubresourceRow = {
  name: 'scale',
  kind: 'Scale',
  group: 'autoscaling',
  version: 'v1',
  verbs: ['get', 'patch', 'update'],
};

const apps = { ...basis, group: 'apps', categories: ['all'], hasStatus: true, hasGeneration: true } as const;
const review = { ...basis, namespaced: false, verbs: ['create'], storage: '' } as const;
const authorization = { ...review, group: 'authorization.k8s.io' } as const;
const authentication = { ...review, group: 'authentication.k8s.io' } as const;

/** The kinds of the named groups. */
export const GROUP_KINDS: readonly KindRow[] = [
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
    ...basis,
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
    ...basis,
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
  {
    ...basis,
    group: 'networking.k8s.io',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    singular: 'networkpolicy',
    shortNames: ['netpol'],
    storage: 'networkpolicies',
    model: 'V1NetworkPolicy',
    columns: NETWORK_POLICY_COLUMNS,
    rules: networkPolicyRules,
    hasGeneration: true,
  },
];
