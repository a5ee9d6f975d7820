import { createHash } from 'node:crypto';
import { failureOf } from '../../core/failure.ts';
import { type Instant, toTime } from '../../core/kubernetes.ts';
import type { ClusterEvent, Events } from '../../ports/events.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { Apis } from './act-as-node.ts';

const COMPONENT = 'lambdalet';
/** Names of events are DNS names of at most 253 characters; a dot and the hash go at the end. */
const MAX_NAME = 253;

/** {@link Events} of a cluster, as core/v1 Event objects. A node may write them, but not read them. */
export function createEvents(apis: Pick<Apis, 'own' | 'asNode'>, telemetry: Pick<Telemetry, 'warn'>): Events {
  return {
    publish: async (event, node, now) => {
      try {
        const created = await create(apis, event, node, now);
        if (created || (await countUp(apis, event, node, now))) return;
        // It was there and is not any more: the API server forgets events after an hour.
        await create(apis, event, node, now);
      } catch (error) {
        const { about, reason } = event;
        telemetry.warn('Kubernetes event was not written', { about, reason, failure: failureOf(error) });
      }
    },
  };
}

/** Whether the event was new. */
async function create(
  { asNode }: Pick<Apis, 'asNode'>,
  event: ClusterEvent,
  node: string,
  now: Instant,
): Promise<boolean> {
  const at = toTime(now);
  const { status } = await asNode(node).call({
    method: 'POST',
    path: pathOf(event),
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: nameOf(event, node), namespace: namespaceOf(event) },
      involvedObject: { apiVersion: 'v1', ...event.about },
      type: event.type,
      reason: event.reason,
      message: event.message,
      source: { component: COMPONENT, host: node },
      reportingComponent: COMPONENT,
      reportingInstance: node,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    },
    expects: [409],
  });
  return status !== 409;
}

/** Raises the count of the event that is there; whether it was still there. Two that count at once may count one. */
async function countUp(
  { own, asNode }: Pick<Apis, 'own' | 'asNode'>,
  event: ClusterEvent,
  node: string,
  now: Instant,
): Promise<boolean> {
  const path = `${pathOf(event)}/${nameOf(event, node)}`;
  const found = await own.call({ method: 'GET', path, expects: [404] });
  if (found.status === 404) return false;
  const { count = 1 } = found.body as { count?: number };
  const patched = await asNode(node).call({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { count: count + 1, lastTimestamp: toTime(now) },
    expects: [404],
  });
  return patched.status !== 404;
}

/** The object's name and a hash of what makes two events the same. */
function nameOf({ about, reason, message }: ClusterEvent, node: string): string {
  const identity = JSON.stringify([about.uid, reason, message, node]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return `${about.name.slice(0, MAX_NAME - 1 - hash.length)}.${hash}`;
}

/** Events about a Node live in `default`: it has no namespace of its own. */
function namespaceOf({ about }: ClusterEvent): string {
  return about.kind === 'Pod' ? about.namespace : 'default';
}

function pathOf(event: ClusterEvent): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespaceOf(event))}/events`;
}
