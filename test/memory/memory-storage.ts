import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { PodInputs } from '../../lib/core/pod-inputs.ts';
import type { PodRecord } from '../../lib/core/record.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

type Attempt = Pick<PodRecord, 'node' | 'uid' | 'attempt'>;

/** What a provider in memory stores for pods: files per attempt, and secrets that outlive them. */
export interface MemoryStorage {
  /** Why the pod cannot be launched with these inputs, or `undefined`. */
  missing(pod: Pod, inputs: PodInputs): string | undefined;
  /** Stores what a launch needs; `true` when there are files. */
  store(pod: Pod, attempt: Attempt, now: Instant): boolean;
  clear(attempt: Attempt): void;
  clearNode(node: string): void;
  retire(most: number, now: Instant): number;
  /** Attempts with files, as `<node>/<uid>/<attempt>`. */
  files(): readonly string[];
}

/** Nothing stored yet. */
export function createMemoryStorage(): MemoryStorage {
  const files = new Set<string>();
  const secrets = new Map<string, Instant>();
  return {
    missing: missingIn,
    store: (pod, attempt, now) => {
      const { namespace } = pod.metadata;
      for (const { name } of pod.spec.imagePullSecrets ?? []) secrets.set(`${namespace}/${name}`, now);
      if (neededBy(pod).length > 0) files.add(keyOf(attempt));
      return neededBy(pod).length > 0;
    },
    clear: (attempt) => void files.delete(keyOf(attempt)),
    clearNode: (node) => {
      for (const key of files) if (key.startsWith(`${node}/`)) files.delete(key);
    },
    retire: (most, now) => {
      const old = [...secrets].filter(([, usedAt]) => now - usedAt > WEEK_MS).slice(0, most);
      for (const [name] of old) secrets.delete(name);
      return old.length;
    },
    files: () => [...files],
  };
}

function keyOf({ node, uid, attempt }: Attempt): string {
  return `${node}/${uid}/${attempt}`;
}

interface Need {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

function missingIn(pod: Pod, { configMaps, secrets }: PodInputs): string | undefined {
  const gone = neededBy(pod).find(({ kind, name }) => {
    const readings = kind === 'ConfigMap' ? configMaps : secrets;
    return readings.get(name)?.kind !== 'found';
  });
  return gone && `${gone.kind.toLowerCase()} "${gone.name}" not found`;
}

/** ConfigMaps and Secrets that the pod cannot do without. */
function neededBy({ spec }: Pod): readonly Need[] {
  const need = (kind: Need['kind'], name: string | undefined, optional: boolean | undefined): Need[] =>
    name === undefined || optional === true ? [] : [{ kind, name }];
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return [
    ...containers
      .flatMap(({ env = [] }) => env)
      .flatMap(({ valueFrom: from }) => [
        ...need('ConfigMap', from?.configMapKeyRef?.name, from?.configMapKeyRef?.optional),
        ...need('Secret', from?.secretKeyRef?.name, from?.secretKeyRef?.optional),
      ]),
    ...containers
      .flatMap(({ envFrom = [] }) => envFrom)
      .flatMap(({ configMapRef, secretRef }) => [
        ...need('ConfigMap', configMapRef?.name, configMapRef?.optional),
        ...need('Secret', secretRef?.name, secretRef?.optional),
      ]),
    ...(spec.volumes ?? []).flatMap(({ configMap, secret }) => [
      ...need('ConfigMap', configMap?.name, configMap?.optional),
      ...need('Secret', secret?.secretName, secret?.optional),
    ]),
  ];
}
