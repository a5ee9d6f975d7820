import type { World } from './kinds/kind-row.ts';
import { toTime } from './objects/api-object.ts';
import type { JsonObject } from './objects/json.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Makes what every cluster has: the standard namespaces and the `kubernetes` service. */
export function seedCluster(world: World, now: number): void {
  const metadataOf = (name: string, more: JsonObject): JsonObject => ({
    name,
    ...more,
    uid: world.ids.uid(),
    creationTimestamp: toTime(now),
  });
  for (const name of NAMESPACES) {
    world.store.put('namespaces', {
      metadata: metadataOf(name, { labels: { 'kubernetes.io/metadata.name': name } }),
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }
  world.store.put('services', {
    metadata: metadataOf('kubernetes', {
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    }),
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }],
    },
    status: { loadBalancer: {} },
  });
}
