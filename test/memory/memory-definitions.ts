import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Provider } from '../../lib/ports/provider.ts';

const DAY_MS = 24 * 3_600_000;

interface Definition {
  readonly name: string;
  readonly registeredAt: Instant;
}

/** Task definitions in memory: one per spec hash, registered by the first launch that needs it. */
export interface MemoryDefinitions {
  /** The name of the definition with this hash, which is there from now on. */
  use(specHash: string, now: Instant): string;
  retire(isUsed: Parameters<Provider['retireDefinitions']>[0], most: number, now: Instant): number;
  names(): readonly string[];
}

/** No definition yet. */
export function createMemoryDefinitions(cluster: string): MemoryDefinitions {
  const active = new Map<string, Definition>();
  const revisions = new Map<string, number>();
  return {
    use: (specHash, now) => {
      const known = active.get(specHash);
      if (known !== undefined) return known.name;
      const revision = (revisions.get(specHash) ?? 0) + 1;
      revisions.set(specHash, revision);
      const family = `lambdalet-${cluster}-${specHash.slice(specHash.indexOf(':') + 1)}`;
      const name = `arn:aws:ecs:eu-west-1:111122223333:task-definition/${family}:${revision}`;
      active.set(specHash, { name, registeredAt: now });
      return name;
    },
    retire: (isUsed, most, now) => {
      const unused = [...active]
        .filter(([, { registeredAt }]) => now - registeredAt >= DAY_MS)
        .filter(([specHash, { name }]) => !isUsed({ specHash, name }))
        .slice(0, most);
      for (const [specHash] of unused) active.delete(specHash);
      return unused.length;
    },
    names: () => [...active.values()].map(({ name }) => name),
  };
}
