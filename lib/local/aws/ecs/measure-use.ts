import type { Instant } from '../../../core/kubernetes.ts';
import type { EcsWorld } from './ecs-state.ts';

/** vCPU by capacity type. */
export interface VcpuUse {
  readonly onDemand: number;
  readonly spot: number;
}

/** The vCPU of the tasks of all clusters that lived at any time of a span. Tasks are forgotten an hour after they stopped. */
export function measureUse(
  { tasks }: Pick<EcsWorld, 'tasks'>,
  span: { readonly from: Instant; readonly to: Instant },
): VcpuUse {
  const use = { onDemand: 0, spot: 0 };
  for (const { createdAt, stoppedAt = Infinity, vcpus, spot } of tasks.values())
    if (createdAt < span.to && stoppedAt > span.from) use[spot ? 'spot' : 'onDemand'] += vcpus;
  return use;
}
