import type { KindRow } from '../kinds/kind-row.ts';
import { ApiFailure, noSuchResource } from '../objects/api-failure.ts';

/** A path that names resources: which kind, and how far down. */
export interface Route {
  readonly row: KindRow;
  /** '' for all namespaces or for a kind of the cluster. */
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** 404 in plain text, as the API server answers outside the known groups. */
function pageNotFound(): ApiFailure {
  return new ApiFailure(404, '', '404 page not found');
}

/** Splits `/api/v1/namespaces/ns/pods/name/status` and its like. Unknown groups and resources are 404. */
export function routeOf(path: string, kinds: readonly KindRow[]): Route {
  const [root = '', ...parts] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  if (root !== 'api' && root !== 'apis') throw pageNotFound();
  const [group, version, rest] =
    root === 'api' ? ['', parts[0], parts.slice(1)] : [parts[0], parts[1], parts.slice(2)];
  const rows = kinds.filter((row) => row.group === group && row.version === version);
  if (rows.length === 0) throw pageNotFound();
  return routeWithin(rows, rest);
}

function routeWithin(rows: readonly KindRow[], parts: readonly string[]): Route {
  const [first, second, third, ...more] = parts;
  if (first === 'namespaces' && third !== undefined && second !== undefined) {
    const nested = rows.find((row) => row.plural === third && row.namespaced);
    if (nested !== undefined) return endOf(nested, second, more);
  }
  const row = rows.find((one) => one.plural === first);
  if (row === undefined) throw noSuchResource();
  if (row.namespaced && second !== undefined) throw noSuchResource();
  return endOf(row, '', parts.slice(1));
}

function endOf(row: KindRow, namespace: string, rest: readonly string[]): Route {
  const [name, ...below] = rest;
  if (name === undefined) return { row, namespace };
  if (below.length === 0) return { row, namespace, name };
  const subresource = below[0] ?? '';
  if (row.subresources?.some((one) => one.name === subresource) !== true) throw noSuchResource();
  return { row, namespace, name, subresource };
}
