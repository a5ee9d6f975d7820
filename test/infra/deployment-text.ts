import { stringify } from 'yaml';
import { DeploymentError, parseDeployment } from '../../infra/read-deployment.ts';
import type { Deployment } from '../../infra/deployment-schema.ts';

/** The smallest node that is allowed. */
export const NODE = {
  name: 'node-a',
  architecture: 'arm64',
  capacity: { cpu: 40, memory: '160Gi', pods: 100, 'ephemeral-storage': '2Ti' },
  subnets: ['subnet-00000000000000001'],
} as const;

/** The smallest deployment that is allowed. */
export const SMALL = {
  cluster: 'test',
  profile: 'dev',
  identity: { kind: 'kubeconfig', secret: 'test/kubeconfig' },
  podLogs: { retentionDays: 14 },
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
  serviceLinks: true,
  costLabels: ['app.kubernetes.io/name', 'team'],
  clusterDomain: 'cluster.local',
} as const;

/** An identity by EKS. */
export const EKS = {
  kind: 'eks',
  clusterName: 'my-cluster',
  endpoint: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com',
  certificateAuthority: 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJ=',
} as const;

/** The text of a deployment file: the smallest one with these keys in place of its own; `undefined` removes one. */
export function textOf(changes: Readonly<Record<string, unknown>> = {}): string {
  return stringify({ ...SMALL, ...changes }, { keepUndefined: false });
}

/** The validated deployment of {@link textOf}. */
export function deploymentOf(changes: Readonly<Record<string, unknown>> = {}): Deployment {
  return parseDeployment(textOf(changes), 'test.yaml');
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

/** The faults of {@link textOf}. */
export function faultsWith(changes: Readonly<Record<string, unknown>>): readonly string[] {
  return faultsOf(textOf(changes));
}
