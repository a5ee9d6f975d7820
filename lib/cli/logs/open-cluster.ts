import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { namesOf } from '../../../infra/names.ts';
import { createAws, type Aws, type AwsSession } from '../../doctor/aws/ask-aws.ts';
import { openSession } from '../../doctor/aws/open-session.ts';
import { lookAt, lookFurther, unknown, type Fact } from '../../doctor/fact.ts';
import type { Kubernetes } from '../../doctor/kubernetes/ask-kubernetes.ts';
import { openKubernetes } from '../../doctor/kubernetes/open-kubernetes.ts';
import { probeCaller } from '../../doctor/probes/probe-account.ts';
import { probeSecret } from '../../doctor/probes/probe-secret.ts';
import type { ClusterIdentity } from '../../settings.ts';
import { chooseCluster } from '../choose-cluster.ts';
import type { CommandIo } from '../command-io.ts';
import { demandFile } from '../demand-file.ts';
import { CommandFault, UsageError } from '../usage-error.ts';

/** How the cluster was named: by a deployment file, as for the doctor, or by its name and a kubeconfig, as for kubectl. */
export interface NamedPlace {
  readonly config: string | undefined;
  readonly cluster: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** The name of the DynamoDB table, where CloudFormation may not be asked for it. */
  readonly table: string | undefined;
}

/** A virtual cluster, for questions only. */
export interface OpenCluster {
  readonly cluster: string;
  readonly logGroup: string;
  readonly stateStack: string;
  readonly table: string | undefined;
  /** The virtual nodes, where a deployment file names them. */
  readonly nodes: readonly string[] | undefined;
  readonly region: string;
  readonly aws: Aws;
  readonly kubernetes: Kubernetes;
  /** The API server with a credential that is read or made anew: that of EKS, or of a plugin, is good for minutes. */
  readonly renewKubernetes: () => Promise<Kubernetes>;
}

/**
 * Opens AWS and the API server of a virtual cluster; nothing is asked of the latter yet.
 * @throws UsageError, DeploymentError or CommandFault
 */
export async function openCluster(place: NamedPlace, { environment }: CommandIo): Promise<OpenCluster> {
  const { cluster, region, account, identity, nodes } = nameCluster(place);
  if (place.kubeconfig !== undefined) await demandFile(place.kubeconfig);
  const session = await lookAt(() => openSession(region, environment));
  const { region: found } = demand(session);
  const aws = createAws(demand(session));
  await demandAccount(aws, account);
  const file = place.kubeconfig ?? (identity === undefined ? defaultKubeconfig(environment) : undefined);
  const open = async (): Promise<Kubernetes> =>
    demand(
      await openKubernetes({
        identity: identity ?? { kind: 'kubeconfig', secret: '' },
        kubeconfig: file === undefined ? undefined : { file, context: place.context },
        ...{ session, secret: await secretOf(file, identity, session), now: Date.now() },
      }),
    );
  const { podLogGroup: logGroup, stackPrefix } = namesOf({ cluster });
  return {
    ...{ cluster, logGroup, region: found, aws, nodes, table: place.table },
    ...{ stateStack: `${stackPrefix}-state`, kubernetes: await open(), renewKubernetes: open },
  };
}

/** The log group of another account may have the same name: what it does not have would be an empty log. */
async function demandAccount(aws: Aws, account: string | undefined): Promise<void> {
  if (account === undefined) return;
  const caller = demand(await lookAt(() => probeCaller(aws)));
  if (caller.account !== account)
    throw new CommandFault(
      `the credentials are of account ${caller.account}, not of ${account}, which the deployment file names: choose others, such as by AWS_PROFILE`,
      1,
    );
}

interface NamedCluster {
  readonly cluster: string;
  readonly region: string | undefined;
  readonly account: string | undefined;
  readonly identity: ClusterIdentity | undefined;
  readonly nodes: readonly string[] | undefined;
}

function nameCluster({ config, cluster, kubeconfig, context }: NamedPlace): NamedCluster {
  if (config === undefined && cluster === undefined)
    throw new UsageError([
      'no virtual cluster is named: give --config FILE, or --cluster NAME (local for that of lambdalet local)',
    ]);
  if (config !== undefined && kubeconfig === undefined && context !== undefined)
    throw new UsageError(['--context is of a kubeconfig: give it with --kubeconfig FILE']);
  if (config === undefined)
    return {
      ...{ cluster: cluster ?? '', region: undefined, account: undefined },
      ...{ identity: undefined, nodes: undefined },
    };
  const { settings, region, account } = chooseCluster(config, cluster);
  const nodes = settings.nodes.map(({ name }) => name);
  return { cluster: settings.cluster, region, account, identity: settings.identity, nodes };
}

async function secretOf(
  file: string | undefined,
  identity: ClusterIdentity | undefined,
  session: Fact<AwsSession>,
): Promise<Fact<string>> {
  if (file !== undefined || identity === undefined || identity.kind === 'eks')
    return unknown('no secret is needed');
  const aws = await lookFurther(session, (opened) => Promise.resolve(createAws(opened)));
  return (await probeSecret(aws, identity.secret, undefined)).text;
}

/** The one that kubectl takes. */
function defaultKubeconfig(environment: CommandIo['environment']): string {
  const [file, ...more] = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((one) => one !== '');
  if (more.length > 0)
    throw new UsageError([`KUBECONFIG names ${more.length + 1} files: give one with --kubeconfig FILE`]);
  return file ?? join(homedir(), '.kube', 'config');
}

/** @throws CommandFault with why it is not known */
function demand<T>(fact: Fact<T>): T {
  if (fact.kind === 'known') return fact.value;
  throw new CommandFault(fact.why, 1);
}
