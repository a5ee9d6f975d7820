import type { Taint } from './kubernetes.ts';

/** What one virtual node is: settings of the deployment, already validated. */
export interface NodeSettings {
  readonly name: string;
  readonly architecture: 'amd64' | 'arm64';
  /** Kubernetes quantities. */
  readonly capacity: {
    readonly cpu: string;
    readonly memory: string;
    readonly pods: string;
    readonly 'ephemeral-storage': string;
  };
  readonly labels: Readonly<Record<string, string>>;
  /** In addition to the built-in `virtual-kubelet.io/provider=lambdalet:NoSchedule`. */
  readonly taints: readonly Taint[];
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  readonly capacityType: 'on-demand' | 'spot';
  readonly region: string;
  /** Set when every subnet lies in this one zone. */
  readonly zone?: string;
  /** `false`: pods of this node never become Ready, for trials on a cluster whose Services must not see them. */
  readonly podsReady: boolean;
}
