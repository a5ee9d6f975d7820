import { stringify } from 'yaml';
import { DeploymentError } from '../../infra/deployment-faults.ts';
import type { Deployment } from '../../infra/deployment-schema.ts';
import { parseDeployment } from '../../infra/read-deployment.ts';

/** The smallest node that is allowed. */
export const NODE = {
  name: 'node-a',
  architectures: ['arm64'],
  cpu: 40,
  memory: '160Gi',
  pods: 100,
  ephemeralStorage: '2Ti',
  subnets: ['subnet-00000000000000001'],
} as const;

/** The smallest cluster that is allowed. */
export const CLUSTER = {
  clusterName: 'test',
  profile: 'dev',
  identityMode: 'kubeconfig',
  secret: 'test/kubeconfig',
  podLogRetentionDays: 14,
  nodes: [NODE],
} as const;

/** Everything that a node may say of its pods. */
export const POD_SETTINGS = {
  platformVersion: '1.4.0',
  helperImage: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/busybox:1.37.0-musl',
  apiEndpoint: '10.0.0.10:6443',
  taskRoles: { 'shop/web': 'arn:aws:iam::123456789012:role/shop-web' },
  defaultTaskRole: 'arn:aws:iam::123456789012:role/pods',
  allow: [
    {
      namespace: 'shop',
      serviceAccount: '*',
      taskRoles: ['arn:aws:iam::123456789012:role/shop/worker', 'arn:aws:iam::123456789012:role/shop-web'],
      executionRoles: ['arn:aws:iam::123456789012:role/shop-execution'],
      subnets: ['subnet-00000000000000002'],
      securityGroups: ['sg-00000000000000002'],
      assignPublicIp: true,
      capacityTypes: ['spot'],
      architectures: ['arm64'],
      platformVersions: ['LATEST'],
    },
    { namespace: '*', serviceAccount: 'batch', capacityTypes: ['on-demand', 'spot'] },
  ],
  networkPolicies: 'refuse',
  exec: true,
  serviceLinks: true,
  costLabels: ['app.kubernetes.io/name', 'team'],
  clusterDomain: 'cluster.local',
} as const;

/** A gateway with all that it may have, and a security group that is made. */
export const GATEWAY = {
  subnets: ['subnet-00000000000000001', 'subnet-00000000000000002'],
  vpcId: 'vpc-00000000000000001',
  allowedCidrs: ['10.0.0.0/16', 'fd00::/8'],
  allowedSecurityGroups: ['sg-00000000000000009'],
} as const;

/** An identity by EKS, in place of the kubeconfig. */
export const EKS = {
  identityMode: 'eks',
  secret: undefined,
  eksClusterName: 'my-cluster',
  endpoint: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com',
  certificateAuthority: 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJ=',
} as const;

/** Functions in a VPC. */
export const VPC = {
  functionSubnets: ['subnet-00000000000000001'],
  functionSecurityGroups: ['sg-00000000000000001'],
} as const;

/** A customer managed key. */
export const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000';

/** Keys in place of those of a file or a cluster; `undefined` removes one. */
export type Changes = Readonly<Record<string, unknown>>;

/** The text of a deployment file with these clusters: each the smallest one with some keys of its own. */
export function fileOf(clusters: readonly Changes[], top: Changes = {}): string {
  const written = clusters.map((changes) => ({ ...CLUSTER, ...changes }));
  return stringify({ ...top, clusters: written }, { keepUndefined: false });
}

/** The text of a deployment file with one cluster. */
export function textOf(changes: Changes = {}): string {
  return fileOf([changes]);
}

/** The validated deployment of {@link fileOf}. */
export function deploymentOf(clusters: readonly Changes[], top: Changes = {}): Deployment {
  return parseDeployment(fileOf(clusters, top), 'test.yaml');
}

/** The only cluster of {@link textOf}, validated. */
export function clusterOf(changes: Changes = {}): Deployment['clusters'][number] {
  const [cluster] = deploymentOf([changes]).clusters;
  if (cluster === undefined) throw new Error('The file has no cluster');
  return cluster;
}

/** The faults of the text of a deployment file. */
export function faultsOf(text: string): readonly string[] {
  try {
    parseDeployment(text, 'test.yaml');
  } catch (error) {
    if (error instanceof DeploymentError) return error.faults;
    throw error;
  }
  return [];
}

/** The faults of {@link textOf}, their paths below the cluster. */
export function faultsWith(changes: Changes): readonly string[] {
  return faultsOf(textOf(changes)).map((fault) => fault.replace(/^clusters\[0\]\.?/, ''));
}
