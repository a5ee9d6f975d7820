import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { ApiServerModel } from '../../../lib/local/api-server/create-api-server-model.ts';
import type { WatchSink } from '../../../lib/local/api-server/storage/watch-hub.ts';
import type { EcsModel } from '../../../lib/local/aws/ecs/ecs-model.ts';
import { putAround } from '../put-around.ts';

/** What the servers are asked, from when the counting starts. */
export interface RequestCounts {
  /** By name: `GET pods`, `PATCH pods/status`, `ecs:RunTask`. */
  readonly calls: ReadonlyMap<string, number>;
  /** When each watch of pods was opened. */
  readonly watches: readonly Instant[];
  /** When each RunTask was taken. */
  readonly launches: readonly Instant[];
  /** Ends the watches that are open, as the server may at any time. */
  endWatches(): void;
}

/** Starts to count. */
export function countRequests(api: ApiServerModel, ecs: EcsModel): RequestCounts {
  const calls = new Map<string, number>();
  const watches: Instant[] = [];
  const launches: Instant[] = [];
  const open = new Map<WatchSink, () => void>();
  const count = (name: string): void => void calls.set(name, (calls.get(name) ?? 0) + 1);
  putAround(api, 'handle', (handle) => (request, now) => {
    count(`${request.method} ${resourceOf(request.path)}`);
    return handle(request, now);
  });
  putAround(api, 'watch', (watch) => (request, sink, now) => {
    const outcome = watch(request, sink, now);
    count(`WATCH ${resourceOf(request.path)} ${outcome.kind}`);
    if (outcome.kind === 'open') open.set(sink, outcome.stop);
    if (resourceOf(request.path) === 'pods') watches.push(now);
    return outcome;
  });
  putAround(ecs, 'handle', (handle) => (operation, input, now) => {
    count(`ecs:${operation}`);
    const answer = handle(operation, input, now);
    if (operation === 'RunTask') launches.push(now);
    return answer;
  });
  const endWatches = (): void => {
    for (const [sink, stop] of open) {
      // A change that comes before the connection is closed must find no watch to be written to.
      stop();
      sink.end();
    }
    open.clear();
  };
  return { calls, watches, launches, endWatches };
}

/** `pods/status` of `/api/v1/namespaces/default/pods/web/status`. */
function resourceOf(path: string): string {
  const parts = path.split('/').slice(path.startsWith('/apis/') ? 4 : 3);
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2;
  const [resource = '', , subresource] = inNamespace ? parts.slice(2) : parts;
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
