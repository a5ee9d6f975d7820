import { createHash } from 'node:crypto';
import { allContainers } from '../../../core/pod-needs.ts';
import type { ConfigObject, ConfigValue, PodInputs } from '../../../core/pod-inputs.ts';
import type { LaunchNote } from '../../../ports/provider.ts';
import { findLogin, toRegistryKey, type RegistryConfig, type RegistryLogin } from './match-registry.ts';
import type { MirroredSecret, PlanContext } from './plan-types.ts';

/** With which mirrored secret the image of each container is pulled. */
export interface PlannedPulls {
  /** The mirror's name by container; a container that is not here is pulled without. */
  readonly credentials: ReadonlyMap<string, string>;
  readonly mirrored: readonly MirroredSecret[];
  readonly notes: readonly LaunchNote[];
}

/** Secrets Manager names have room for more, but a family's worth of hash is enough. */
const HASH_LENGTH = 32;
/** The execution role pulls from it; ECS takes no other credentials for it. */
const ECR = /^\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;

/**
 * The registry logins that a pod's images need, out of its imagePullSecrets, by the kubelet's rules; what admission added of the
 * service account is among them. One mirror for a namespace, list of pull secrets and registry, so that all pods of a workload
 * share it. As with the kubelet, a pull secret that is missing is told and does not stop the pod: the image may be public.
 */
export function planPullSecrets({ pod, settings, inputs }: PlanContext): PlannedPulls {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
  if (inputs === undefined || names.length === 0) return { credentials: new Map(), mirrored: [], notes: [] };
  const read = names.map((name) => [name, readConfig(inputs, name)] as const);
  const configs = read.flatMap(([, config]) => config ?? []);
  const credentials = new Map<string, string>();
  const mirrored = new Map<string, MirroredSecret>();
  for (const { name, image = '' } of allContainers(pod.spec)) {
    const found = ECR.test(image) ? undefined : findLogin(configs, image);
    if (found === undefined) continue;
    const mirror = mirrorName(settings.cluster, [pod.metadata.namespace, ...names, found.key]);
    credentials.set(name, mirror);
    mirrored.set(mirror, { name: mirror, value: JSON.stringify(found.login) });
  }
  const missing = read.flatMap(([name, config]) => (config === undefined ? [name] : []));
  return { credentials, mirrored: [...mirrored.values()], notes: notesOf(missing) };
}

/** In the kubelet's words. */
function notesOf(missing: readonly string[]): readonly LaunchNote[] {
  if (missing.length === 0) return [];
  const message = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
  return [{ type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message }];
}

function mirrorName(cluster: string, parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_LENGTH);
  return `lambdalet/${cluster}/pull/${hash}`;
}

/** `undefined`: it is not there, may not be read, or is no registry config. */
function readConfig({ secrets }: PodInputs, name: string): RegistryConfig | undefined {
  const reading = secrets.get(name);
  return reading?.kind === 'found' ? configOf(reading.value) : undefined;
}

/** A `.dockerconfigjson` has its logins under `auths`, the older `.dockercfg` has nothing else. */
function configOf({ type, data }: ConfigObject): RegistryConfig | undefined {
  if (type === 'kubernetes.io/dockercfg') return loginsOf(parsed(data['.dockercfg']));
  if (type !== 'kubernetes.io/dockerconfigjson') return undefined;
  const config = parsed(data['.dockerconfigjson']);
  return config === undefined ? undefined : loginsOf(config['auths']);
}

function parsed(value: ConfigValue | undefined): Readonly<Record<string, unknown>> | undefined {
  if (value?.kind !== 'text') return undefined;
  try {
    return objectIn(JSON.parse(value.text));
  } catch {
    return undefined;
  }
}

function loginsOf(auths: unknown): RegistryConfig | undefined {
  const entries = objectIn(auths);
  if (entries === undefined) return undefined;
  return new Map(
    Object.entries(entries).flatMap(([address, entry]) => {
      const login = loginOf(objectIn(entry) ?? {});
      return login === undefined ? [] : [[toRegistryKey(address), login] as const];
    }),
  );
}

/** `auth` (base64 of `user:password`) beats the plain fields, as in the kubelet. */
function loginOf({ auth, username, password }: Readonly<Record<string, unknown>>): RegistryLogin | undefined {
  if (typeof auth === 'string' && auth !== '') {
    const [, user, word] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(auth, 'base64').toString()) ?? [];
    return user === undefined || word === undefined ? undefined : { username: user, password: word };
  }
  if (typeof username !== 'string' || typeof password !== 'string') return undefined;
  return { username, password };
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
