import { stringify } from 'yaml';
import { parseDeployment } from '../../infra/read-deployment.ts';
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
