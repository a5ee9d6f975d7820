import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { PodInputs } from '../../../core/pod-inputs.ts';
import type { FieldFault, LaunchNote } from '../../../ports/provider.ts';
import { placementOf, type PodPlacement } from '../support/support-annotations.ts';

/** Where a pod runs and as whom. */
export interface PlannedPlacement {
  readonly placement: PodPlacement;
  readonly faults: readonly FieldFault[];
  readonly notes: readonly LaunchNote[];
}

/** Faults at the service account are of the account, not of the pod: see {@link choosePlacement}. */
const ACCOUNT = 'serviceAccount.';

/**
 * The placement of a pod, its task role included. The role is, in this order: the pod's annotation (a fault where no rule
 * allows it, because someone asked for it here); the role that its service account names (`eks.amazonaws.com/role-arn`),
 * where a rule allows that role to that service account; what the node's `taskRoles` name for the service account; the node's
 * `defaultTaskRole`; none. The annotation of a service account was written for EKS, so one that no rule allows is told and
 * left out, and the pod runs with what comes next.
 */
export function choosePlacement(
  pod: Pod,
  node: NodeSettings,
  inputs: PodInputs | undefined,
): PlannedPlacement {
  const reading = inputs?.serviceAccount;
  const own = placementOf(pod, node);
  if (reading?.kind !== 'found') return { ...own, notes: [] };
  const withAccount = placementOf(pod, node, reading.value);
  const refusals = withAccount.faults.filter(({ path }) => path.startsWith(ACCOUNT));
  if (refusals.length === 0) return { ...withAccount, notes: [] };
  const notes = refusals.map(({ path, note }): LaunchNote => {
    const message = `The task does not get the role of its service account (${path.slice(ACCOUNT.length)}). ${note}`;
    return { type: 'Warning', reason: 'TaskRoleNotAllowed', message };
  });
  return { ...own, notes };
}
