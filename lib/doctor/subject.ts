import type { ClusterSettings } from '../../infra/cluster-settings.ts';
import type { PlacedCluster } from '../cli/choose-cluster.ts';

/** What is examined: one cluster of a deployment file. */
export interface Subject extends PlacedCluster {
  /** The file as it was named, for the commands of the fixes. */
  readonly file: string;
}

/** A node of the deployment. */
export type SubjectNode = ClusterSettings['nodes'][number];

/** `lambdalet bootstrap ..` for the cluster. */
export function bootstrapCommand({ file, settings }: Subject): string {
  return `lambdalet bootstrap -c ${file} --cluster ${settings.cluster} | kubectl apply -f -`;
}
