import { namesOf } from '../../infra/names.ts';
import { chooseCluster, type PlacedCluster } from '../cli/choose-cluster.ts';
import type { CommandIo } from '../cli/command-io.ts';
import { demandFile } from '../cli/demand-file.ts';
import { CLUSTER, CONFIG, type OptionTable } from '../cli/option-table.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Instant } from '../core/kubernetes.ts';
import { createAws, type Aws, type AwsSession } from '../doctor/aws/ask-aws.ts';
import { openSession } from '../doctor/aws/open-session.ts';
import { lookAt, lookFurther, unknown, type Fact } from '../doctor/fact.ts';
import { openKubernetes, type WaysIn } from '../doctor/kubernetes/open-kubernetes.ts';
import { probeCaller } from '../doctor/probes/probe-account.ts';
import { probeSecret } from '../doctor/probes/probe-secret.ts';
import type { AskedPod, WhyDeployment } from './evidence.ts';
import { openSources, type Sources } from './read-evidence.ts';

/** Where the file and the AWS profile name none: judging a pod needs one, and asks nobody. */
const ANY_REGION = 'us-east-1';

/** The options that say which deployment is asked, and with whose rights. */
export const PLACE_OPTIONS = {
  config: CONFIG,
  cluster: CLUSTER,
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    about:
      'your own kubeconfig, which usually may see more than the functions; without it the credential of the secret is used, or on EKS your AWS identity',
  },
  context: { type: 'string', value: 'NAME', about: 'another context of it than the current one' },
  table: {
    type: 'string',
    value: 'NAME',
    about: 'the DynamoDB table, where CloudFormation may not be asked for its name',
  },
} as const satisfies OptionTable;

/** What was given of them. */
interface Place {
  readonly config: string | undefined;
  readonly cluster: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly table: string | undefined;
}

/** A deployment of a file, for questions only. */
export interface OpenDeployment {
  readonly sources: Sources;
  readonly deployment: WhyDeployment;
  readonly settings: PlacedCluster['settings'];
}

/**
 * Opens everything that is asked about pods of a deployment.
 * @throws UsageError or DeploymentError
 */
export async function openDeployment(
  { config, cluster, kubeconfig, context, table }: Place,
  { environment }: Pick<CommandIo, 'environment'>,
): Promise<OpenDeployment> {
  if (config === undefined) throw new UsageError(['there is no deployment file: give -c FILE']);
  if (kubeconfig === undefined && context !== undefined)
    throw new UsageError(['--context is of a kubeconfig: give it with --kubeconfig FILE']);
  for (const file of [config, kubeconfig]) if (file !== undefined) await demandFile(file);
  const own = kubeconfig === undefined ? undefined : { file: kubeconfig, context };
  const placed = chooseCluster(config, cluster);
  const opened = await open(placed, {
    ...{ file: config, kubeconfig: own, table, environment, now: Date.now() },
  });
  return { ...opened, settings: placed.settings };
}

/** @throws UsageError for anything but one `NAMESPACE/POD` */
export function podNamed(operands: readonly string[]): AskedPod {
  const [operand = '', ...more] = operands;
  const [namespace = '', name = '', ...rest] = operand.split('/');
  if (namespace !== '' && name !== '' && rest.length === 0 && more.length === 0) return { namespace, name };
  const seen =
    operands.length === 0 ? 'no pod is named' : `${JSON.stringify(operands.join(' '))} names no pod`;
  throw new UsageError([`${seen}: give one as NAMESPACE/POD, such as default/web`]);
}

interface Ways {
  readonly file: string;
  readonly kubeconfig: WaysIn['kubeconfig'];
  readonly table: string | undefined;
  readonly environment: AwsSession['environment'];
  readonly now: Instant;
}

async function open(
  { settings, region, account }: PlacedCluster,
  { file, kubeconfig, table, environment, now }: Ways,
): Promise<Pick<OpenDeployment, 'sources' | 'deployment'>> {
  const { identity, cluster, networkProbes } = settings;
  const { ecsCluster, podLogGroup, stackPrefix } = namesOf(settings);
  const session = await lookAt(() => openSession(region, environment));
  const first = await lookFurther(session, (opened) => Promise.resolve(createAws(opened)));
  const aws = await ofAccount(first, account);
  const needsSecret = kubeconfig === undefined && identity.kind !== 'eks';
  const secret = needsSecret
    ? (await probeSecret(aws, identity.secret, undefined)).text
    : unknown('it is not needed');
  const kubernetes = await openKubernetes({
    ...{ identity, kubeconfig, secret, now },
    session: aws.kind === 'known' ? session : aws,
  });
  const known = session.kind === 'known' ? session.value.region : (region ?? ANY_REGION);
  const deployment: WhyDeployment = {
    ...{ file, cluster, ecsCluster, networkProbes, logGroup: podLogGroup },
    nodes: settings.nodes.map((node) => ({ ...node, region: known })),
  };
  const executionRole = `arn:aws:iam::${account ?? '111122223333'}:role/${stackPrefix}-execution`;
  const ways = { kubernetes, session, aws, table, stackPrefix, executionRole };
  return { sources: await openSources(ways, deployment), deployment };
}

/** AWS as long as it is the account that the file names: what another one does not know says nothing of the pod. */
async function ofAccount(aws: Fact<Aws>, account: string | undefined): Promise<Fact<Aws>> {
  if (account === undefined) return aws;
  const caller = await lookFurther(aws, probeCaller);
  if (caller.kind === 'unknown') return caller;
  if (caller.value.account === account) return aws;
  return unknown(`the credentials are of account ${caller.value.account}, not of ${account}`);
}
