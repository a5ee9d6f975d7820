import type { CapacityType } from '../../lib/core/capacity-type.ts';
import { FailureError, type Failure } from '../../lib/core/failure.ts';
import type { VcpuQuota } from '../../lib/core/node-quota.ts';
import type { Quotas } from '../../lib/ports/quotas.ts';

/** The quotas of an account in memory: a test says what they are. */
export interface MemoryQuotas extends Quotas {
  /** How often each was asked for. */
  readonly asked: Readonly<Record<CapacityType, number>>;
  set(type: CapacityType, quota: VcpuQuota): void;
  /** Every read fails this way, until a quota is set. */
  fail(failure: Failure): void;
}

/** Quotas of 4,000 vCPU, of which nothing was used lately. */
export function createMemoryQuotas(): MemoryQuotas {
  const asked = { 'on-demand': 0, spot: 0 };
  const quotas: Record<CapacityType, VcpuQuota> = { 'on-demand': { limit: 4000 }, spot: { limit: 4000 } };
  let failing: Failure | undefined;
  return {
    asked,
    set: (type, quota) => {
      failing = undefined;
      quotas[type] = quota;
    },
    fail: (failure) => (failing = failure),
    vcpu: (type) => {
      asked[type] += 1;
      return failing === undefined
        ? Promise.resolve(quotas[type])
        : Promise.reject(new FailureError(failing));
    },
  };
}
