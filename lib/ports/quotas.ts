import type { CapacityType } from '../core/capacity-type.ts';
import type { VcpuQuota } from '../core/node-quota.ts';

/** The quotas of the account that bound how many pods can run. */
export interface Quotas {
  /**
   * The quota of vCPU of a capacity type, and what the account takes of it. May be asked by every node at every sweep: answers are kept,
   * the quota for an hour, its use for minutes. Throws `FailureError` when either is not known.
   */
  vcpu(capacityType: CapacityType): Promise<VcpuQuota>;
}
