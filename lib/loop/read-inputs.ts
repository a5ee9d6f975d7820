import { matchesLabels } from '../core/match-labels.ts';
import type { Pod } from '../core/kubernetes.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import { needsOf, type PodNeeds } from '../core/pod-needs.ts';
import { tokenKey, type PodInputs, type Reading } from '../core/pod-inputs.ts';
import type { NetworkPolicyFacts, Objects } from '../ports/objects.ts';

/** The port by which the Kubernetes API is reached when a URL names none. */
const HTTPS_PORT = '443';

/** What is read, and where tokens come from, where that is not said by the pod and the objects themselves. */
interface InputOptions {
  readonly needs?: PodNeeds;
  readonly token?: Objects['token'];
}

/**
 * Reads what the pod refers to, all at once and nothing else. What is absent or may not be read is in the inputs as that; an API
 * server that does not answer throws.
 */
export async function readInputs(
  pod: Pod,
  node: NodeSettings,
  objects: Objects,
  { needs = needsOf(pod), token = (...of) => objects.token(...of) }: InputOptions = {},
): Promise<PodInputs> {
  const { namespace } = pod.metadata;
  const [configMaps, secrets, claims, tokens, serviceAccount, services, policies, apiEndpoint] =
    await Promise.all([
      readEach(needs.configMaps, (name) => objects.configMap(namespace, name, node.name)),
      readEach(needs.secrets, (name) => objects.secret(namespace, name, node.name)),
      readEach(needs.claims, (name) => objects.claim(namespace, name, node.name)),
      readTokens(pod, needs, token),
      objects.serviceAccount(namespace, needs.serviceAccount),
      needs.services && node.serviceLinks === true ? objects.services(namespace, node.name) : [],
      objects.networkPolicies(namespace),
      needs.tokens.length === 0 ? undefined : endpointOf(node, objects),
    ]);
  return {
    ...{ configMaps, secrets, claims, tokens, serviceAccount, services, apiEndpoint },
    networkPolicies: policies.kind === 'found' ? selecting(policies.value, pod) : [],
    ...(policies.kind === 'unreadable' && { policiesUnknown: policies.message }),
  };
}

function selecting(policies: readonly NetworkPolicyFacts[], { metadata }: Pod): readonly string[] {
  return policies
    .filter(({ podSelector }) => matchesLabels(podSelector, metadata.labels ?? {}))
    .map(({ name }) => name);
}

async function readEach<Value>(
  names: readonly string[],
  read: (name: string) => Promise<Reading<Value>>,
): Promise<ReadonlyMap<string, Reading<Value>>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
}

async function readTokens(pod: Pod, needs: PodNeeds, token: Objects['token']): Promise<PodInputs['tokens']> {
  const read = needs.tokens.map(async (need) => [tokenKey(need), await token(pod, need)] as const);
  return new Map(await Promise.all(read));
}

async function endpointOf(
  { apiEndpoint }: NodeSettings,
  objects: Objects,
): Promise<PodInputs['apiEndpoint']> {
  if (apiEndpoint === undefined) return objects.endpoint();
  const url = new URL(`https://${apiEndpoint}`);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? HTTPS_PORT : url.port };
}
