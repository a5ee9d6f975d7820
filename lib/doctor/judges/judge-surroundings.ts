import {
  fault,
  judgeKnown,
  skipped,
  verdict,
  type CheckName,
  type Finding,
  type Problem,
} from '../finding.ts';
import type { Fact } from '../fact.ts';
import type { EcsCluster, EksCluster, SurroundingFacts } from '../probes/probe-surroundings.ts';
import type { Subject } from '../subject.ts';

/** Whether what the deployment file names, and the stacks do not make, is there and as it must be. */
export function judgeSurroundings({ settings }: Subject, facts: SurroundingFacts): readonly Finding[] {
  const { eventBus, alarmTopicArn, permissionsBoundaryArn, encryptionKeyArn, ecsClusterName } = settings;
  return [
    ...named('event-bus', facts.eventBus, (isThere) =>
      isThere
        ? []
        : [fault(`there is no event bus ${eventBus}`, `aws events create-event-bus --name ${eventBus}`)],
    )(`${eventBus} is there`, 'the default bus, which every account has'),
    ...named('alarm-topic', facts.alarmTopic, (isThere) =>
      isThere
        ? []
        : [
            fault(
              `there is no topic ${alarmTopicArn}`,
              'create it, or correct alarmTopicArn: aws sns list-topics',
            ),
          ],
    )(`${alarmTopicArn} is there`, 'the file names none: the alarms tell nobody'),
    ...named('permissions-boundary', facts.permissionsBoundary, (isThere) =>
      isThere
        ? []
        : [
            fault(
              `there is no policy ${permissionsBoundaryArn}: no role can be made`,
              'correct permissionsBoundaryArn: aws iam list-policies --scope Local',
            ),
          ],
    )(`${permissionsBoundaryArn} is there`, 'the file names none'),
    ...named('encryption-key', facts.encryptionKey, (key) =>
      key?.state === 'Enabled'
        ? []
        : [
            fault(
              `the key ${encryptionKeyArn} is ${key?.state ?? 'not there'}`,
              `aws kms enable-key --key-id ${encryptionKeyArn}`,
            ),
          ],
    )(`${encryptionKeyArn} is enabled`, 'the file names none: the keys of AWS are used'),
    ...named('ecs-cluster', facts.ecsCluster, (cluster) => ecsProblems(ecsClusterName ?? '', cluster))(
      `${ecsClusterName} has FARGATE and FARGATE_SPOT`,
      'one is made',
    ),
    ...named('eks-cluster', facts.eksCluster, (cluster) => eksProblems(settings, cluster))(
      'endpoint, CA and authentication mode are those of the file',
      'identityMode is not eks',
    ),
  ];
}

/** A check of something that the file may name. */
function named<T>(check: CheckName, fact: Fact<T> | undefined, problemsOf: (value: T) => readonly Problem[]) {
  return (good: string, without: string): readonly Finding[] =>
    fact === undefined
      ? skipped(check, without)
      : judgeKnown(check, fact, (value) => verdict(check, problemsOf(value), good));
}

const PROVIDERS = ['FARGATE', 'FARGATE_SPOT'] as const;

function ecsProblems(name: string, cluster: EcsCluster | undefined): readonly Problem[] {
  if (cluster?.status !== 'ACTIVE')
    return [
      fault(
        `the ECS cluster ${name} is ${cluster === undefined ? 'not there' : cluster.status}`,
        `aws ecs create-cluster --cluster-name ${name} --capacity-providers ${PROVIDERS.join(' ')}, or leave ecsClusterName out`,
      ),
    ];
  const absent = PROVIDERS.filter((provider) => !cluster.capacityProviders.includes(provider));
  if (absent.length === 0) return [];
  return [
    fault(
      `the ECS cluster ${name} lacks the capacity providers ${absent.join(' and ')}`,
      `aws ecs put-cluster-capacity-providers --cluster ${name} --default-capacity-provider-strategy [] --capacity-providers ${[...cluster.capacityProviders, ...absent].join(' ')}`,
    ),
  ];
}

function eksProblems(settings: Subject['settings'], cluster: EksCluster | undefined): readonly Problem[] {
  const { identity, accessEntries, functionsVpc } = settings;
  if (identity.kind !== 'eks') return [];
  if (cluster === undefined)
    return [
      fault(
        `there is no EKS cluster ${identity.clusterName}, in this account and Region`,
        'aws eks list-clusters',
      ),
    ];
  const describe = `aws eks describe-cluster --name ${identity.clusterName} --query 'cluster.[endpoint,certificateAuthority.data]' --output text`;
  const isSame = identity.endpoint.replace(/\/$/, '').toLowerCase() === cluster.endpoint.toLowerCase();
  return [
    ...(cluster.status === 'ACTIVE'
      ? []
      : [fault(`the EKS cluster is ${cluster.status}: allowed is ACTIVE`, 'wait for it, or mend it')]),
    ...(isSame
      ? []
      : [
          fault(`endpoint is ${identity.endpoint}, and that of the cluster is ${cluster.endpoint}`, describe),
        ]),
    ...(identity.certificateAuthority === cluster.certificateAuthority
      ? []
      : [fault('certificateAuthority is not the CA of the cluster', describe)]),
    ...(accessEntries && !cluster.authenticationMode.includes('API')
      ? [
          fault(
            `accessEntries is true, and the authentication mode of the cluster is ${cluster.authenticationMode}: allowed is one with API`,
            `aws eks update-cluster-config --name ${identity.clusterName} --access-config authenticationMode=API_AND_CONFIG_MAP`,
          ),
        ]
      : []),
    ...(functionsVpc === undefined ? publicProblems(identity.clusterName, cluster) : []),
    ...(functionsVpc !== undefined && !cluster.isPrivate && !cluster.isPublic
      ? [fault('the API server has neither a public nor a private endpoint', describe)]
      : []),
  ];
}

/** Functions outside of a VPC come from addresses of AWS that nobody can foretell. */
function publicProblems(name: string, { isPublic, publicCidrs }: EksCluster): readonly Problem[] {
  const fix = `name functionSubnets in the VPC of the cluster, or: aws eks update-cluster-config --name ${name} --resources-vpc-config endpointPublicAccess=true,publicAccessCidrs=0.0.0.0/0`;
  if (!isPublic)
    return [fault('the API server has no public endpoint, and the functions are outside of the VPC', fix)];
  if (publicCidrs.length === 0 || publicCidrs.includes('0.0.0.0/0')) return [];
  return [
    fault(
      `the public endpoint admits ${publicCidrs.join(', ')} only, and the functions come from any address of AWS`,
      fix,
    ),
  ];
}
