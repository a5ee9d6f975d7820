import type { CapacityType } from './capacity-type.ts';
import type { Instant } from './kubernetes.ts';
import type { NodeSettings } from './node-settings.ts';
import type { OwnUse } from './own-use.ts';
import { parseQuantity, quantityIn } from './parse-quantity.ts';
import { withoutUndefined } from './without-undefined.ts';

/** An account's quota of vCPU that run at a time on one capacity type, and what the whole account takes of it. */
export interface VcpuQuota {
  readonly limit: number;
  /** As of one minute, a few minutes ago; absent while nothing was measured lately: nobody runs anything. */
  readonly use?: { readonly vcpu: number; readonly minute: Instant };
}

/** What the quotas of the account leave to one node, in vCPU. */
export interface QuotaShare {
  /** The sum of the quotas of the node's capacity types. */
  readonly limit: number;
  /** What the pods of this node may request together: those that run here, and those that could be started now. */
  readonly available: number;
}

/** What is kept of the quotas with the marks of a node. */
export interface NodeQuota {
  /** As last read; absent: never. */
  readonly share?: QuotaShare;
  /** Since when they cannot be read, and why. */
  readonly unread?: { readonly since: Instant; readonly why: string };
}

/** One attempt to read the quotas. */
export type QuotaLook =
  { readonly kind: 'read'; readonly share: QuotaShare } | { readonly kind: 'failed'; readonly why: string };

export const QUOTA = {
  /** What changes by less is not worth a write. */
  noiseVcpu: 1,
  /** What could not be read for so long is not known any more. */
  staleMs: 15 * 60_000,
  /** The smallest task: with less than that nothing can be started ("Task CPU and memory", Amazon ECS Developer Guide). */
  leastVcpu: 0.25,
} as const;

/** The capacity types that pods of a node run on. */
export function capacityTypesOf({
  capacityType,
}: Pick<NodeSettings, 'capacityType'>): readonly CapacityType[] {
  return capacityType === 'mixed' ? ['on-demand', 'spot'] : [capacityType];
}

/**
 * What the quotas leave to a node: all of them, less what everybody else takes (other nodes of ours, too), less what its own tasks
 * take beyond their pods' requests. So the scheduler, which subtracts requests, is left with what could be started now. Never more than
 * the node is configured for: what lies above is not worth a write.
 */
export function shareFor(
  own: Pick<OwnUse, 'during' | 'overhead'>,
  quotas: readonly (VcpuQuota & { readonly capacityType: CapacityType })[],
  configured: number,
): QuotaShare {
  const limit = sum(quotas.map((quota) => quota.limit));
  const others = sum(
    quotas.map(({ use, capacityType }) =>
      use === undefined ? 0 : Math.max(0, use.vcpu - own.during(capacityType, use.minute)),
    ),
  );
  const available = Math.min(configured, Math.max(0, limit - others - own.overhead));
  return { limit, available: exact(available) };
}

/** What to keep of the quotas after a look; `undefined` where that is what is kept already, but for noise. */
export function nextQuota(
  before: NodeQuota | undefined,
  look: QuotaLook,
  now: Instant,
): NodeQuota | undefined {
  switch (look.kind) {
    case 'read': {
      const { share } = before ?? {};
      const isSame =
        share?.limit === look.share.limit &&
        Math.abs(share.available - look.share.available) < QUOTA.noiseVcpu;
      return isSame && before?.unread === undefined ? undefined : { share: look.share };
    }
    case 'failed':
      if (before?.unread !== undefined) return undefined;
      return withoutUndefined({ share: before?.share, unread: { since: now, why: look.why } });
  }
}

/** What is known of the quotas now, or why nothing is. A look that fails now and then changes nothing. */
export function readQuota(
  quota: NodeQuota | undefined,
  now: Instant,
):
  | { readonly kind: 'known'; readonly share: QuotaShare }
  | { readonly kind: 'unknown'; readonly why: string } {
  const { share, unread } = quota ?? {};
  const isStale = unread !== undefined && now - unread.since >= QUOTA.staleMs;
  if (share !== undefined && !isStale) return { kind: 'known', share };
  return { kind: 'unknown', why: unread?.why ?? 'they have not been read yet' };
}

/** vCPU of a quantity of CPU such as `40` or `500m`, in thousandths rounded up. */
export function vcpuOf(quantity: string): number {
  return quantityIn(parseQuantity(quantity) ?? 0n, 'milli') / 1000;
}

/** The quantity of so many vCPU, in thousandths rounded down: a node never shows more than there is. */
export function quantityOf(vcpu: number): string {
  const milli = Math.floor(exact(vcpu) * 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

/** Without the errors of binary fractions. */
function exact(vcpu: number): number {
  return Math.round(vcpu * 1e6) / 1e6;
}
