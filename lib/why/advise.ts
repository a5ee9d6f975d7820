import { standingObstacle, type Obstacle } from '../core/node-obstacles.ts';
import { editOf } from '../core/record.ts';
import type { CapacityType } from '../core/capacity-type.ts';
import type { Instant } from '../core/kubernetes.ts';
import { QUOTA_CODES } from '../doctor/probes/probe-account.ts';
import { knownOf, type Evidence } from './evidence.ts';
import type { RefusedBy, Situation, VainStart } from './situation.ts';

/** What to do, the first thing first: commands, or pages of the documentation. Nothing: it is as it should be. */
export function advise(
  { asked, deployment, record, log }: Evidence,
  situation: Situation,
): readonly string[] {
  const { namespace, name } = asked;
  const pod = `-n ${namespace} ${name}`;
  const { capacityType = 'on-demand' } = knownOf(record)?.use ?? {};
  const doctor = `lambdalet doctor -c ${deployment.file} --cluster ${deployment.cluster}`;
  const logs = `lambdalet logs ${namespace}/${name} --config ${deployment.file} --cluster ${deployment.cluster}`;
  const hasEnd = (knownOf(log)?.lines.length ?? 0) > 0;
  const allOfLog = hasEnd ? `the end of the log stands below; all of it: ${logs}` : `its log: ${logs}`;
  const history = `lambdalet history ${namespace}/${name} -c ${deployment.file} --cluster ${deployment.cluster}`;
  switch (situation.kind) {
    case 'unreadable':
      return [`kubectl auth can-i get pods -n ${namespace}`, `${doctor} (or give your own --kubeconfig)`];
    case 'absent':
      return situation.record === 'ended'
        ? [`its log: ${logs}`, `what happened to it: ${history}`]
        : [`kubectl get pods -n ${namespace}`, `whether it was there before: ${history}`];
    case 'goneUnfinished':
      return ['wait for the next pass; after five minutes: docs/operations.md, "PodSyncStalled"'];
    case 'unscheduled':
      return [
        `kubectl describe pod ${pod}`,
        'a pod comes to a virtual node by toleration and nodeSelector or by a recipe: docs/recipes.md',
      ];
    case 'foreignNode':
      return [`kubectl describe pod ${pod}`, 'name the deployment file, or the --cluster, that has the node'];
    case 'daemonSet':
      return [`${doctor} prints the patch that keeps the DaemonSet off`];
    case 'refused':
      return [
        'change what the message names: docs/pod-compatibility.md',
        'lambdalet explain tells it before the next try',
      ];
    case 'nodeAbsent':
    case 'heartbeatOld':
      return ['docs/operations.md, "Heartbeat age"', doctor];
    case 'passOld':
      return ['docs/operations.md, "PodSyncStalled"', doctor];
    case 'nodeClosing':
      return [`kubectl delete pod ${pod}, so that it is made anew on another node`];
    case 'ceiling':
      return ['end other pods, or raise the ceiling: docs/ceilings.md'];
    case 'launchRefused':
      return adviseRefused(situation.by, capacityType);
    case 'launchDue':
    case 'launching':
    case 'recovering':
    case 'starting':
      return ['wait: this takes a minute or two; longer than five: docs/operations.md, "PodSyncStalled"'];
    case 'neverStarted':
      return adviseVain(situation.cause, capacityType);
    case 'crashed':
      return [allOfLog, `kubectl describe pod ${pod}`];
    case 'running':
    case 'succeeded':
      return [];
    case 'notReady':
      return ['readiness: docs/operations.md, "Probes"', `kubectl describe pod ${pod}`];
    case 'missing':
      return ['docs/operations.md, "lostTask"'];
    case 'stopping':
      return situation.deadline === undefined
        ? []
        : ['past its deadline it is asked to stop again by itself'];
    case 'finalizers':
      return situation.names.length === 0
        ? []
        : ['ask the owner of the finalizers: the controller does not touch them'];
    case 'failed':
      return [allOfLog, `kubectl describe pod ${pod}`];
    case 'recordUnreadable':
      return [
        `${doctor} tells which right is missing`,
        'name the table with --table where CloudFormation may not be asked',
      ];
  }
}

function adviseRefused(by: RefusedBy, capacityType: CapacityType): readonly string[] {
  switch (by) {
    case 'quota':
      return [
        'docs/operations.md, "FargateQuotaReached"',
        `aws service-quotas request-service-quota-increase --service-code fargate --quota-code ${QUOTA_CODES[capacityType]} --desired-value N`,
      ];
    case 'capacity':
      return ['docs/operations.md, "FargateCapacityUnavailable"'];
    case 'addresses':
      return ['docs/operations.md, "SubnetAddressesExhausted"'];
    case 'access':
      return ['docs/operations.md, "AwsAccessRefused"'];
    case 'configuration':
      return ['make what is missing: the next try reads it again by itself'];
    case 'provider':
      return ['it is tried again by itself; if it goes on: docs/operations.md, "No capacity"'];
  }
}

function adviseVain(cause: VainStart, capacityType: CapacityType): readonly string[] {
  switch (cause) {
    case 'imagePull':
      return [
        'look at name and tag of the image, its pull secret, and the route of the subnets to the registry: docs/networking.md',
      ];
    case 'configuration':
      return ['docs/operations.md, "What pods bring with them"'];
    case 'quota':
    case 'capacity':
    case 'addresses':
      return adviseRefused(cause, capacityType);
  }
}

/** What is true besides the verdict, and changes how it is to be read. */
export function noteBeside({ record, task, mark, slot }: Evidence, now: Instant): readonly string[] {
  const known = knownOf(record);
  const seen = knownOf(task)?.task;
  const marks = knownOf(mark);
  const isAhead = seen !== undefined && known?.task !== undefined && seen.version > known.task.version;
  const notes = [
    isAhead ? 'ECS knows more of the task than the record: the event of it is still on its way' : undefined,
    marks?.breaker === undefined
      ? undefined
      : `the breaker of the node holds (${marks.breaker.why}): nothing is stopped because it is absent; docs/operations.md, "breaker"`,
    ...OBSTACLE_NAMES.map(([obstacle, condition]) => {
      const told = standingObstacle(marks?.obstacles, obstacle, now);
      return told === undefined ? undefined : `the node has ${condition}: ${told.message}`;
    }),
    known === undefined ? undefined : editOf(known)?.message,
    hasNoPass(slot) ? 'pod-sync has not completed a pass yet' : undefined,
  ];
  return notes.filter((note) => note !== undefined);
}

function hasNoPass(slot: Evidence['slot']): boolean {
  return slot.kind === 'known' && slot.value?.lastPassAt === undefined;
}

const OBSTACLE_NAMES: readonly (readonly [Obstacle, string])[] = [
  ['quota', 'FargateQuotaReached'],
  ['capacity', 'FargateCapacityUnavailable'],
  ['addresses', 'SubnetAddressesExhausted'],
  ['access', 'AwsAccessRefused'],
];
