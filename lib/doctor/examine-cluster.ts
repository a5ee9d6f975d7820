import { bootstrapInputOf } from '../../infra/bootstrap-input.ts';
import { bootstrapNames } from '../../infra/bootstrap/bootstrap-subject.ts';
import { renderBootstrap } from '../../infra/render-bootstrap.ts';
import type { Instant } from '../core/kubernetes.ts';
import { createAws, type AwsSession } from './aws/ask-aws.ts';
import { openSession } from './aws/open-session.ts';
import { lookAt, lookFurther, unknown } from './fact.ts';
import type { Finding } from './finding.ts';
import { judgeAccount } from './judges/judge-account.ts';
import { judgeCluster } from './judges/judge-cluster.ts';
import { judgeCredentials, trustAws } from './judges/judge-credentials.ts';
import { judgeDaemonSets } from './judges/judge-daemonsets.ts';
import { judgeDeployment } from './judges/judge-deployment.ts';
import { judgeFunctionNetwork } from './judges/judge-function-network.ts';
import { judgeGateway } from './judges/judge-gateway.ts';
import { judgePodNetwork } from './judges/judge-pod-network.ts';
import { judgeRoles, rolesIn } from './judges/judge-roles.ts';
import { judgeSecret } from './judges/judge-secret.ts';
import { judgeSurroundings } from './judges/judge-surroundings.ts';
import { objectsOf } from './kubernetes/rights-of-bootstrap.ts';
import { openKubernetes, type WaysIn } from './kubernetes/open-kubernetes.ts';
import { probeAccount, probeCaller } from './probes/probe-account.ts';
import { probeCluster, type ClusterQuestions } from './probes/probe-cluster.ts';
import { probeDeployment } from './probes/probe-deployment.ts';
import { probeGateway } from './probes/probe-gateway.ts';
import { probeNetwork } from './probes/probe-network.ts';
import { probeRoles } from './probes/probe-roles.ts';
import { probeSecret } from './probes/probe-secret.ts';
import { probeSurroundings } from './probes/probe-surroundings.ts';
import type { Subject } from './subject.ts';

/** What an examination is done with. */
export interface Instruments {
  /** A kubeconfig of whoever asks. */
  readonly kubeconfig: WaysIn['kubeconfig'];
  readonly environment: AwsSession['environment'];
  readonly now: Instant;
}

/** Everything that can be said of one cluster of a deployment file, in the order of the checks. Nothing is changed anywhere. */
export async function examineCluster(
  subject: Subject,
  { kubeconfig, environment, now }: Instruments,
): Promise<readonly Finding[]> {
  const { settings } = subject;
  const { identity } = settings;
  const session = await lookAt(() => openSession(subject.region, environment));
  const first = await lookFurther(session, (opened) => Promise.resolve(createAws(opened)));
  const caller = await lookFurther(first, probeCaller);
  const aws = trustAws(subject, first, caller);
  const [account, network, secret, roles, surroundings, deployment, gateway] = await Promise.all([
    probeAccount(aws, now),
    probeNetwork(aws, idsIn(subject)),
    identity.kind === 'eks' ? undefined : probeSecret(aws, identity.secret, settings.secretKeyArn),
    probeRoles(aws, rolesIn(subject)),
    probeSurroundings(aws, settings),
    probeDeployment(aws, settings),
    probeGateway(aws, settings),
  ]);
  const way = await openKubernetes({
    ...{ identity, kubeconfig, now },
    session: aws.kind === 'known' ? session : aws,
    secret: secret?.text ?? unknown('the identity has no secret'),
  });
  const cluster = await probeCluster(way, questionsOf(subject));
  const placed = first.kind === 'known' ? { ...subject, region: first.value.region } : subject;
  return [
    ...judgeCredentials(subject, first, caller),
    ...judgeAccount(placed, account),
    ...judgePodNetwork(subject, network),
    ...judgeFunctionNetwork(subject, network),
    ...judgeSecret(subject, secret, { now, isEmulated: isEmulated(environment) }),
    ...judgeSurroundings(subject, surroundings),
    ...judgeRoles(roles),
    ...judgeCluster(subject, cluster),
    ...judgeDaemonSets(placed, cluster.daemonSets),
    ...judgeDeployment(subject, deployment, cluster.nodes, now),
    ...judgeGateway(subject, gateway, cluster.nodes),
  ];
}

/** The subnets and groups that the file names: of nodes, of what their rules allow, of the functions. */
function idsIn({ settings: { nodes, functionsVpc } }: Subject): Parameters<typeof probeNetwork>[1] {
  const allowed = nodes.flatMap(({ allow = [] }) => allow);
  return {
    subnets: [
      ...nodes.flatMap((node) => node.subnets),
      ...allowed.flatMap((rule) => rule.subnets ?? []),
      ...(functionsVpc?.subnets ?? []),
    ],
    groups: [
      ...nodes.flatMap((node) => node.securityGroups),
      ...allowed.flatMap((rule) => rule.securityGroups ?? []),
      ...(functionsVpc?.securityGroups ?? []),
    ],
  };
}

/** What the bootstrap says that the functions may do, and as whom the API server knows them. */
function questionsOf({ settings }: Subject): ClusterQuestions {
  const input = bootstrapInputOf(settings);
  const { namespace, serviceAccount, group } = bootstrapNames(settings.cluster);
  const account = {
    user: `system:serviceaccount:${namespace}:${serviceAccount}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
  return {
    subject: input.identityMode === 'eks' ? { groups: [group, 'system:authenticated'] } : account,
    objects: objectsOf(renderBootstrap(input)),
    nodes: input.nodeNames,
    impersonateNodes: input.impersonateNodes,
  };
}

/** Whether AWS is somewhere else than at AWS: then its functions are there, too. */
function isEmulated(environment: AwsSession['environment']): boolean {
  return Object.entries(environment).some(
    ([name, value]) => name.startsWith('AWS_ENDPOINT_URL') && Boolean(value),
  );
}
