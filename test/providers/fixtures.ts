// The words that tests of the provider are written in: nodes, settings, pods as the API server gives them, records.
import type { Container, Pod, PodSpec } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { TaskSettings } from '../../lib/providers/ecs-fargate/plan/to-task-definition.ts';

export const T0 = Date.parse('2026-03-01T12:00:00Z');

export const ON_DEMAND: NodeSettings = {
  name: 'fargate-1',
  architecture: 'amd64',
  capacity: { cpu: '100', memory: '400Gi', pods: '100', 'ephemeral-storage': '2Ti' },
  labels: {},
  taints: [],
  subnets: ['subnet-a', 'subnet-b'],
  securityGroups: ['sg-pods'],
  assignPublicIp: false,
  capacityType: 'on-demand',
  region: 'eu-west-1',
  podsReady: true,
};

export const SPOT: NodeSettings = {
  ...ON_DEMAND,
  name: 'spot-1',
  architecture: 'arm64',
  capacityType: 'spot',
  assignPublicIp: true,
};

/** The role that pods of `placed-1` have when nothing else names one, and the one that the service account `orders` may take. */
const NODE_ROLE = 'arn:aws:iam::111122223333:role/node-default';
const ORDERS_ROLE = 'arn:aws:iam::111122223333:role/orders';

/** A node with roles, cluster DNS and service links, whose pods in `shop` may choose some of their placement. */
export const PLACED: NodeSettings = {
  ...ON_DEMAND,
  name: 'placed-1',
  region: 'us-east-1',
  clusterDomain: 'cluster.local',
  serviceLinks: true,
  costLabels: ['app', 'team'],
  taskRoles: { 'shop/billing': 'arn:aws:iam::111122223333:role/billing' },
  defaultTaskRole: NODE_ROLE,
  allow: [
    {
      namespace: 'shop',
      serviceAccount: '*',
      subnets: ['subnet-c'],
      securityGroups: ['sg-extra'],
      assignPublicIp: true,
      capacityTypes: ['spot'],
      architectures: ['arm64'],
      platformVersions: ['1.4.0'],
      executionRoles: ['arn:aws:iam::111122223333:role/pull-private'],
    },
    { namespace: 'shop', serviceAccount: 'orders', taskRoles: [ORDERS_ROLE] },
  ],
};

/** A node that refuses what network policies select, in a Region whose prices are not known. */
const STRICT: NodeSettings = {
  ...ON_DEMAND,
  name: 'strict-1',
  region: 'mx-central-1',
  networkPolicies: 'refuse',
  helperImage: 'registry.example.com/busybox:1.37',
};

export const NODES = [ON_DEMAND, SPOT, PLACED, STRICT];

export const SETTINGS: TaskSettings = {
  cluster: 'demo',
  logGroup: '/lambdalet/demo/pods',
  executionRole: 'arn:aws:iam::111122223333:role/lambdalet-execution',
  filesBucket: 'lambdalet-demo-files',
};

/** A container that needs nothing. */
export const aContainer = (more: Partial<Container> = {}): Container => ({
  name: 'main',
  image: 'nginx:1',
  ...more,
});

let pods = 0;

/** A pod on fargate-1; every one has another UID and name. */
export function aPod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  pods += 1;
  const number = pods.toString(16).padStart(12, '0');
  return {
    metadata: {
      name: `web-${number.slice(-5)}`,
      namespace: 'shop',
      uid: `5f0c1a2e-0000-4000-8000-${number}`,
      resourceVersion: '1',
      ...metadata,
    },
    spec: { nodeName: 'fargate-1', containers: [aContainer()], ...spec },
  };
}

/** A pod of one container with these fields. */
export const aPodWith = (container: Partial<Container>, spec: Partial<PodSpec> = {}): Pod =>
  aPod({ ...spec, containers: [aContainer(container)] });

/** The first claim of a pod. */
export function aRecord(pod: Pod, more: Partial<PodRecord> = {}): PodRecord {
  const { uid, namespace, name } = pod.metadata;
  return {
    ...{ uid, namespace, name, node: 'fargate-1', state: 'claimed', specHash: '1:0', claimer: 'test' },
    ...{ attempt: 1, try: 0, replayed: false, restarts: {}, backOffCount: 0 },
    launchBefore: T0 + 3_600_000,
    firstSentAt: T0,
    ...more,
  };
}

/** The service account volume that admission adds to a pod, under its random name, and its mount. */
export function withToken(spec: PodSpec, suffix: string): PodSpec {
  const name = `kube-api-access-${suffix}`;
  const mount = { name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true };
  return {
    ...spec,
    serviceAccountName: 'default',
    containers: spec.containers.map((container) => ({
      ...container,
      volumeMounts: [...(container.volumeMounts ?? []), mount],
    })),
    volumes: [
      ...(spec.volumes ?? []),
      {
        name,
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: {
                items: [
                  { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
                ],
              },
            },
          ],
        },
      },
    ],
  };
}
