import { isOwnNode } from '../../core/node.ts';
import { fromTime, type Instant, type Node } from '../../core/kubernetes.ts';
import {
  doubt,
  fault,
  judgeKnown,
  skipped,
  verdict,
  warning,
  type Finding,
  type Problem,
} from '../finding.ts';
import type { Fact } from '../fact.ts';
import type { NodeState } from '../probes/probe-cluster.ts';
import type { DeploymentFacts, StackState } from '../probes/probe-deployment.ts';
import type { Subject } from '../subject.ts';

/** The grace of the node lifecycle controller (50 s from Kubernetes 1.32), and when the heartbeat is late already. */
const LEASE_S = { dead: 40, late: 25 } as const;
/** After so long without a pass a node takes nothing new. */
const STALLED_S = 180;
/** Nobody's clock is exact. */
const SKEW_S = 30;

/** How far the deployment has come. */
type Stage = 'unknown' | 'not deployed' | 'deployed';

/** Whether what is deployed works. Before the first deployment there is nothing to look at, but for strangers of the same name. */
export function judgeDeployment(
  subject: Subject,
  facts: DeploymentFacts,
  nodes: Fact<readonly NodeState[]>,
  now: Instant,
): readonly Finding[] {
  const stage = stageOf(facts.stacks);
  return [
    ...judgeStacks(subject, facts.stacks, stage),
    ...judgeKnown('nodes', nodes, (known) => judgeNodes(known, stage, now)),
    ...judgeRunning(facts, stage, now),
  ];
}

function stageOf(stacks: DeploymentFacts['stacks']): Stage {
  if (stacks.kind === 'unknown') return 'unknown';
  return stacks.value.every(({ status }) => status === undefined) ? 'not deployed' : 'deployed';
}

function judgeStacks(
  { settings, file }: Subject,
  stacks: Fact<readonly StackState[]>,
  stage: Stage,
): readonly Finding[] {
  const deploy = `npx cdk deploy -c config=${file} 'lambdalet-${settings.cluster}-*'`;
  if (stage === 'not deployed') return skipped('stacks', `not deployed yet: ${deploy}`);
  return judgeKnown('stacks', stacks, (known) => {
    const problems = known.flatMap(({ name, status, reason }): readonly Problem[] => {
      if (status === undefined) return [fault(`${name} is not there, although others are`, deploy)];
      if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return [];
      if (status.endsWith('_IN_PROGRESS')) return [warning(`${name} is ${status}`, 'wait until it is done')];
      // A rollback restored what was there before.
      const why = reason === undefined ? '' : ` (${reason})`;
      return status === 'UPDATE_ROLLBACK_COMPLETE'
        ? [
            warning(
              `${name} is ${status}: the last deployment failed, and the one before is in use${why}`,
              deploy,
            ),
          ]
        : [
            fault(
              `${name} is ${status}${why}`,
              `aws cloudformation describe-stack-events --stack-name ${name}`,
            ),
          ];
    });
    return verdict('stacks', problems, `${known.length} are complete`);
  });
}

function judgeNodes(nodes: readonly NodeState[], stage: Stage, now: Instant): readonly Finding[] {
  const strangers = nodes.filter(({ node }) => node !== undefined && !isOwnNode(node));
  const problems = [
    ...strangers.map(({ name }) =>
      fault(
        `there is a Node ${name} of another kubelet: it, its lease and its pods are left alone`,
        'give the virtual node another name',
      ),
    ),
    ...(stage === 'deployed' ? nodes.flatMap((one) => nodeProblems(one, now)) : []),
  ];
  if (problems.length === 0 && stage !== 'deployed')
    return stage === 'unknown'
      ? verdict(
          'nodes',
          [doubt('whether there should be nodes is not known: the stacks could not be looked at')],
          '',
        )
      : skipped('nodes', 'not deployed yet; no other Node has one of their names');
  const names = nodes.map(({ name }) => name).join(', ');
  return verdict('nodes', problems, `${names}: Ready, with fresh leases`);
}

function nodeProblems({ name, node, lease }: NodeState, now: Instant): readonly Problem[] {
  const runbook = 'docs/operations.md, "Heartbeat age"';
  if (node === undefined) return [fault(`there is no Node ${name}`, runbook)];
  if (!isOwnNode(node)) return [];
  const renewed = fromTime(lease?.spec?.renewTime);
  const age = renewed === undefined ? undefined : (now - renewed) / 1000;
  return [
    ...conditionProblems(name, node),
    ...(age === undefined ? [fault(`node ${name} has no lease`, runbook)] : []),
    ...(age !== undefined && age > LEASE_S.dead + SKEW_S
      ? [
          fault(
            `the lease of node ${name} is ${Math.round(age)} s old: at ${LEASE_S.dead} it is NotReady`,
            runbook,
          ),
        ]
      : []),
    ...(age !== undefined && age > LEASE_S.late && age <= LEASE_S.dead + SKEW_S
      ? [warning(`the lease of node ${name} is ${Math.round(age)} s old: usual is at most 12`, runbook)]
      : []),
  ];
}

/** Conditions that are bad when they are `True`, besides Ready; each has a runbook of its name. */
const CONDITIONS: Readonly<Record<string, typeof fault>> = {
  PodSyncStalled: fault,
  Degraded: fault,
  AwsAccessRefused: fault,
  FargateQuotaReached: warning,
  FargateCapacityUnavailable: warning,
  SubnetAddressesExhausted: warning,
};

function conditionProblems(name: string, { status }: Node): readonly Problem[] {
  const conditions = status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  return [
    ...(ready?.status === 'True'
      ? []
      : [
          fault(
            `node ${name} is not Ready (${ready?.reason ?? 'it says nothing'})`,
            'docs/operations.md, "Heartbeat age"',
          ),
        ]),
    ...conditions.flatMap((condition) => {
      const problem = CONDITIONS[condition.type];
      if (problem === undefined || condition.status !== 'True') return [];
      const runbook = `docs/operations.md, "${condition.type}"`;
      return [problem(`node ${name} is ${condition.type}: ${condition.message ?? ''}`, runbook)];
    }),
  ];
}

function judgeRunning(facts: DeploymentFacts, stage: Stage, now: Instant): readonly Finding[] {
  if (stage === 'not deployed')
    return (['last-pass', 'dead-letters', 'alarms'] as const).flatMap((check) =>
      skipped(check, 'not deployed yet'),
    );
  return [
    ...judgeKnown('last-pass', facts.lastPassAt, (at) => {
      const runbook = 'docs/operations.md, "PodSyncStalled"';
      const age = at === undefined ? undefined : Math.round((now - at) / 1000);
      const isOld = age === undefined || age > STALLED_S + SKEW_S;
      const told =
        age === undefined ? 'no pass was ever complete' : `the last complete pass was ${age} s ago`;
      return verdict('last-pass', isOld ? [fault(told, runbook)] : [], told);
    }),
    ...judgeKnown('dead-letters', facts.deadLetters, (count) =>
      verdict(
        'dead-letters',
        count === 0
          ? []
          : [warning(`${count} task events wait in the DLQ`, 'docs/operations.md, "Dead letters"')],
        'the DLQ is empty',
      ),
    ),
    ...judgeKnown('alarms', facts.alarms, (alarms) =>
      verdict(
        'alarms',
        alarms.map(({ name, reason }) => fault(`${name} is on`, reason)),
        'none is on',
      ),
    ),
  ];
}
