import type { FunctionName } from '../../../infra/names.ts';
import type { PodNotice } from '../../../events/pod-notice.ts';
import type { AwsModels } from '../aws/create-aws-models.ts';
import type { LocalQueues } from '../pumps/create-queues.ts';
import type { Pace } from '../pace-options.ts';
import type { ClusterUser } from './ask-cluster.ts';
import type { FunctionLog } from './open-log.ts';
import type { LocalCluster } from './start-cluster.ts';

/** Lambdalet, its cluster and its AWS, all on this machine. */
export interface World {
  readonly pace: Pace;
  readonly cluster: LocalCluster;
  /** Someone with the rights of the kubeconfig. */
  readonly user: ClusterUser;
  /** The name of the virtual node. */
  readonly node: string;
  readonly ecsCluster: string;
  /** A temporary folder; only the log in it is left when everything has ended. */
  readonly folder: string;
  readonly kubeconfigFile: string;
  readonly log: FunctionLog;
  /** Where AWS services are: `AWS_ENDPOINT_URL_ECS` and its like, by the name of the variable. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The variables with the credentials that go with them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** What the functions published about pods so far. */
  notices(): readonly PodNotice[];
  /** The ARNs of the tasks that are to run, or that have stopped in the last hour. */
  listTasks(desired: 'RUNNING' | 'STOPPED'): Promise<readonly string[]>;
  /** The log group of the pods. */
  readonly logGroup: string;
  /** The lines of all pods so far that contain a text, the oldest first. */
  readLog(containing: string): Promise<readonly string[]>;
  /** What the functions last complained about, in one sentence. */
  lastErrors(): string;
  /** The emulators themselves, for tests; a service of the user's own is not among them. */
  readonly models: AwsModels;
  readonly queues: LocalQueues;
  /** Calls one function, as its trigger would. */
  invoke(name: FunctionName, event: unknown): Promise<unknown>;
  /** Ends everything at once. A foreign cluster keeps what it has: see `leaveCluster`. */
  close(): Promise<void>;
}
