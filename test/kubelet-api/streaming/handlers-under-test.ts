import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import type { ApiOutcome, ApiRequest } from '../../../lib/kubelet-api/exchange.ts';
import type { ContainerPath } from '../../../lib/kubelet-api/handlers.ts';
import type { PodLookUp } from '../../../lib/kubelet-api/streaming/find-container.ts';
import type { Records } from '../../../lib/ports/records.ts';
import { aLaunch, aTask, seen } from '../../support/vocabulary.ts';

const UID = '11111111-2222-4333-8444-555555555555';

/** Where a request for the container `app` of the pod `web` goes. */
export const APP: ContainerPath = { namespace: 'default', pod: 'web', container: 'app' };

/** A pod of two containers: `app` runs, `late` waits. */
export function podWith(status: Pod['status'] = {}, tty = false): Pod {
  return {
    metadata: { name: 'web', namespace: 'default', uid: UID, resourceVersion: '1' },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'app', ...(tty && { tty }) }, { name: 'late' }, { name: 'done' }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.7',
      containerStatuses: [
        statusOf('app', { running: {} }, 'ecs://app-1'),
        statusOf('late', { waiting: { reason: 'CrashLoopBackOff' } }),
        statusOf('done', { terminated: { exitCode: 4 } }),
      ],
      ...status,
    },
  };
}

/** The status of one container. */
export function statusOf(name: string, state: object, containerID?: string) {
  return {
    name,
    image: name,
    imageID: '',
    ready: false,
    restartCount: 0,
    state,
    ...(containerID !== undefined && { containerID }),
  };
}

/** The task of the pod. */
export const TASK = 'arn:aws:ecs:eu-west-1:111122223333:task/pods/web';

/** The record of the pod: its task runs. */
export function recordWith(change: Partial<PodRecord> = {}): PodRecord {
  const task = aTask({ arn: TASK, podIP: '10.0.0.7', containers: [seen('app', { runtimeId: 'app-1' })] });
  return aLaunch(task, { ...{ uid: UID, node: 'node-1', taskArn: TASK }, ...change });
}

/** One pod, and its record. */
export function lookUpOf(
  pod: Pod | undefined,
  record: PodRecord | null = recordWith(),
): PodLookUp & { readonly records: Pick<Records, 'get'> } {
  return {
    pods: { get: (_, name) => Promise.resolve(name === pod?.metadata.name ? pod : undefined) },
    records: { get: () => Promise.resolve(record ?? undefined) },
  };
}

/** A request, by its query and the protocol that it asks for. */
export function ask(query: string, headers: ApiRequest['headers'] = SPDY, method = 'POST'): ApiRequest {
  return {
    node: 'node-1',
    method,
    path: '/',
    query: new URLSearchParams(query),
    headers,
    signal: new AbortController().signal,
  };
}

/** Headers of a client that speaks SPDY. */
const SPDY = spdyWith('v5.channel.k8s.io, v4.channel.k8s.io');

/** Headers of a client that speaks SPDY with these protocols in it. */
export function spdyWith(protocols: string): ApiRequest['headers'] {
  return { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocols };
}

/** The text of an answer, with its code; fails for an upgrade. */
export function answerOf(outcome: ApiOutcome): readonly [number, string] {
  if (outcome.kind === 'upgrade' || typeof outcome.body !== 'string')
    throw new Error('not an answer of text');
  return [outcome.status, outcome.body.trimEnd()];
}

/** A connection that a handler serves, behind its `101`. */
export interface Served {
  /** The headers of the `101`. */
  readonly head: string;
  readonly far: Duplex;
  readonly done: Promise<void>;
}

/** Serves an upgrade; fails for an answer. */
export async function serve(outcome: ApiOutcome): Promise<Served> {
  if (outcome.kind === 'answer') throw new Error(answerOf(outcome).join(' '));
  const [near, far] = duplexPair();
  const done = outcome.serve(near, new Uint8Array(0));
  let bytes = Buffer.alloc(0);
  while (!bytes.includes('\r\n\r\n')) {
    const read = far.read() as Buffer | null;
    if (read === null) await turn();
    else bytes = Buffer.concat([bytes, read]);
  }
  const end = bytes.indexOf('\r\n\r\n') + 4;
  if (bytes.length > end) far.unshift(bytes.subarray(end));
  return { head: bytes.toString('latin1', 0, end), far, done };
}

/** Lets what was begun go on as far as it can. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 100; turns += 1) await turn();
}
