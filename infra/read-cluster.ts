import { clusterSchema } from './cluster-schema.ts';
import { settingsOf } from './cluster-settings.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import { clusterCrossFaults } from './cross-faults.ts';
import type { Place } from './cross-faults.ts';
import { DeploymentError, shapeFaults } from './deployment-faults.ts';
import type { VirtualClusterKeys } from './virtual-cluster-props.ts';

/**
 * Validates the props of one virtual cluster.
 *
 * @param where - of whom the error speaks, such as the path of the construct
 * @param place - where its resources will be
 * @throws DeploymentError with every fault: prop, value seen, values allowed, way out.
 */
export function readCluster(props: VirtualClusterKeys, where: string, place: Place): ClusterSettings {
  const result = clusterSchema.safeParse(withoutUndefined(props), { reportInput: true });
  const faults = [
    ...(result.success ? [] : shapeFaults(result.error, 'VirtualClusterProps')),
    ...clusterCrossFaults(props, place),
  ];
  if (!result.success || faults.length > 0) throw new DeploymentError(where, faults);
  return settingsOf(result.data);
}

/** A prop that a caller sets to `undefined` is one left out. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, withoutUndefined(inner)]],
    ),
  );
}
