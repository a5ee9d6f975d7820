import type { Tmpfs } from '@aws-sdk/client-ecs';
import { parseQuantity, quantityIn } from '../../../core/parse-quantity.ts';
import type { PlacedMount } from './arrange-volumes.ts';
import type { PlanContext } from './plan-types.ts';

/**
 * The tmpfs of an emptyDir with medium Memory: as large as its limit, but not more than the task's memory; without a limit half of
 * that, as Linux gives a tmpfs half of a machine's. Programs may be run from it, as from the kubelet's (Docker's default is
 * `noexec`). The mode must be named: without it a directory of the image at that path would give its own.
 */
export function planTmpfs({ containerPath, mount, shows }: PlacedMount, context: PlanContext): Tmpfs {
  const { pod, size } = context;
  const limit = parseQuantity(shows.source.emptyDir?.sizeLimit ?? '0') ?? 0n;
  const wanted = limit > 0n ? quantityIn(limit, 'mebi') : Math.floor(size.memory / 2);
  const group = pod.spec.securityContext?.fsGroup;
  return {
    containerPath,
    size: Math.max(1, Math.min(wanted, size.memory)),
    mountOptions: [
      mount.readOnly === true ? 'ro' : 'rw',
      'exec',
      ...(group === undefined ? ['mode=1777'] : ['mode=3777', `gid=${group}`]),
    ],
  };
}
