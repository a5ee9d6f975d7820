/** The package: virtual clusters for the CDK app of anybody, and the deployment files of those who write none. */
export { createStacks } from './create-stacks.ts';
export type { ClusterStacks } from './create-stacks.ts';
export { DeploymentError } from './deployment-faults.ts';
export type { Deployment } from './deployment-schema.ts';
export { parseDeployment, readDeployment } from './read-deployment.ts';
export { VirtualCluster } from './virtual-cluster.ts';
export type {
  Ceiling,
  VirtualClusterKeys,
  VirtualClusterProps,
  VirtualNodeProps,
  VirtualNodeRule,
  VirtualNodeTaint,
} from './virtual-cluster-props.ts';
