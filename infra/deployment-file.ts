import type { VirtualClusterKeys } from './virtual-cluster-props.ts';

/** Virtual nodes of Kubernetes clusters on Fargate: which there are, and everything that keeps them alive. */
export interface DeploymentFile {
  /**
   * Region of every cluster that names none of its own.
   *
   * @default - that of the AWS profile
   */
  readonly region?: string;

  /**
   * AWS account of every cluster that names none of its own: twelve digits in quotes.
   *
   * @default - that of the AWS profile
   */
  readonly account?: string;

  /** The clusters, each with stacks of its own. */
  readonly clusters: readonly DeployedCluster[];
}

/** The virtual nodes of one Kubernetes cluster and everything that keeps them alive. */
export interface DeployedCluster extends VirtualClusterKeys {
  /**
   * Region of this cluster.
   *
   * @default - that of the file
   */
  readonly region?: string;

  /**
   * AWS account of this cluster: twelve digits in quotes.
   *
   * @default - that of the file
   */
  readonly account?: string;
}
