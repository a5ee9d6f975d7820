import type { KindRow } from '../kinds/kind-row.ts';
import { present } from '../kinds/kind-row.ts';
import { revisionOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { JsonObject } from '../objects/json.ts';
import type { WatchSink } from '../storage/watch-hub.ts';
import { toTable } from '../tables/to-table.ts';
import type { ApiContext } from './api-context.ts';
import { flagOf, numberOf, queryOf } from './api-request.ts';
import type { ApiRequest } from './api-request.ts';
import { chooseRepresentation } from './choose-representation.ts';
import type { Representation } from './choose-representation.ts';
import { forbiddenOption, matcherOf, parseRevision, partialMetadata } from './read-objects.ts';
import { routeOf } from './route.ts';

// The API server picks 30 to 60 minutes when the client names no timeout; the shorter end keeps a simulation repeatable.
const DEFAULT_TIMEOUT_SECONDS = 1_800;

/** Opens the watch that a GET with `watch=1` asks for; a faulty one throws before anything is sent. Returns how to stop it. */
export function openWatch(api: ApiContext, request: ApiRequest, sink: WatchSink, now: number): () => void {
  const route = routeOf(request.path, api.kinds);
  const initial = initialEventsOf(request);
  const revision = parseRevision(queryOf(request, 'resourceVersion'));
  const representation = chooseRepresentation(request);
  const render = renderer(route.row, representation, queryOf(request, 'includeObject'));
  const seconds = numberOf(request, 'timeoutSeconds') ?? 0;
  const bookmarks = flagOf(request, 'allowWatchBookmarks');
  const fromNow = revision === undefined || revision === 0;
  const skipsInitial = queryOf(request, 'sendInitialEvents') === 'false';
  return api.hub.open(
    {
      storage: route.row.storage,
      matches: matcherOf(route, request),
      render: (object) => render(object, api.latest.now),
      renderBookmark: (metadata) => bookmarkOf(route.row, representation, metadata),
      from: fromNow || initial ? (skipsInitial ? api.world.store.revision() : undefined) : revision,
      bookmarks,
      markInitialEnd: bookmarks && (initial || fromNow) && !skipsInitial,
      deadline: now + (seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS) * 1_000,
    },
    sink,
    now,
  );
}

function initialEventsOf(request: ApiRequest): boolean {
  const wanted = queryOf(request, 'sendInitialEvents');
  if (wanted !== '' && queryOf(request, 'resourceVersionMatch') !== 'NotOlderThan') {
    throw forbiddenOption('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  return wanted === 'true';
}

// Column definitions are sent with the first row only; kubectl keeps them.
function renderer(
  row: KindRow,
  as: Representation,
  include: string,
): (object: ApiObject, now: number) => JsonObject {
  if (as === 'object') return (object) => present(row, object);
  if (as === 'metadata') return partialMetadata;
  let isFirst = true;
  return (object, now) => {
    const table = toTable(row, [object], {
      now,
      include,
      metadata: { resourceVersion: revisionOf(object) },
      isContinued: !isFirst,
    });
    isFirst = false;
    return table;
  };
}

function bookmarkOf(row: KindRow, as: Representation, metadata: JsonObject): JsonObject {
  if (as === 'object') return { ...present(row, { metadata }) };
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  if (as === 'metadata') return partial;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: metadata['resourceVersion'] },
    columnDefinitions: null,
    rows: [{ cells: row.columns.map(() => ''), object: partial }],
  };
}
