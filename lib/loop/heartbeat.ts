import { failureOf } from '../core/failure.ts';
import { fromTime, type Instant, type Lease, type Node } from '../core/kubernetes.ts';
import { buildNode, dueNodeLabels, dueNodeStatus, isOwnNode } from '../core/node.ts';
import { HEARTBEAT, type NodeFacts } from '../core/node-facts.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import type { NodeMark } from '../ports/slot.ts';
import type { HeartbeatDeps } from './deps.ts';
import { within } from './within.ts';
import { verifyCluster, type ClusterVerdict } from './verify-cluster.ts';

/** A table that does not answer must not cost a heartbeat: after this its answers count as unknown. */
const VERDICT_MS = 3_000;

/** Nor must a Node that is slow to read. */
const NODE_MS = 2_000;

/** Beats of every node of the cluster; a node that fails does not keep the others from theirs. Never throws. */
export async function beatNodes(deps: HeartbeatDeps): Promise<void> {
  const verdict = within(deps.clock, VERDICT_MS, verifyCluster(deps), 'unknown' as const);
  const lastPassAt = within(deps.clock, VERDICT_MS, lastPass(deps), undefined);
  const serverVersion = deps.cluster.version();
  // Whoever awaits it first reports the failure; without this a second reader would be an unhandled rejection.
  serverVersion.catch(() => undefined);
  const beats = deps.settings.nodes.map((settings) => {
    const mark = within(deps.clock, VERDICT_MS, readMark(deps, settings.name), undefined);
    return beatNode(deps, { settings, verdict, lastPassAt, serverVersion, mark });
  });
  await Promise.all(beats);
}

/** The holder's part: a full beat, but only when the heartbeat function is late with a lease or has none to renew. Never throws. */
export async function standIn(deps: HeartbeatDeps): Promise<void> {
  try {
    const leases = await Promise.all(deps.settings.nodes.map(({ name }) => deps.leases.get(name)));
    const late = leases.some(
      (lease) => deps.clock.now() - (fromTime(lease?.spec?.renewTime) ?? 0) >= HEARTBEAT.holderSkipMs,
    );
    if (late) await beatNodes(deps);
  } catch (thrown) {
    deps.telemetry.warn('The holder could not look at the leases', { failure: failureOf(thrown) });
  }
}

interface Beat {
  readonly settings: NodeSettings;
  readonly verdict: Promise<ClusterVerdict>;
  readonly lastPassAt: Promise<Instant | undefined>;
  readonly serverVersion: Promise<string>;
  /** `undefined`: not known now. */
  readonly mark: Promise<NodeMark | undefined>;
}

async function beatNode(deps: HeartbeatDeps, beat: Beat): Promise<void> {
  const { name } = beat.settings;
  try {
    if ((await beat.verdict) === 'other') return;
    const looked = deps.nodes.get(name).then(
      (node) => ({ node }),
      (error: unknown) => ({ error }),
    );
    const lease = await deps.leases.get(name);
    const seen = await within(deps.clock, NODE_MS, looked, {
      error: new Error('the Node was not read in time'),
    });
    const existing = 'node' in seen ? seen.node : undefined;
    if (existing !== undefined && !isOwnNode(existing)) {
      tellStranger(deps, name);
      return;
    }
    // A Node that cannot be read must not cost the lease its renewal.
    if (lease !== undefined) await renewIfDue(deps, beat, lease);
    if ('error' in seen) throw seen.error;
    const node = existing ?? (await createNode(deps, beat));
    if (node === undefined) return;
    await ownLease(deps, name, node, lease);
    await healNode(deps, beat, node);
  } catch (thrown) {
    deps.telemetry.error('The heartbeat of the node failed', { node: name, failure: failureOf(thrown) });
  }
}

function tellStranger({ telemetry }: HeartbeatDeps, node: string): void {
  telemetry.error('A node of this name exists and is not of lambdalet: it is left alone', {
    node,
    failure: { kind: 'auth', message: 'the name is taken' },
    wayOut: 'give the virtual node another name, or delete the other Node if nothing runs on it',
  });
}

