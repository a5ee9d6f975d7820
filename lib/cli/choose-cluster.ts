import { settingsOf } from '../../infra/cluster-settings.ts';
import type { ClusterSettings } from '../../infra/cluster-settings.ts';
import { readDeployment } from '../../infra/read-deployment.ts';
import type { Deployment } from '../../infra/deployment-schema.ts';
import { findNearest } from './find-nearest.ts';
import { UsageError } from './usage-error.ts';

/** One cluster of a deployment file, and where it is deployed as far as the file says that. */
export interface PlacedCluster {
  readonly settings: ClusterSettings;
  /** `undefined`: that of the AWS profile. */
  readonly region: string | undefined;
  readonly account: string | undefined;
}

/** The clusters of a deployment. */
export function clustersOf({ region, account, clusters }: Deployment): readonly PlacedCluster[] {
  return clusters.map(({ region: ownRegion = region, account: ownAccount = account, ...cluster }) => ({
    settings: settingsOf(cluster),
    region: ownRegion,
    account: ownAccount,
  }));
}

/**
 * The clusters that are meant: all of the file, or those of one name (which may stand in several places).
 * @throws UsageError when there is none of the name
 */
export function clustersNamed(
  clusters: readonly PlacedCluster[],
  name: string | undefined,
): readonly PlacedCluster[] {
  if (name === undefined) return clusters;
  const named = clusters.filter(({ settings }) => settings.cluster === name);
  if (named.length > 0) return named;
  const known = clusters.map(({ settings }) => settings.cluster);
  const nearest = findNearest(name, known);
  const wayOut = nearest === undefined ? `allowed are ${known.join(', ')}` : `did you mean ${nearest}?`;
  throw new UsageError([`--cluster is "${name}", and the deployment file has none of that name: ${wayOut}`]);
}

/**
 * The one cluster that is meant.
 * @throws UsageError when the file has several and none is named, DeploymentError for a file that cannot be used
 */
export function chooseCluster(file: string, name: string | undefined): PlacedCluster {
  const clusters = clustersNamed(clustersOf(readDeployment(file)), name);
  const [cluster] = clusters;
  if (cluster !== undefined && clusters.length === 1) return cluster;
  const names = [...new Set(clusters.map(({ settings }) => settings.cluster))];
  throw new UsageError([
    names.length === 1
      ? `${file} has the cluster ${names.join('')} in ${clusters.length} places: this command is for a file in which it is once`
      : `${file} has ${clusters.length} clusters: name one with --cluster: ${names.join(', ')}`,
  ]);
}
