import type { Pod } from '../../../core/kubernetes.ts';
import {
  tokenKey,
  type BoundToken,
  type ConfigObject,
  type ConfigValue,
  type PodInputs,
} from '../../../core/pod-inputs.ts';
import { allContainers, tokenOf } from '../../../core/pod-needs.ts';
import type { PodVolume } from './arrange-volumes.ts';
import type { TaskSize } from './choose-size.ts';
import { downwardText } from './downward-file.ts';
import { cleanPath } from './resolve-sub-path.ts';
import { effectiveUser, isMember } from '../support/support-security.ts';

/** A file of a volume, before the pod's `fsGroup` has its say. */
export interface VolumeFile {
  readonly content: ConfigValue;
  readonly mode: number;
}

/** Files by their path in the volume, the tokens among them, and what is missing, in the kubelet's words. */
export interface CollectedFiles {
  readonly files: ReadonlyMap<string, VolumeFile>;
  readonly tokens: readonly BoundToken[];
  readonly errors: readonly string[];
}

/** What files are made from. */
export interface FileContext {
  readonly pod: Pod;
  readonly size: TaskSize;
  readonly inputs: PodInputs;
}

type DownwardItems = NonNullable<NonNullable<PodVolume['downwardAPI']>['items']>;
type Projection = NonNullable<NonNullable<PodVolume['projected']>['sources']>[number];

interface Collected {
  readonly files: readonly (readonly [string, VolumeFile])[];
  readonly tokens?: readonly BoundToken[];
  readonly errors?: readonly string[];
}

interface ObjectSource {
  readonly kind: 'configmap' | 'secret';
  readonly name: string | undefined;
  readonly optional: boolean | undefined;
  readonly items:
    readonly { readonly key: string; readonly path: string; readonly mode?: number }[] | undefined;
}

/** `defaultMode` where the API server has set none, and the mode of a token that is for one user or one group. */
const DEFAULT_MODE = 0o644;
const TOKEN_MODE = 0o600;

/**
 * The files of a configMap, secret, downwardAPI or projected volume as the kubelet makes them: of several sources for one path the
 * last wins; what is optional and absent is left out.
 */
export function collectFiles(volume: PodVolume, context: FileContext): CollectedFiles {
  const collected = sourcesOf(volume, context);
  const files = new Map(collected.flatMap((part) => part.files));
  const errors = collected.flatMap((part) => part.errors ?? []);
  return {
    files,
    tokens: collected.flatMap(({ tokens = [] }) => tokens),
    errors: [...new Set([...errors, ...pathErrors([...files.keys()])])],
  };
}

/**
 * The user that tokens belong to: the one that every container of the pod names. Without it they belong to root, and `fsGroup` or
 * their mode must let the pod read them.
 */
export function tokenUser({ spec }: Pod): number | undefined {
  const [first, ...rest] = allContainers(spec).map((container) => effectiveUser(spec, container).user);
  return rest.every((user) => user === first) ? first : undefined;
}

function sourcesOf(volume: PodVolume, context: FileContext): readonly Collected[] {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) {
    const { name, optional, items, defaultMode } = configMap;
    return [objectFiles({ kind: 'configmap', name, optional, items }, context, defaultMode)];
  }
  if (secret) {
    const { secretName: name, optional, items, defaultMode } = secret;
    return [objectFiles({ kind: 'secret', name, optional, items }, context, defaultMode)];
  }
  if (downwardAPI) return [downwardFiles(downwardAPI.items ?? [], context, downwardAPI.defaultMode)];
  return (projected?.sources ?? []).map((source) => projectedFiles(source, context, projected?.defaultMode));
}

function projectedFiles(source: Projection, context: FileContext, mode: number | undefined): Collected {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) {
    const { name, optional, items } = configMap;
    return objectFiles({ kind: 'configmap', name, optional, items }, context, mode);
  }
  if (secret) {
    const { name, optional, items } = secret;
    return objectFiles({ kind: 'secret', name, optional, items }, context, mode);
  }
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], context, mode);
  if (serviceAccountToken) return tokenFile(source, serviceAccountToken.path, { context, mode });
  return { files: [] };
}

