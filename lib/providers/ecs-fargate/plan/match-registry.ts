/** Registry credentials of one Secret: user and password by where they are good for, a host with a path or a pattern of it. */
export type RegistryConfig = ReadonlyMap<string, RegistryLogin>;

/** A user of a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** The key that Docker Hub's own address comes to, and what images without a host are looked up by when nothing else matches. */
const DOCKER_HUB = 'index.docker.io';

/**
 * The repository of an image as registries name it, without tag and digest: `nginx` is `docker.io/library/nginx`, as for
 * Docker and the kubelet.
 */
export function repositoryOf(image: string): string {
  const [name = ''] = image.split('@');
  const slash = name.lastIndexOf('/');
  const untagged = name.slice(0, slash + 1) + (name.slice(slash + 1).split(':')[0] ?? '');
  const [first = '', ...rest] = untagged.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (!hasHost) return rest.length === 0 ? `docker.io/library/${first}` : `docker.io/${untagged}`;
  if (first !== 'docker.io' && first !== DOCKER_HUB) return untagged;
  return rest.length === 1 ? `docker.io/library/${rest.join('')}` : `docker.io/${rest.join('/')}`;
}

/**
 * The login for an image and the key it was found under, by the kubelet's rules (credentialprovider, keyring.go): of all keys
 * that match, the last in the order of their letters, so that a path beats its host; of Secrets with the same key the first. A key
 * matches a repository of the same port whose host matches part by part (`*` within a part) and whose path begins with its own.
 * `undefined`: the image is pulled without one.
 */
export function findLogin(
  configs: readonly RegistryConfig[],
  image: string,
): { readonly key: string; readonly login: RegistryLogin } | undefined {
  const repository = repositoryOf(image);
  const keys = [...new Set(configs.flatMap((config) => [...config.keys()]))].sort().reverse();
  const key =
    keys.find((each) => matches(each, repository)) ??
    (repository.startsWith('docker.io/') && keys.includes(DOCKER_HUB) ? DOCKER_HUB : undefined);
  const login = key === undefined ? undefined : configs.find((config) => config.has(key))?.get(key);
  return key === undefined || login === undefined ? undefined : { key, login };
}

/** Under which key a login is kept that a config file names by an address: without scheme, without the version of the API. */
export function toRegistryKey(address: string): string {
  const plain = address.replace(/^https?:\/\//, '');
  const slash = plain.indexOf('/');
  const host = slash < 0 ? plain : plain.slice(0, slash);
  const path = (slash < 0 ? '' : plain.slice(slash)).replace(/^\/v[12]\//, '/');
  return path === '/' ? host : `${host}${path}`;
}

function matches(key: string, repository: string): boolean {
  const [pattern, target] = [splitAddress(key), splitAddress(repository)];
  return (
    pattern.port === target.port &&
    pattern.parts.length === target.parts.length &&
    target.path.startsWith(pattern.path) &&
    pattern.parts.every((part, index) => matchesPart(part, target.parts[index] ?? ''))
  );
}

function splitAddress(address: string): {
  readonly parts: readonly string[];
  readonly port: string;
  readonly path: string;
} {
  const slash = address.indexOf('/');
  const authority = slash < 0 ? address : address.slice(0, slash);
  const [, host = authority, port = ''] = /^(.*):(\d+)$/.exec(authority) ?? [];
  return { parts: host.split('.'), port, path: slash < 0 ? '' : address.slice(slash) };
}

/** `*` and `?` stand for any letters of one part, as in a shell. */
function matchesPart(pattern: string, part: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === part;
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(part);
}
