// client-node's own readers of kubeconfig entries; the module has no imports beyond node:fs, unlike the package's index.
import { newClusters, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { load, YAMLException } from 'js-yaml';
import { FailureError } from '../../core/failure.ts';
import { type Entry, faultsOfCluster, faultsOfUser, isSet } from './find-kubeconfig-faults.ts';
import type { Access } from './identity.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The access that the current context of a kubeconfig gives. Accepted are inline credentials only: what names files, runs
 * programs or switches verification off is refused, because it cannot work (or must not) in a function.
 * @throws FailureError `auth` that lists every fault with its field path and what to do; it shows no credential.
 */
export function parseKubeconfig(text: string): Access {
  const document = readYaml(text);
  const context = chooseContext(document);
  const cluster = chooseEntry(document, 'clusters', 'cluster', context.cluster);
  const user = chooseEntry(document, 'users', 'user', context.user);
  const faults = [
    ...context.faults,
    ...('fault' in cluster ? [cluster.fault] : faultsOfCluster(cluster)),
    ...('fault' in user ? [user.fault] : faultsOfUser(user)),
    ...('fault' in user ? [] : faultsOfImpersonation(user)),
  ].filter((fault) => fault !== '');
  if (faults.length > 0 || 'fault' in cluster || 'fault' in user) throw refusal(faults);
  return toAccess(cluster, user);
}

function refusal(faults: readonly string[]): FailureError {
  const list = faults.map((fault) => `- ${fault}`).join('\n');
  return new FailureError({
    kind: 'auth',
    code: 'KubeconfigRefused',
    message: `The kubeconfig cannot be used:\n${list}`,
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The parser's own words are not repeated: they quote the source, and with it perhaps a credential. */
function readYaml(text: string): Fields {
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    const line = error instanceof YAMLException ? error.mark?.line : undefined;
    const place = line === undefined ? '' : ` (line ${line + 1})`;
    throw refusal([`it is not valid YAML${place}; store the output of kubectl config view --raw --flatten`]);
  }
  if (isFields(document)) return document;
  throw refusal(['it is not a kubeconfig; store the output of kubectl config view --raw --flatten']);
}

/** The names that the current context points to. A name is missing where a fault says why. */
function chooseContext(document: Fields): { cluster?: string; user?: string; faults: string[] } {
  const name = document['current-context'];
  if (!isSet(name)) return { faults: ['current-context is missing; set it with kubectl config use-context'] };
  const context = chooseEntry(document, 'contexts', 'context', String(name));
  if ('fault' in context) return { faults: [context.fault] };
  const { cluster, user } = context.fields;
  const faults = Object.entries({ cluster, user })
    .filter(([, value]) => typeof value !== 'string' || value === '')
    .map(([field]) => `${context.path}.${field} is missing; set it to the name of an entry of ${field}s`);
  return {
    ...(typeof cluster === 'string' && { cluster }),
    ...(typeof user === 'string' && { user }),
    faults,
  };
}

/** The entry of that name; an empty fault where the reason has been told already. */
function chooseEntry(
  document: Fields,
  list: 'contexts' | 'clusters' | 'users',
  body: 'context' | 'cluster' | 'user',
  name: string | undefined,
): (Entry & { readonly raw: Fields }) | { readonly fault: string } {
  if (name === undefined || name === '') return { fault: '' };
  const entries: readonly unknown[] = Array.isArray(document[list]) ? document[list] : [];
  const index = entries.findIndex((entry) => isFields(entry) && entry['name'] === name);
  const raw = entries[index];
  if (!isFields(raw))
    return { fault: `${list} has no entry named "${name}"; add it or choose another context` };
  const path = `${list}[${index}].${body}`;
  const fields = raw[body];
  if (!isFields(fields)) return { fault: `${path} is missing; the entry "${name}" holds nothing` };
  return { path, fields, raw };
}

function faultsOfImpersonation(user: Entry): string[] {
  const { as, 'as-groups': groups } = user.fields;
  const areTexts = Array.isArray(groups) && groups.every((group) => typeof group === 'string');
  if (isSet(groups) && !areTexts) return [`${user.path}.as-groups is not a list of texts`];
  if (isSet(groups) && !isSet(as)) return [`${user.path}.as is missing; as-groups needs it`];
  return [];
}

/** Reads what was found faultless. */
function toAccess(cluster: { readonly raw: Fields }, user: Entry & { readonly raw: Fields }): Access {
  const { server = '', caData, tlsServerName } = newClusters([cluster.raw])[0] ?? {};
  const { token, certData, keyData, impersonateUser } = newUsers([user.raw])[0] ?? {};
  const groups = user.fields['as-groups'];
  return {
    endpoint: {
      url: server,
      ...(caData && { ca: decode(caData) }),
      ...(certData && keyData && { cert: decode(certData), key: decode(keyData) }),
      ...(tlsServerName && { serverName: tlsServerName }),
    },
    headers: {
      ...(token && { authorization: `Bearer ${token.trim()}` }),
      ...(impersonateUser && { 'impersonate-user': impersonateUser }),
      ...(Array.isArray(groups) && { 'impersonate-group': groups.map(String) }),
    },
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
