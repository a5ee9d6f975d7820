import type { Instant } from '../../../core/kubernetes.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Provider } from '../../../ports/provider.ts';
import { isDefinitionGone } from './classify-error.ts';
import { familyPrefix, hashInFamily, toSpecHash } from '../plan/hash-task-definition.ts';
import type { EcsCalls } from './pace-calls.ts';

type IsUsed = Parameters<Provider['retireDefinitions']>[0];
type RetireCalls = Pick<EcsCalls, 'listFamilies' | 'describeTaskDefinition' | 'deregisterTaskDefinition'>;

const DAY_MS = 24 * 3_600_000;
/** Whoever gets no token for this long leaves the rest to a later run: nothing is left over now. */
const PATIENCE_MS = 20_000;
/** Definitions that one run describes at most: what it keeps it does not look at again so soon, so the next run gets further. */
const LOOKS = 100;
/** How long a definition is left alone that is used by its name alone. */
const USED_MS = 3_600_000;

/** What came of one definition. */
type Step =
  | { readonly kind: 'retired' }
  | { readonly kind: 'kept'; readonly until: Instant }
  /** Nothing is left over of the rates now. */
  | { readonly kind: 'late' };

/** Retires definitions of one cluster; between runs it only remembers which ones not to look at again yet. */
export interface DefinitionRetirement {
  /** As the port says; it ends early when nothing is left over of the rates. */
  run(isUsed: IsUsed, most: number): Promise<number>;
}

/** A retirement that has looked at nothing yet. */
export function createRetirement(given: {
  readonly calls: RetireCalls;
  /** The name of the Kubernetes cluster in the names of families. */
  readonly cluster: string;
  readonly clock: Clock;
}): DefinitionRetirement {
  const { calls, cluster, clock } = given;
  /** Families that were kept, and until when. */
  const kept = new Map<string, Instant>();
  return {
    run: async (isUsed, most) => {
      const now = clock.now();
      for (const [family, until] of kept) if (until <= now) kept.delete(family);
      let retired = 0;
      let looks = 0;
      for await (const family of ourFamilies(calls, cluster, clock)) {
        if (retired >= most || looks >= LOOKS) break;
        const specHash = toSpecHash(hashInFamily(cluster, family) ?? '');
        if (kept.has(family) || isUsed({ specHash, name: family })) continue;
        looks += 1;
        const step = await retireNewest(family, (name) => isUsed({ specHash, name }), calls, clock);
        if (step.kind === 'late') break;
        if (step.kind === 'retired') retired += 1;
        else kept.set(family, step.until);
      }
      return retired;
    },
  };
}

/** The families of this very cluster that have something to retire; it just ends when no token is left over. */
async function* ourFamilies(calls: RetireCalls, cluster: string, clock: Clock): AsyncGenerator<string> {
  let nextToken: string | undefined;
  do {
    const page = await calls.listFamilies(
      { familyPrefix: familyPrefix(cluster), status: 'ACTIVE', ...(nextToken && { nextToken }) },
      clock.now() + PATIENCE_MS,
    );
    if (page === 'late') return;
    for (const family of page.families ?? []) if (hashInFamily(cluster, family) !== undefined) yield family;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** A family has one revision, or a few when several processes registered at once: one a run goes, the newest. */
async function retireNewest(
  family: string,
  isUsed: (name: string) => boolean,
  calls: RetireCalls,
  clock: Clock,
): Promise<Step> {
  const by = (): Instant => clock.now() + PATIENCE_MS;
  const keep: Step = { kind: 'kept', until: clock.now() + USED_MS };
  try {
    const answer = await calls.describeTaskDefinition({ taskDefinition: family }, by());
    if (answer === 'late') return { kind: 'late' };
    const { taskDefinitionArn: arn, registeredAt } = answer.taskDefinition ?? {};
    if (arn === undefined || registeredAt === undefined || isUsed(arn)) return keep;
    const oldAt = registeredAt.getTime() + DAY_MS;
    if (oldAt > clock.now()) return { kind: 'kept', until: oldAt };
    const answered = await calls.deregisterTaskDefinition({ taskDefinition: arn }, by());
    return answered === 'late' ? { kind: 'late' } : { kind: 'retired' };
  } catch (error) {
    if (isDefinitionGone(error)) return keep;
    throw error;
  }
}