/** Renews before anything else is written; a conflict means that someone else has just renewed. */
async function renewIfDue(deps: HeartbeatDeps, { settings }: Beat, lease: Lease): Promise<void> {
  const { clock, leases, telemetry } = deps;
  const now = clock.now();
  const age = now - (fromTime(lease.spec?.renewTime) ?? 0);
  telemetry.count('HeartbeatAge', Math.max(0, age) / 1000, settings.name);
  if (age < HEARTBEAT.skipMs) return;
  const outcome = await leases.renew(lease, now, undefined);
  telemetry.debug('Lease', { node: settings.name, outcome, ageMs: age });
}

/** A lease is collected with the Node that owns it: one of an older Node of this name must change owner, a missing one is made. */
async function ownLease(
  deps: HeartbeatDeps,
  name: string,
  node: Node,
  seen: Lease | undefined,
): Promise<void> {
  const { leases, clock } = deps;
  const nodeUid = node.metadata.uid;
  if (seen !== undefined && isOwnedBy(seen, nodeUid)) return;
  const current = await leases.get(name);
  if (current !== undefined) {
    await leases.renew(current, clock.now(), nodeUid);
    return;
  }
  await leases.create({
    node: name,
    nodeUid,
    renewTime: clock.now(),
    durationSeconds: HEARTBEAT.leaseSeconds,
  });
}

function isOwnedBy(lease: Lease, nodeUid: string): boolean {
  return lease.metadata.ownerReferences?.some(({ kind, uid }) => kind === 'Node' && uid === nodeUid) ?? false;
}

/** Creates the Node, but only on a cluster that is certainly ours and not while the node is being removed. */
async function createNode(deps: HeartbeatDeps, beat: Beat): Promise<Node | undefined> {
  const { name } = beat.settings;
  // What is not known now may be a removal that is under way.
  if ((await beat.verdict) !== 'verified' || (await beat.mark)?.closing !== false) return undefined;
  const created = await deps.nodes.create(buildNode(await factsOf(deps, beat)));
  if (created.kind === 'exists') return deps.nodes.get(name);
  deps.telemetry.info('Node created', { node: name, uid: created.node.metadata.uid });
  const about = { kind: 'Node', name, uid: created.node.metadata.uid } as const;
  await deps.events.publish(
    { type: 'Normal', reason: 'Starting', message: 'Starting lambdalet.', about },
    name,
    deps.clock.now(),
  );
  return created.node;
}

async function healNode(deps: HeartbeatDeps, beat: Beat, node: Node): Promise<void> {
  const { name } = beat.settings;
  const facts = await factsOf(deps, beat);
  const status = dueNodeStatus(node, facts);
  if (status !== undefined) await deps.nodes.patchStatus(name, status);
  const labels = dueNodeLabels(node, beat.settings);
  if (labels !== undefined) await deps.nodes.patchMetadata(name, { labels });
}

async function factsOf(deps: HeartbeatDeps, beat: Beat): Promise<NodeFacts> {
  return {
    settings: beat.settings,
    serverVersion: await beat.serverVersion,
    lastPassAt: await beat.lastPassAt,
    notReadyWhenStalled: deps.settings.notReadyWhenStalled,
    hasGateway: deps.settings.hasGateway,
    marked: await beat.mark,
    now: deps.clock.now(),
  };
}

async function readMark({ marks, telemetry }: HeartbeatDeps, node: string): Promise<NodeMark | undefined> {
  try {
    return await marks.node(node);
  } catch (thrown) {
    telemetry.warn('The marks of the node are not known now', { node, failure: failureOf(thrown) });
    return undefined;
  }
}

/** When pod-sync last completed a pass; `undefined` when that cannot be known now: then there is no verdict on it. */
async function lastPass({ slot, telemetry }: HeartbeatDeps): Promise<Instant | undefined> {
  try {
    return (await slot.read())?.lastPassAt;
  } catch (thrown) {
    telemetry.warn('The age of the last pass is not known now', { failure: failureOf(thrown) });
    return undefined;
  }
}
