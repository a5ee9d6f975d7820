import { KUBELET_PORT } from '../../../core/node-endpoint.ts';
import { ApiFailure, badRequest, notFound } from '../objects/api-failure.ts';
import { nameOf } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { numberAt, objectsAt, textAt } from '../objects/json.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { findObject } from './read-objects.ts';
import type { Route } from './route.ts';

/** What the API server asks a kubelet on behalf of a client. */
export interface KubeletCall {
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  /** An error of the kubelet becomes a Status; else it is passed on as it is. */
  readonly isChecked: boolean;
}

/** The answer that the kubelet at the other end has to give. */
function askedOf(call: KubeletCall): ApiResponse {
  return { code: 200, body: {}, kubelet: call };
}

/** GET of `pods/<name>/log`, and `exec`, `attach` and `portforward`. The log of a pod that no node has yet is empty. */
export function askKubeletOfPod(api: ApiContext, request: ApiRequest, route: Route): ApiResponse {
  const pod = findObject(api, route);
  const node = textAt(pod, 'spec', 'nodeName');
  const isLog = route.subresource === 'log';
  const query = new URLSearchParams(request.search ?? '');
  const path = `${route.namespace}/${nameOf(pod)}`;
  const container = route.subresource === 'portforward' ? '' : `/${containerOf(pod, query)}`;
  if (node === '' && isLog) return { code: 204, body: {}, text: '' };
  if (node === '') throw badRequest(`pod ${nameOf(pod)} does not have a host assigned`);
  const root = ROOTS[route.subresource ?? ''] ?? '';
  const asked = isLog ? logQuery(query) : streamQuery(query);
  return askedOf({
    ...endpointOf(api, node),
    ...{ path: `/${root}/${path}${container}?${asked.toString()}`, isChecked: isLog },
  });
}

const ROOTS: Readonly<Record<string, string>> = {
  log: 'containerLogs',
  exec: 'exec',
  attach: 'attach',
  portforward: 'portForward',
};

const NODE_PROXY = /^\/api\/v1\/nodes\/([^/:]+)(?::\d+)?\/proxy(\/.*)?$/;

/** Any request to `nodes/<name>/proxy`; `undefined` for other paths. */
export function askKubeletOfNode(api: ApiContext, request: ApiRequest): ApiResponse | undefined {
  const [, node, path = '/'] = NODE_PROXY.exec(request.path) ?? [];
  if (node === undefined) return undefined;
  const search = request.search ?? '';
  return askedOf({
    ...endpointOf(api, decodeURIComponent(node)),
    ...{ path: `${path}${search === '' ? '' : `?${search}`}`, isChecked: false },
  });
}

function endpointOf(api: ApiContext, name: string): { readonly host: string; readonly port: number } {
  const node = api.world.store.get('nodes', '', name);
  if (node === undefined) throw notFound({ group: '', resource: 'nodes' }, name);
  const addresses = objectsAt(node, 'status', 'addresses');
  const host = addresses.find((one) => textAt(one, 'type') === 'InternalIP');
  const port = numberAt(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port') ?? 0;
  if (host !== undefined) return { host: textAt(host, 'address'), port: port === 0 ? KUBELET_PORT : port };
  // As Go prints the list.
  const known = addresses.map((one) => `{${textAt(one, 'type')} ${textAt(one, 'address')}}`);
  throw new ApiFailure(500, '', `no preferred addresses found; known addresses: [${known.join(' ')}]`);
}

/** The container that is asked for, or the only one. */
function containerOf(pod: ApiObject, query: URLSearchParams): string {
  const namesIn = (field: string): readonly string[] =>
    objectsAt(pod, 'spec', field).map((one) => textAt(one, 'name'));
  const [containers, inits] = [namesIn('containers'), namesIn('initContainers')];
  const wanted = query.get('container') ?? '';
  const [only = '', ...more] = containers;
  if (wanted === '' && more.length === 0) return only;
  if (wanted === '') {
    const choice = `choose one of: [${containers.join(' ')}]`;
    const others = inits.length === 0 ? '' : ` or one of the init containers: [${inits.join(' ')}]`;
    throw badRequest(`a container name must be specified for pod ${nameOf(pod)}, ${choice}${others}`);
  }
  if ([...containers, ...inits].includes(wanted)) return wanted;
  throw badRequest(`container ${wanted} is not valid for pod ${nameOf(pod)}`);
}

const LOG_OPTIONS = [
  ...['follow', 'previous', 'timestamps', 'stream'],
  ...['tailLines', 'limitBytes', 'sinceSeconds', 'sinceTime'],
];

function logQuery(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => LOG_OPTIONS.includes(name)));
}

/** The kubelet has other names for what the API server calls the streams. */
const STREAM_OPTIONS: Readonly<Record<string, string>> = {
  stdin: 'input',
  stdout: 'output',
  stderr: 'error',
  tty: 'tty',
};

function streamQuery(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    [...query].flatMap(([name, value]): [string, string][] => {
      const stream = STREAM_OPTIONS[name];
      if (stream !== undefined) return value === 'true' || value === '1' ? [[stream, '1']] : [];
      if (name === 'command') return [[name, value]];
      return name === 'ports' ? value.split(',').map((port): [string, string] => ['port', port]) : [];
    }),
  );
}
