import {
  type Cluster,
  createCluster,
  LEASES,
  MERGE,
  NODES,
  NOON,
  pod,
  PODS,
  readyNode,
  STRATEGIC,
} from './cluster-under-test.ts';

export const micro = (now: number): string => `${new Date(now).toISOString().slice(0, 23)}000Z`;

/** Two nodes with leases; node-2 keeps beating, so that the cluster is never taken to be cut off as a whole. */
export const withNodes = (): Cluster => {
  const cluster = createCluster();
  for (const name of ['node-1', 'node-2']) {
    cluster.post(NODES, readyNode(name, NOON));
    cluster.post(LEASES, {
      metadata: { name },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: micro(NOON) },
    });
  }
  cluster.settle();
  return cluster;
};
export const renew = (cluster: Cluster, ...names: string[]): void => {
  for (const name of names)
    cluster.patch(`${LEASES}/${name}`, MERGE, { spec: { renewTime: micro(cluster.now()) } });
};
export const live = (cluster: Cluster, seconds: number, ...names: string[]): void => {
  for (let second = 0; second < seconds; second += 5) {
    renew(cluster, ...names);
    cluster.pass(5);
  }
};
export const postReady = (cluster: Cluster, name: string): void => {
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: new Date(cluster.now()).toISOString(),
  };
  cluster.patch(`${NODES}/${name}/status`, STRATEGIC, { status: { conditions: [condition] } });
};
export const bindTo = (cluster: Cluster, name: string, node: string, spec: object = {}): void => {
  cluster.post(PODS, pod(name, { nodeName: node, ...spec }));
  cluster.patch(`${PODS}/${name}/status`, STRATEGIC, {
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
};
