import { createControllers } from './controllers/create-controllers.ts';
import type { ControllerSet } from './controllers/create-controllers.ts';
import { KINDS } from './kinds/kind-table.ts';
import type { Ids } from './kinds/kind-row.ts';
import { ApiFailure } from './objects/api-failure.ts';
import type { ApiContext } from './requests/api-context.ts';
import { flagOf } from './requests/api-request.ts';
import type { ApiRequest, ApiResponse } from './requests/api-request.ts';
import { handleRequest } from './requests/handle-request.ts';
import { openWatch } from './requests/open-watch.ts';
import { createTokenSigner } from './requests/token-signer.ts';
import { seedCluster } from './seed-cluster.ts';
import { createObjectStore } from './storage/object-store.ts';
import type { ObjectStore } from './storage/object-store.ts';
import { createTime } from './create-time.ts';
import { createWatchHub } from './storage/watch-hub.ts';
import type { WatchSink } from './storage/watch-hub.ts';

/** How the cluster should be. */
export interface ApiServerModelOptions {
  /** The time at which the cluster comes to be, in milliseconds since the epoch. */
  readonly now: number;
  readonly ids: Ids;
  /** How long a node may stay silent before it is Unknown: 40 s up to Kubernetes 1.31, 50 s from 1.32 on. */
  readonly gracePeriodMs?: number;
  /** `gitVersion` of /version. */
  readonly kubernetesVersion?: string;
  /** Changes kept for watches that resume; older resourceVersions get 410 Gone. */
  readonly watchWindow?: number;
  /** PEM that `kube-root-ca.crt` publishes. */
  readonly caCertificate?: string;
  /** `none` is a lone kube-apiserver: nothing is scheduled, judged or collected. */
  readonly controllers?: ControllerSet;
  /** The name that SelfSubjectReview answers with. */
  readonly user?: string;
  /** The token of that user, which a TokenReview knows. */
  readonly token?: string;
}

/** What a watch request led to. */
export type WatchOutcome =
  | { readonly kind: 'open'; readonly stop: () => void }
  | { readonly kind: 'refused'; readonly response: ApiResponse };

/**
 * An API server without sockets and timers: requests in, responses out, on whatever clock the caller has. Scheduler and
 * controllers work only in `advance`; a write is seen by watches before `handle` returns.
 */
export interface ApiServerModel {
  /** Answers one request; a refusal is a response with a `Status`. Not for watches. */
  handle(request: ApiRequest, now: number): ApiResponse;
  /** Opens a watch (a GET with `watch=1`); the sink gets its first events before this returns. */
  watch(request: ApiRequest, sink: WatchSink, now: number): WatchOutcome;
  /** Lets scheduler, controllers, bookmarks and watch timeouts do what is due up to `now`, step by step. */
  advance(now: number): void;
  /** When `advance` has something to do next: `-Infinity` for at once. */
  nextDue(): number | undefined;
  /** The objects themselves, for tests. */
  readonly store: ObjectStore;
  /** Forgets old changes, as etcd's compaction does: older watches and continue tokens get 410. */
  compact(): void;
  /** Ends all watches. */
  close(): void;
}

const DEFAULT_GRACE_MS = 40_000;
const DEFAULT_WINDOW = 20_000;
const DEFAULT_VERSION = 'v1.36.3';

/** Whether the request asks for a watch. */
export function isWatch(request: ApiRequest): boolean {
  return request.method === 'GET' && flagOf(request, 'watch');
}

/** A new cluster: the standard namespaces, nothing else. */
export function createApiServerModel(options: ApiServerModelOptions): ApiServerModel {
  const api = createContext(options);
  const { store } = api.world;
  const context = { world: api.world, gracePeriodMs: options.gracePeriodMs ?? DEFAULT_GRACE_MS };
  const controllers = createControllers(context, options.controllers ?? 'all', options.now);
  const time = createTime(api, controllers);
  store.subscribe((event) => {
    for (const controller of controllers) controller.observe(event);
  });
  seedCluster(api.world, options.now);
  time.advance(options.now);
  return {
    ...time,
    store,
    handle: (request, now) => {
      time.see(now);
      return guarded(() => handleRequest(api, request, now));
    },
    watch: (request, sink, now) => {
      time.see(now);
      const outcome = guarded(() => openWatch(api, request, sink, now));
      return typeof outcome === 'function'
        ? { kind: 'open', stop: outcome }
        : { kind: 'refused', response: outcome };
    },
    compact: () => {
      store.compact();
      api.snapshots.clear();
    },
    close: () => {
      api.hub.closeAll();
    },
  };
}

function createContext(options: ApiServerModelOptions): ApiContext {
  const store = createObjectStore(options.watchWindow ?? DEFAULT_WINDOW);
  return {
    world: { store, ids: options.ids, caCertificate: options.caCertificate ?? '' },
    kinds: KINDS,
    hub: createWatchHub(store),
    snapshots: new Map(),
    kubernetesVersion: options.kubernetesVersion ?? DEFAULT_VERSION,
    latest: { now: options.now },
    user: options.user ?? 'admin',
    token: options.token ?? '',
    signer: createTokenSigner(),
  };
}

function guarded<T>(work: () => T): T | ApiResponse {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ApiFailure) return toResponse(cause);
    throw cause;
  }
}

function toResponse(failure: ApiFailure): ApiResponse {
  const isPlain = failure.status['reason'] === undefined && failure.code === 404;
  return { code: failure.code, body: failure.status, ...(isPlain ? { text: '404 page not found\n' } : {}) };
}
