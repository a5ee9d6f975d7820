import { createApiServerModel } from '../../../lib/local/api-server/create-api-server-model.ts';
import type {
  ApiServerModel,
  ApiServerModelOptions,
} from '../../../lib/local/api-server/create-api-server-model.ts';
import type { JsonObject } from '../../../lib/local/api-server/objects/json.ts';
import { createCountedIds } from '../../../lib/local/api-server/random-ids.ts';
import type { Body } from './body.ts';
import type { ApiResponse } from '../../../lib/local/api-server/requests/api-request.ts';

/** 2026-01-01T12:00:00Z. */
export const NOON = Date.UTC(2026, 0, 1, 12);

export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export const PODS = '/api/v1/namespaces/default/pods';
export const NODES = '/api/v1/nodes';
export const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';
export const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** What a watch has told so far. */
export interface Follower {
  readonly events: { readonly type: string; readonly object: Body }[];
  /** `ADDED web-1` for each event. */
  told(): string[];
  isEnded(): boolean;
  stop(): void;
}

/** A cluster on a virtual clock. */
export interface Cluster {
  readonly model: ApiServerModel;
  now(): number;
  /** Moves the clock and lets controllers work. */
  pass(seconds: number): void;
  /** Lets controllers work without moving the clock. */
  settle(): void;
  request(
    method: string,
    path: string,
    body?: object | string,
    headers?: Record<string, string>,
  ): ApiResponse;
  get(path: string, headers?: Record<string, string>): Body;
  post(path: string, body: object): Body;
  patch(path: string, type: string, body: object): Body;
  remove(path: string): Body;
  follow(path: string, query?: Record<string, string>, accept?: string): Follower;
}

/** Splits `path?a=b` into what a request wants. */
function split(path: string): { path: string; query: Record<string, string> } {
  const [before = '', after = ''] = path.split('?');
  return { path: before, query: Object.fromEntries(new URLSearchParams(after)) };
}

export function createCluster(options: Partial<ApiServerModelOptions> = {}): Cluster {
  let now = options.now ?? NOON;
  const model = createApiServerModel({ ids: createCountedIds(), ...options, now });
  const request: Cluster['request'] = (method, path, body, headers = {}) =>
    model.handle(
      {
        method,
        ...split(path),
        headers,
        ...(body === undefined ? {} : { body: body as JsonObject | string }),
      },
      now,
    );
  const must = (response: ApiResponse): Body => {
    if (response.code >= 300) throw new Error(`${response.code}: ${JSON.stringify(response.body)}`);
    return response.body as unknown as Body;
  };
  return {
    model,
    now: () => now,
    pass: (seconds) => {
      now += seconds * 1_000;
      model.advance(now);
    },
    settle: () => {
      model.advance(now);
    },
    request,
    get: (path, headers) => must(request('GET', path, undefined, headers)),
    post: (path, body) => must(request('POST', path, body)),
    patch: (path, type, body) => must(request('PATCH', path, body, { 'content-type': type })),
    remove: (path) => must(request('DELETE', path)),
    follow: (path, query = {}, accept = 'application/json') => {
      const events: { type: string; object: Body }[] = [];
      let ended = false;
      const sink = {
        event: (event: { type: string; object: JsonObject }) =>
          void events.push(event as unknown as Follower['events'][number]),
        end: () => (ended = true),
      };
      const outcome = model.watch(
        { method: 'GET', path, query: { watch: '1', ...query }, headers: { accept } },
        sink,
        now,
      );
      if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.response.body));
      return {
        events,
        told: () =>
          events.map(({ type, object }) =>
            `${type} ${(object.metadata as Partial<Body['metadata']>).name ?? ''}`.trim(),
          ),
        isEnded: () => ended,
        stop: outcome.stop,
      };
    },
  };
}

export const pod = (name: string, spec: object = {}, metadata: object = {}): object => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'registry.invalid/app:1' }], ...spec },
});

/** A node that posts itself Ready with room for `pods`. */
export const readyNode = (
  name: string,
  now: number,
  more: { pods?: number; spec?: object; labels?: object } = {},
): object => ({
  metadata: { name, labels: more.labels ?? {} },
  spec: more.spec ?? {},
  status: {
    capacity: { cpu: '4', memory: '8Gi', pods: String(more.pods ?? 10) },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        lastHeartbeatTime: new Date(now).toISOString(),
        lastTransitionTime: new Date(now).toISOString(),
      },
    ],
  },
});

/** A container's status as a kubelet writes it. */
export const running = (name: string): object => ({
  name,
  ready: true,
  started: true,
  image: 'x',
  imageID: '',
  restartCount: 0,
  state: { running: { startedAt: '2026-01-01T12:00:00Z' } },
});
export const terminated = (name: string, exitCode: number): object => ({
  name,
  ready: false,
  image: 'x',
  imageID: '',
  restartCount: 0,
  state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } },
});
