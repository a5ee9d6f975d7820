// The words of the tests of `lambdalet why`: everything that is read about the pod `web`, well by default.
import { toMicroTime, type Lease, type Node } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { Fact } from '../../lib/doctor/fact.ts';
import type { Evidence } from '../../lib/why/evidence.ts';
import { aLaunch, ago, aPod, aTask, KEY, showing, NOW } from '../support/vocabulary.ts';

/** Something that could be read. */
export const known = <T>(value: T): Fact<T> => ({ kind: 'known', value });
/** Something that could not. */
export const unread = (why: string): Fact<never> => ({ kind: 'unknown', why });

const NODE: NodeSettings = {
  name: 'node-1',
  architecture: 'amd64',
  capacity: { cpu: '40', memory: '80Gi', pods: '50', 'ephemeral-storage': '100Gi' },
  labels: {},
  taints: [],
  subnets: ['subnet-1'],
  securityGroups: [],
  assignPublicIp: false,
  capacityType: 'on-demand',
  region: 'eu-west-1',
  podsReady: true,
};

/** The node and its lease, renewed so many seconds ago. */
export function aNode(seconds = 5, conditions: readonly object[] = []) {
  const node = {
    metadata: { name: 'node-1', uid: 'n', resourceVersion: '1' },
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }, ...conditions] },
  } as unknown as Node;
  const lease = { spec: { renewTime: toMicroTime(ago(seconds)) } } as unknown as Lease;
  return { name: 'node-1', node, lease };
}

/** The holder, whose last pass was so many seconds ago. */
export const aSlot = (seconds = 10) => ({
  ...{ holder: 'h', deployId: 'd', startedAt: ago(300), until: NOW + 60_000, renewedAt: ago(2) },
  lastPassAt: ago(seconds),
});

/** A pod that runs and shows it, with what is other than that. */
export function evidenceOf(other: Partial<Evidence> = {}): Evidence {
  const record = aLaunch();
  return {
    asked: { namespace: KEY.namespace, name: KEY.name },
    deployment: {
      file: 'deployment.yaml',
      cluster: 'shop',
      nodes: [NODE],
      ecsCluster: 'lambdalet-shop',
      logGroup: '/lambdalet/shop/pods',
      networkProbes: false,
    },
    pod: known(showing(aPod(), record)),
    record: known(record),
    task: known({ task: aTask(), use: USE, taskDefinition: 'lambdalet-shop-web:7' }),
    node: known(aNode()),
    mark: known({ closing: false }),
    slot: known(aSlot()),
    events: known([]),
    log: known(undefined),
    ...other,
  };
}

const USE = { vcpu: 0.25, usdPerHour: 0.01234, capacityType: 'on-demand' } as const;
