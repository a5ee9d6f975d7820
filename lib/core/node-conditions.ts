import { toTime, type Node, type NodeCondition } from './kubernetes.ts';
import { HEARTBEAT, isStalled, type MarkedFacts, type NodeFacts } from './node-facts.ts';
import { OBSTACLES, standingObstacle, type Obstacle } from './node-obstacles.ts';
import { QUOTA, quantityOf, readQuota } from './node-quota.ts';

/** What a condition says, without its times. */
type Statement = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The conditions that are ours, with the times of those before: a transition is a change of status, nothing else. */
export function nodeConditions(before: Node | undefined, facts: NodeFacts): NodeCondition[] {
  const at = toTime(facts.now);
  const old = new Map((before?.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const marked =
    facts.marked === undefined
      ? markedStatements({}, facts).map((statement) => kept(old.get(statement.type)) ?? statement)
      : markedStatements(facts.marked, facts);
  return [...statements(facts), ...marked].map((statement) => {
    const since = old.get(statement.type);
    const lastTransitionTime = since?.status === statement.status ? since.lastTransitionTime : undefined;
    return { ...statement, lastHeartbeatTime: at, lastTransitionTime: lastTransitionTime ?? at };
  });
}

/** What was said goes on being said, unless it was the node lifecycle controller that said it (`Unknown`). */
function kept(condition: NodeCondition | undefined): Statement | undefined {
  if (condition === undefined || condition.status === 'Unknown') return undefined;
  const { type, status, reason = '', message = '' } = condition;
  return { type, status, reason, message };
}

/** What the node says of itself whatever is marked of it. */
function statements(facts: NodeFacts): readonly Statement[] {
  const stalled = isStalled(facts);
  const message = `pod-sync has not completed a pass for ${HEARTBEAT.stalledMs / 60_000} minutes; nothing new is bound here. ${runbook('PodSyncStalled')}`;
  return [
    stalled && facts.notReadyWhenStalled
      ? { type: 'Ready', status: 'False', reason: 'PodSyncStalled', message }
      : { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'lambdalet keeps this node alive' },
    noPressure('MemoryPressure', 'KubeletHasSufficientMemory'),
    noPressure('DiskPressure', 'KubeletHasNoDiskPressure'),
    noPressure('PIDPressure', 'KubeletHasSufficientPID'),
    {
      type: 'NetworkUnavailable',
      status: 'False',
      reason: 'RouteCreated',
      message: 'pods have interfaces in the VPC',
    },
    stalled
      ? { type: 'PodSyncStalled', status: 'True', reason: 'NoRecentPass', message }
      : { type: 'PodSyncStalled', status: 'False', reason: 'PassesComplete', message: 'pods are synced' },
  ];
}

function noPressure(type: string, reason: string): Statement {
  return { type, status: 'False', reason, message: 'every pod has its own Fargate task' };
}

function markedStatements(marked: MarkedFacts, facts: NodeFacts): readonly Statement[] {
  return [degraded(marked), ...OBSTACLES.map((obstacle) => obstacleStatement(obstacle, marked, facts))];
}

function degraded({ breaker }: MarkedFacts): Statement {
  if (breaker === undefined)
    return {
      type: 'Degraded',
      status: 'False',
      reason: 'NothingInDoubt',
      message: 'tasks and pods are all accounted for',
    };
  return {
    type: 'Degraded',
    status: 'True',
    reason: 'TooMuchAbsent',
    message: `${breaker.why}: nothing is stopped because of it until two complete looks ten minutes apart agree. ${runbook('Degraded')}`,
  };
}

interface ObstacleRow {
  /** Named like the pressures: True is bad. Its runbook has the same name. */
  readonly type: string;
  readonly met: string;
  readonly free: string;
  readonly message: string;
}

const ROWS: Readonly<Record<Obstacle, ObstacleRow>> = {
  quota: {
    type: 'FargateQuotaReached',
    met: 'QuotaUsedUp',
    free: 'QuotaNotReached',
    message: 'no launch was refused because of a quota',
  },
  capacity: {
    type: 'FargateCapacityUnavailable',
    met: 'NoCapacity',
    free: 'CapacityFound',
    message: 'no launch was refused for want of capacity',
  },
  addresses: {
    type: 'SubnetAddressesExhausted',
    met: 'NoFreeAddress',
    free: 'AddressesFree',
    message: 'no launch was refused for want of an address',
  },
  access: {
    type: 'AwsAccessRefused',
    met: 'AccessRefused',
    free: 'AccessGranted',
    message: 'no launch was refused for want of rights',
  },
};

function obstacleStatement(obstacle: Obstacle, marked: MarkedFacts, { now, settings }: NodeFacts): Statement {
  const { type, met, free, message } = ROWS[obstacle];
  const more = obstacle === 'quota' ? quotaInWords(marked, now, settings.capacity.cpu) : undefined;
  const told = standingObstacle(marked.obstacles, obstacle, now);
  if (told !== undefined) {
    const words = `since ${toTime(told.since)}: ${told.message.replace(/\.$/, '')}`;
    const all = [words, ...(more === undefined ? [] : [capitalised(more)])].join('. ');
    return { type, status: 'True', reason: met, message: `${all}. ${runbook(type)}` };
  }
  // The scheduler binds nothing to such a node, so that no launch is there to be refused.
  if (obstacle === 'quota' && more !== undefined && isNothingLeft(marked, now))
    return {
      type,
      status: 'True',
      reason: 'NothingLeft',
      message: `nothing can be started here: ${more}. ${runbook(type)}`,
    };
  return {
    type,
    status: 'False',
    reason: free,
    message: [message, ...(more === undefined ? [] : [more])].join('; '),
  };
}

function isNothingLeft({ quota }: MarkedFacts, now: number): boolean {
  const read = readQuota(quota, now);
  return read.kind === 'known' && read.share.available < QUOTA.leastVcpu;
}

/** What is known of the quotas, or why the node shows what is configured. */
function quotaInWords({ quota }: MarkedFacts, now: number, configured: string): string {
  const read = readQuota(quota, now);
  switch (read.kind) {
    case 'known':
      return `the quota is ${quantityOf(read.share.limit)} vCPU, of which pods of this node may request ${quantityOf(read.share.available)} in all`;
    case 'unknown':
      return `the Fargate quotas are not known, so the node shows the configured ${configured} vCPU (${read.why})`;
  }
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function runbook(name: string): string {
  return `See the runbook "${name}".`;
}
