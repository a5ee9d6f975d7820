import type { Deployment } from './deployment-schema.ts';

/**
 * Clusters of one account and Region whose shares of its ECS and Fargate rates are more than all of them together: each would be
 * throttled by the others. A sentence for each such cluster, by its position in the file.
 */
export function sharesOverAll({ clusters, region, account }: Deployment): ReadonlyMap<number, string> {
  const placeOf = (cluster: Deployment['clusters'][number]): string =>
    `${cluster.account ?? account} ${cluster.region ?? region}`;
  return new Map(
    clusters.flatMap((cluster, at) => {
      const together = clusters.flatMap((other, position) =>
        placeOf(other) === placeOf(cluster) ? [{ position, share: other.ecsShare }] : [],
      );
      // Sums of hundredths, as floats have them.
      const sum = Math.round(together.reduce((total, { share }) => total + share, 0) * 1e6) / 1e6;
      if (sum <= 1) return [];
      const all = together.map(({ position, share }) => `clusters[${position}] ${share}`).join(', ');
      return [
        [
          at,
          `clusters[${at}].ecsShare is ${cluster.ecsShare}, and the shares of its account and Region are ${sum} together (${all}): allowed are ` +
            'at most 1 together, or the clusters throttle each other; divide 1 among them',
        ] as const,
      ];
    }),
  );
}
