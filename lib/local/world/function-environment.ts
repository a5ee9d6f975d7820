import { hasCredentials } from './choose-endpoints.ts';
import { namesOf } from '../../../infra/names.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { ClusterIdentity, EnvironmentName } from '../../settings.ts';

/** The account and Region that the emulators pretend. */
export const PLACE = { account: '000000000000', region: 'eu-west-1' } as const;

/** The name of the deployment, and everything that is named after it, by the rules of the real one. */
export const NAMES = namesOf({ cluster: 'local' });
/** The name of the table. */
export const TABLE = `${NAMES.stackPrefix}-records`;
/** The name of the bucket for the env files of pods. */
export const FILES_BUCKET = `${NAMES.stackPrefix}-files`;
/** The name of the secret that holds the kubeconfig. */
export const SECRET = 'lambdalet/local/kubeconfig';

/** Label and taint of a node in a cluster that was joined: whoever looks at it knows that nothing runs there. */
export const SIMULATED = 'lambdalet.dev/simulated';

/** What the one virtual node of a world is. */
export interface LocalNode {
  readonly name: string;
  /** In a cluster that was joined the node is marked, and keeps everything off that does not ask for it. */
  readonly simulated: boolean;
  readonly podsReady: boolean;
  /** Whether a gateway serves its kubelet API. Default `false`. */
  readonly hasGateway?: boolean;
}

/** The variables of every function, as the stacks set them, and where its AWS services are: `endpoints` names SQS at least. */
export function functionEnvironment(
  node: LocalNode,
  endpoints: Readonly<Record<string, string>>,
  user: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const identity: ClusterIdentity = { kind: 'kubeconfig', secret: SECRET };
  const settings: Readonly<Record<EnvironmentName, string>> = {
    AWS_REGION: PLACE.region,
    LAMBDALET_CLUSTER: 'local',
    LAMBDALET_NODES: JSON.stringify([nodeSettings(node)]),
    LAMBDALET_TABLE: TABLE,
    LAMBDALET_ECS_CLUSTER: NAMES.ecsCluster,
    LAMBDALET_IDENTITY: JSON.stringify(identity),
    LAMBDALET_LOG_GROUP: NAMES.podLogGroup,
    LAMBDALET_EXECUTION_ROLE: `arn:aws:iam::${PLACE.account}:role/${NAMES.stackPrefix}-execution`,
    LAMBDALET_FILES_BUCKET: FILES_BUCKET,
    LAMBDALET_ENCRYPTION_KEY: 'aws',
    LAMBDALET_NETWORK_PROBES: 'false',
    LAMBDALET_EVENT_BUS: 'default',
    LAMBDALET_EVENT_QUEUE: queueUrl(endpoints, 'task-events'),
    LAMBDALET_DEAD_LETTER_QUEUE: queueUrl(endpoints, 'dead-letters'),
    LAMBDALET_ECS_SHARE: '1',
    LAMBDALET_FARGATE_LAUNCH_RATE: 'regional',
    LAMBDALET_NAMESPACE_CEILINGS: '{}',
    LAMBDALET_MODE: 'watch',
    LAMBDALET_DEPLOY_ID: 'local',
    LAMBDALET_VALUES: '[]',
    LAMBDALET_ACCEPT_NEW_CLUSTER: 'false',
    LAMBDALET_NOT_READY_WHEN_STALLED: 'false',
    LAMBDALET_GATEWAY: String(node.hasGateway ?? false),
    LAMBDALET_GATEWAY_APPROVES: 'false',
  };
  return { ...inherited(user), ...userCredentials(user), ...endpoints, ...settings };
}

/** The URL of one of the queues of lib/local/pumps/create-queues.ts: SQS makes it of its endpoint, account and name. */
function queueUrl(endpoints: Readonly<Record<string, string>>, name: string): string {
  return `${endpoints['AWS_ENDPOINT_URL_SQS'] ?? ''}/${PLACE.account}/${NAMES.stackPrefix}-${name}`;
}

function nodeSettings({ name, simulated, podsReady }: LocalNode): NodeSettings {
  return {
    name,
    architecture: 'amd64',
    capacity: { cpu: '4000', memory: '8000Gi', pods: '5000', 'ephemeral-storage': '100Ti' },
    labels: simulated ? { [SIMULATED]: 'true' } : {},
    taints: simulated ? [{ key: SIMULATED, value: 'true', effect: 'NoSchedule' }] : [],
    subnets: ['subnet-local'],
    securityGroups: [],
    assignPublicIp: false,
    capacityType: 'on-demand',
    region: PLACE.region,
    podsReady,
    execRole: `arn:aws:iam::${PLACE.account}:role/${NAMES.stackPrefix}-exec`,
  };
}

/** What a function inherits: not the settings of another deployment, nor what would win over or go with other credentials. */
function inherited(user: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const hasCredentials = Object.keys(userCredentials(user)).length > 0;
  const dropped = hasCredentials ? /^(LAMBDALET_|AWS_PROFILE$|AWS_SESSION_TOKEN$)/ : /^LAMBDALET_/;
  const kept = Object.entries(user).filter(([name]) => !dropped.test(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Credentials to use: an emulator takes any; the user's own are left in place for the user's own endpoints. */
export function userCredentials(
  user: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const hasOwn = Object.keys(user).some((name) => name.startsWith('AWS_ENDPOINT_URL'));
  if (hasOwn && hasCredentials(user)) return {};
  return { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
}
