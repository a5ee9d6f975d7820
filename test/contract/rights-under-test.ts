import { parseAllDocuments } from 'yaml';
import { bootstrapNames } from '../../infra/bootstrap/bootstrap-subject.ts';
import { type BootstrapInput, renderBootstrap } from '../../infra/render-bootstrap.ts';
import { type Apis, type ApisOptions, createApis } from '../../lib/adapters/kubernetes/act-as-node.ts';
import { type Api, type ApiCall, createApi } from '../../lib/adapters/kubernetes/call-api.ts';
import { boundTokenOf, tokenCall } from '../../lib/adapters/kubernetes/request-token.ts';
import type { ControlPlane } from '../support/start-control-plane.ts';
import { optionsOf } from './kubernetes-over-http.ts';

/** The nodes of the virtual clusters under test: more names than the contract takes, and those that it takes first. */
export const NODES: readonly string[] = Array.from({ length: 200 }, (_, index) => `node-${index + 1}`);
/** A node of someone else. */
export const STRANGER = 'worker-1';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** `/apis/rbac.authorization.k8s.io/v1/clusterroles` */
function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const within = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const singular = kind.toLowerCase();
  const plural = singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
  return `${root}${within}/${plural}`;
}

/** Gives the rights that are rendered, all of them and nothing else, as an administrator applies them. */
async function applyBootstrap(admin: Api, input: BootstrapInput): Promise<void> {
  for (const document of parseAllDocuments(renderBootstrap(input))) {
    const body = document.toJS() as Manifest;
    await admin.call({ method: 'POST', path: collectionOf(body), body });
  }
}

/** A virtual cluster whose rights were rendered and applied, and whoever they belong to. */
export interface RightsUnderTest {
  readonly admin: Api;
  readonly apis: Apis;
  readonly options: ApisOptions;
}

/**
 * Applies what is rendered and becomes its subject: the service account by a token of an hour, or a member of the group.
 * @param identify makes the identity of a service account from its token; a kubeconfig by default
 */
export async function becomeSubject(
  server: ControlPlane,
  input: BootstrapInput,
  identify: (token: string) => Omit<ApisOptions, 'impersonateNodes'> = (token) =>
    optionsOf(server.kubeconfigOf(token)),
): Promise<RightsUnderTest> {
  const admin = createApi(optionsOf(server.kubeconfig));
  await applyBootstrap(admin, input);
  const { impersonateNodes } = input;
  const made =
    input.identityMode === 'eks'
      ? optionsOf(server.kubeconfigOfMember(bootstrapNames(input.clusterName).group))
      : identify(await tokenOf(admin, input.clusterName));
  const options = { ...made, impersonateNodes };
  return { admin, options, apis: createApis(options) };
}

async function tokenOf(admin: Api, clusterName: string): Promise<string> {
  const { namespace, serviceAccount } = bootstrapNames(clusterName);
  const { body } = await admin.call(tokenCall(namespace, serviceAccount, { expirationSeconds: 3600 }));
  return boundTokenOf(body).token;
}

/** The status that a call is answered with, whatever it is. */
export async function statusOf(api: Pick<Api, 'call'>, call: ApiCall): Promise<number> {
  const expects = [400, 403, 404, 409, 422];
  return (await api.call({ ...call, expects })).status;
}

export const pathOfNode = (name: string): string => `/api/v1/nodes/${name}`;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const pathOfLease = (name: string): string => `${LEASES}/${name}`;
export const pathOfPod = (name: string): string => `/api/v1/namespaces/default/pods/${name}`;
export const pathOfSecret = (name: string): string => `/api/v1/namespaces/default/secrets/${name}`;

/** Calls that touch what is not of the virtual cluster, by what they would do. `pod` is bound to a node of someone else. */
export function strangeCalls(pod: string): Readonly<Record<string, ApiCall>> {
  const merge = 'application/merge-patch+json';
  const patch = { method: 'PATCH', contentType: merge } as const;
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: STRANGER } };
  return {
    'read the Lease of another node': { method: 'GET', path: pathOfLease(STRANGER) },
    'make the Lease of another node': { method: 'POST', path: LEASES, body: lease },
    'renew the Lease of another node': { ...patch, path: pathOfLease(STRANGER), body: {} },
    'read another Node': { method: 'GET', path: pathOfNode(STRANGER) },
    'make another Node': { method: 'POST', path: '/api/v1/nodes', body: { metadata: { name: 'worker-2' } } },
    'change another Node': { ...patch, path: pathOfNode(STRANGER), body: { spec: { unschedulable: true } } },
    'change the status of another Node': { ...patch, path: `${pathOfNode(STRANGER)}/status`, body: {} },
    'delete another Node': { method: 'DELETE', path: pathOfNode(STRANGER) },
    'change the status of a pod of another node': {
      ...patch,
      path: `${pathOfPod(pod)}/status`,
      body: { status: { message: 'mine' } },
    },
    'delete a pod of another node': {
      method: 'DELETE',
      path: pathOfPod(pod),
      body: { gracePeriodSeconds: 0 },
    },
    'ask for a token that is bound to nothing': tokenCall('default', 'strong', { expirationSeconds: 600 }),
    'list Secrets': { method: 'GET', path: '/api/v1/namespaces/default/secrets' },
    'list ConfigMaps': { method: 'GET', path: '/api/v1/configmaps' },
    'list service accounts': { method: 'GET', path: '/api/v1/serviceaccounts' },
  };
}

/** What a policy on writes cannot keep: a Secret that no pod refers to, and a token bound to a pod of someone else's node. */
export async function largestCalls(admin: Api, name: string): Promise<Readonly<Record<string, ApiCall>>> {
  await putStrangers(admin, `${name}-other`);
  const post = async (kind: string, body: object) =>
    (await admin.call({ method: 'POST', path: `/api/v1/namespaces/default/${kind}`, body })).body;
  await post('secrets', { metadata: { name }, data: {} });
  const containers = [{ name: 'main', image: 'registry.invalid/app:1' }];
  const spec = { nodeName: STRANGER, serviceAccountName: 'strong', containers };
  const { metadata } = (await post('pods', { metadata: { name }, spec })) as Manifest & {
    readonly metadata: { readonly uid: string };
  };
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid: metadata.uid };
  return {
    'read a Secret by its name': { method: 'GET', path: pathOfSecret(name) },
    'get a token of a pod of another node': tokenCall('default', 'strong', {
      expirationSeconds: 600,
      boundObjectRef,
    }),
  };
}

/** Puts a Node, its Lease, a pod and a service account there that are of someone else; returns the name of the pod. */
export async function putStrangers(admin: Api, pod: string): Promise<string> {
  const post = (path: string, body: object) => admin.call({ method: 'POST', path, body, expects: [409] });
  await post('/api/v1/nodes', { metadata: { name: STRANGER } });
  await post(LEASES, { metadata: { name: STRANGER }, spec: { holderIdentity: STRANGER } });
  await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'strong' } });
  await post('/api/v1/namespaces/default/pods', {
    metadata: { name: pod },
    spec: { nodeName: STRANGER, containers: [{ name: 'main', image: 'registry.invalid/app:1' }] },
  });
  return pod;
}
