import type { Node } from './kubernetes.ts';
import { isStalled, type NodeFacts } from './node-facts.ts';
import { quantityOf, readQuota, vcpuOf } from './node-quota.ts';

/** Amounts by resource, as Kubernetes writes them. */
export type Quantities = Record<string, string>;

/** What the node has, and what of it pods may request. */
export interface NodeResources {
  readonly capacity: Quantities;
  readonly allocatable: Quantities;
}

/**
 * The configured resources, with as much CPU as the quotas of the account leave: capacity is never more than the quota, allocatable never
 * more than what the node's pods could have now, nor than the node's ceiling. What is not known lowers nothing. It may fall below what
 * the pods of the node request: then the scheduler binds no more, and nobody evicts for it, because that is a kubelet's own doing.
 */
export function nodeResources(before: Node | undefined, facts: NodeFacts): NodeResources {
  const { settings } = facts;
  const cpu = facts.marked === undefined ? keptCpu(before, facts) : cpuByQuota(facts, facts.marked);
  const capacity = { ...settings.capacity, cpu: shown(settings.capacity.cpu, cpu.capacity) };
  const ceiling = settings.ceiling?.vcpu ?? Infinity;
  const allocatable = {
    ...capacity,
    cpu: shown(capacity.cpu, Math.min(cpu.allocatable, ceiling)),
    ...(isStalled(facts) && { pods: '0' }),
  };
  return { capacity, allocatable };
}

interface Cpu {
  readonly capacity: number;
  readonly allocatable: number;
}

function cpuByQuota({ now }: NodeFacts, { quota }: NonNullable<NodeFacts['marked']>): Cpu {
  const read = readQuota(quota, now);
  switch (read.kind) {
    case 'known':
      return { capacity: read.share.limit, allocatable: read.share.available };
    case 'unknown':
      return { capacity: Infinity, allocatable: Infinity };
  }
}

/** A table that does not answer for a moment must not make the node promise more, and then less again. */
function keptCpu(before: Node | undefined, { settings }: NodeFacts): Cpu {
  const kept = (quantities: Quantities | undefined): number =>
    vcpuOf(quantities?.['cpu'] ?? settings.capacity.cpu);
  return { capacity: kept(before?.status?.capacity), allocatable: kept(before?.status?.allocatable) };
}

/** The bound where it is lower; else the quantity as someone wrote it. */
function shown(quantity: string, bound: number): string {
  return bound < vcpuOf(quantity) ? quantityOf(bound) : quantity;
}
