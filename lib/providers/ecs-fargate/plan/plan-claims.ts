import type { Volume } from '@aws-sdk/client-ecs';
import type { LaunchNote } from '../../../ports/provider.ts';
import type { TaskVolume } from './arrange-volumes.ts';
import { mountEfs, otherDriver } from './mount-efs.ts';
import type { PlanContext, PlanProblem } from './plan-types.ts';

/** What became of the volume of a claim. */
export interface PlannedClaim {
  readonly volume: Volume;
  /** Whether the persistent volume or the claim is mounted read-only, whatever the mount says. */
  readonly readOnly: boolean;
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly LaunchNote[];
}

/** The volume of a claim. A draft knows only its place; whether the claim can be mounted is known when it has been read. */
export function planClaim(volume: TaskVolume, { pod, inputs }: PlanContext): PlannedClaim {
  const { name, persistentVolumeClaim: source } = volume.source;
  const claimName = source?.claimName ?? '';
  const planned: PlannedClaim = {
    volume: { name: volume.name },
    readOnly: source?.readOnly === true,
    problems: [],
    notes: [],
  };
  if (inputs === undefined) return planned;
  const unready = (why: string): PlannedClaim => ({
    ...planned,
    problems: [unmountable(name, `${pod.metadata.namespace}/${claimName}`, why)],
  });
  const reading = inputs.claims.get(claimName) ?? { kind: 'absent' };
  if (reading.kind === 'unreadable')
    return unready(`failed to fetch PVC from API server: ${reading.message}`);
  if (reading.kind === 'absent')
    return unready(`failed to fetch PVC from API server: persistentvolumeclaims "${claimName}" not found`);
  const claimed = reading.value;
  if (claimed.kind === 'pending') return unready(claimed.message);
  const mount = claimed.kind === 'csi' ? mountEfs(claimed) : fault(otherDriver(claimed.source));
  if (mount.kind === 'fault') {
    const index = (pod.spec.volumes ?? []).indexOf(volume.source);
    const path = `spec.volumes[${index}].persistentVolumeClaim`;
    return { ...planned, problems: [{ kind: 'fault', path, note: mount.note }] };
  }
  return {
    ...planned,
    volume: { name: volume.name, efsVolumeConfiguration: mount.configuration },
    readOnly: planned.readOnly || mount.readOnly,
    notes: mount.ignored.length === 0 ? [] : [ignoredOptions(claimName, mount.ignored)],
  };
}

function fault(note: string): { readonly kind: 'fault'; readonly note: string } {
  return { kind: 'fault', note };
}

/** In the words of the kubelet for a claim that it cannot use. */
function unmountable(volume: string, claim: string, why: string): PlanProblem {
  return {
    kind: 'unready',
    reason: 'ContainerCreating',
    event: 'FailedMount',
    message: `Unable to attach or mount volumes: unmounted volumes=[${volume}], unattached volumes=[], failed to process volumes=[${volume}]: error processing PVC ${claim}: ${why}`,
  };
}

function ignoredOptions(claim: string, options: readonly string[]): LaunchNote {
  return {
    type: 'Warning',
    reason: 'MountOptionsIgnored',
    message: `Fargate chooses the mount options of EFS itself: ${options.join(', ')} of the claim ${claim} has no effect.`,
  };
}
