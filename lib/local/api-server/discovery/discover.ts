import type { KindRow, SubresourceRow } from '../kinds/kind-row.ts';
import type { JsonObject } from '../objects/json.ts';
import type { ApiContext } from '../requests/api-context.ts';
import type { ApiRequest, ApiResponse } from '../requests/api-request.ts';
import { ApiFailure } from '../objects/api-failure.ts';
import { openApiV2, openApiV3, openApiV3Index } from './openapi.ts';

const HEALTH = /^\/(?:healthz|livez|readyz)(?:\/.*)?$/;

// A client tells the aggregated answer by its media type, with these parameters in this order.
const AGGREGATED = ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Answers what tells a client about the server itself; `undefined` when the path names resources. */
export function discover(api: ApiContext, request: ApiRequest): ApiResponse | undefined {
  const path = request.path.replace(/\/+$/, '');
  if (HEALTH.test(path)) return { code: 200, body: {}, text: 'ok' };
  if ((path === '/api' || path === '/apis') && wantsAggregated(request)) {
    const rows = api.kinds.filter((row) => (row.group === '') === (path === '/api'));
    return { code: 200, body: aggregatedDiscovery(rows), mediaParameters: AGGREGATED };
  }
  const body = bodyOfPath(api, request, path);
  return body === undefined ? undefined : { code: 200, body };
}

function wantsAggregated(request: ApiRequest): boolean {
  return (request.headers?.['accept'] ?? '').includes(AGGREGATED);
}

function bodyOfPath(api: ApiContext, request: ApiRequest, path: string): JsonObject | undefined {
  if (path.startsWith('/openapi')) return openApi(api, request, path);
  const fixed: Readonly<Record<string, () => JsonObject>> = {
    '': () => pathList(api.kinds),
    '/version': () => versionOf(api.kubernetesVersion),
    '/api': () => ({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }),
    '/apis': () => groupList(api.kinds),
    '/api/v1': () => resourceList(api.kinds, '', 'v1'),
  };
  return fixed[path]?.() ?? groupBody(api.kinds, path);
}

function groupBody(kinds: readonly KindRow[], path: string): JsonObject | undefined {
  const [, root, group, version, ...more] = path.split('/');
  if (root !== 'apis' || group === undefined || more.length > 0) return undefined;
  if (!kinds.some((row) => row.group === group)) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  return version === 'v1' ? resourceList(kinds, group, version) : undefined;
}

function pathList(kinds: readonly KindRow[]): JsonObject {
  const groups = groupVersionsOf(kinds).map((one) => `/apis/${one}`);
  const rest = ['/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];
  return { paths: ['/api', '/api/v1', '/apis', ...groups, ...rest] };
}

function groupVersionsOf(kinds: readonly KindRow[]): string[] {
  return [...new Set(kinds.filter((row) => row.group !== '').map((row) => `${row.group}/${row.version}`))];
}

function groupList(kinds: readonly KindRow[]): JsonObject {
  const groups = [...new Set(kinds.map((row) => row.group))].filter((group) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
}

function groupOf(group: string): JsonObject {
  const version = { groupVersion: `${group}/v1`, version: 'v1' };
  return { name: group, versions: [version], preferredVersion: version };
}

function resourceList(kinds: readonly KindRow[], group: string, version: string): JsonObject {
  const rows = kinds.filter((row) => row.group === group && row.version === version);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: rows.flatMap((row) => [
      resourceEntry(row),
      ...(row.subresources ?? []).map((one) => subresourceEntry(row, one)),
    ]),
  };
}

function resourceEntry(row: KindRow): JsonObject {
  return {
    name: row.plural,
    singularName: row.singular,
    namespaced: row.namespaced,
    kind: row.kind,
    verbs: row.verbs,
    ...(row.shortNames === undefined ? {} : { shortNames: row.shortNames }),
    ...(row.categories === undefined ? {} : { categories: row.categories }),
  };
}

function subresourceEntry(row: KindRow, one: SubresourceRow): JsonObject {
  return {
    name: `${row.plural}/${one.name}`,
    singularName: '',
    namespaced: row.namespaced,
    ...(one.group === undefined ? {} : { group: one.group, version: one.version }),
    kind: one.kind,
    verbs: one.verbs,
  };
}

function aggregatedDiscovery(rows: readonly KindRow[]): JsonObject {
  const groups = [...new Set(rows.map((row) => row.group))];
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: rows.filter((row) => row.group === group).map(aggregatedResource),
        },
      ],
    })),
  };
}

function aggregatedResource(row: KindRow): JsonObject {
  const subresources = (row.subresources ?? []).map((one) => ({
    subresource: one.name,
    responseKind: { group: one.group ?? row.group, version: one.version ?? row.version, kind: one.kind },
    verbs: one.verbs,
  }));
  return {
    resource: row.plural,
    responseKind: { group: row.group, version: row.version, kind: row.kind },
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: row.singular,
    verbs: row.verbs,
    ...(row.shortNames === undefined ? {} : { shortNames: row.shortNames }),
    ...(row.categories === undefined ? {} : { categories: row.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function versionOf(gitVersion: string): JsonObject {
  const [, major = '1', minor = '0'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: 'linux/amd64',
  };
}

function openApi(api: ApiContext, request: ApiRequest, path: string): JsonObject | undefined {
  const accept = request.headers?.['accept'] ?? '*/*';
  if (path === '/openapi/v3') return openApiV3Index(api.kinds);
  if (path.startsWith('/openapi/v3/'))
    return openApiV3(api.kinds, path.slice('/openapi/v3/'.length), api.kubernetesVersion);
  if (path !== '/openapi/v2') return undefined;
  // kubectl asks for protobuf only where it could also do without; the refusal makes it do without.
  if (/json|\*\/\*/.test(accept)) return openApiV2(api.kinds, api.kubernetesVersion);
  throw new ApiFailure(
    406,
    'NotAcceptable',
    '406: Not Acceptable\n\nAvailable representations: application/json',
    {},
  );
}