function objectFiles(
  source: ObjectSource,
  { inputs }: FileContext,
  defaultMode: number = DEFAULT_MODE,
): Collected {
  const { kind, name = '', optional, items = [] } = source;
  const readings = kind === 'configmap' ? inputs.configMaps : inputs.secrets;
  const reading = readings.get(name) ?? { kind: 'absent' };
  if (reading.kind === 'unreadable') return { files: [], errors: [reading.message] };
  if (reading.kind === 'absent' && optional !== true)
    return { files: [], errors: [`${kind} "${name}" not found`] };
  const data: ConfigObject['data'] = reading.kind === 'found' ? reading.value.data : {};
  if (items.length === 0)
    return { files: Object.entries(data).map(([key, content]) => [key, { content, mode: defaultMode }]) };
  const missing = items.find(({ key }) => !Object.hasOwn(data, key));
  if (missing !== undefined && optional !== true)
    return { files: [], errors: [missingKey(kind, missing.key)] };
  return {
    files: items.flatMap(({ key, path, mode }) => {
      const content = Object.hasOwn(data, key) ? data[key] : undefined;
      return content === undefined
        ? []
        : [[cleanPath(path), { content, mode: mode ?? defaultMode }] as const];
    }),
  };
}

function missingKey(kind: ObjectSource['kind'], key: string): string {
  return kind === 'configmap'
    ? `configmap references non-existent config key: ${key}`
    : `references non-existent secret key: ${key}`;
}

function downwardFiles(
  items: DownwardItems,
  { pod, size }: FileContext,
  defaultMode: number = DEFAULT_MODE,
): Collected {
  const texts = items.map((item) => ({ item, made: downwardText(item, pod, size) }));
  return {
    files: texts.flatMap(({ item, made }) =>
      made.kind === 'error'
        ? []
        : [[cleanPath(item.path), { content: made, mode: item.mode ?? defaultMode }] as const],
    ),
    errors: texts.flatMap(({ made }) => (made.kind === 'error' ? [made.message] : [])),
  };
}

function tokenFile(
  source: Projection,
  path: string,
  { context, mode = DEFAULT_MODE }: { readonly context: FileContext; readonly mode: number | undefined },
): Collected {
  const { pod, inputs } = context;
  const [reading] = tokenOf(source).map((need) => inputs.tokens.get(tokenKey(need)));
  const account = pod.spec.serviceAccountName ?? 'default';
  if (reading?.kind !== 'found') {
    const why = reading?.kind === 'unreadable' ? reading.message : `serviceaccounts "${account}" not found`;
    return { files: [], errors: [`failed to fetch token: ${why}`] };
  }
  const content: ConfigValue = { kind: 'text', text: reading.value.token };
  return {
    files: [[cleanPath(path), { content, mode: isPrivate(pod) ? TOKEN_MODE : mode }]],
    tokens: [reading.value],
  };
}

/** As with the kubelet; but where processes are not in the `fsGroup`, as they would be there, its mode must let them read the token. */
function isPrivate(pod: Pod): boolean {
  const group = pod.spec.securityContext?.fsGroup;
  return tokenUser(pod) !== undefined || (group !== undefined && isMember(pod.spec, group));
}

/** The API server lets no such path in; here it would leave the volume, so nothing is taken on trust. */
function pathErrors(paths: readonly string[]): readonly string[] {
  const all = new Set(paths);
  return paths.flatMap((path) => {
    const parts = path.split('/');
    if (path === '' || path.startsWith('/') || parts.includes('..') || path.includes('\n'))
      return [`invalid path: ${JSON.stringify(path)}`];
    const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
    return above.filter((parent) => all.has(parent)).map((parent) => `mkdir ${parent}: not a directory`);
  });
}
