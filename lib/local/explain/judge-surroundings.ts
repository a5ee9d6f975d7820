import { networkPolicyOf, serviceAccountOf } from '../../adapters/kubernetes/decode-objects.ts';
import type { Pod } from '../../core/kubernetes.ts';
import { matchesLabels } from '../../core/match-labels.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import { needsOf } from '../../core/pod-needs.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { placementOf } from '../../providers/ecs-fargate/support/support-annotations.ts';
import { findDocument, namespaceOf } from './find-document.ts';
import type { ManifestDocument } from './read-documents.ts';

/** What other objects mean for a pod. */
interface Surroundings {
  readonly faults: readonly FieldFault[];
  readonly warnings: readonly FieldFault[];
}

/** What other objects mean for a pod, as far as they are among the documents: the role of its service account, and network policies. */
export function judgeSurroundings(
  pod: Pod,
  node: NodeSettings,
  documents: readonly ManifestDocument[],
): Surroundings {
  const roles = judgeRole(pod, node, documents);
  const policies = policiesOn(pod, documents);
  const toFault = (note: string) => (name: string) => ({ path: `NetworkPolicy ${name}`, note });
  return node.networkPolicies === 'refuse'
    ? { faults: policies.map(toFault(REFUSED)), warnings: roles }
    : { faults: [], warnings: [...roles, ...policies.map(toFault(NOT_ENFORCED))] };
}

const SELECTS = 'It selects the pod, and nothing enforces it on Fargate';
const NOT_ENFORCED = `${SELECTS} (NetworkPolicyNotEnforced): the security groups of the node decide who may talk to it. A node with \`networkPolicies: refuse\` refuses the pod.`;
const REFUSED = `${SELECTS}; the node has \`networkPolicies: refuse\`: run the pod on another node, or exempt it from the policy.`;

function judgeRole(
  pod: Pod,
  node: NodeSettings,
  documents: readonly ManifestDocument[],
): readonly FieldFault[] {
  const { serviceAccount } = needsOf(pod);
  const account = findDocument(documents, 'ServiceAccount', serviceAccount, pod.metadata.namespace);
  if (account === undefined) return [];
  const before = 'serviceAccount.';
  return placementOf(pod, node, serviceAccountOf(account))
    .faults.filter(({ path }) => path.startsWith(before))
    .map(({ path }) => ({
      path: `ServiceAccount ${serviceAccount}: ${path.slice(before.length)}`,
      note: 'The task gets this role only where a rule of its node allows that (`taskRoles` of `allow`); without one it runs without the role, and says so in an event (TaskRoleNotAllowed); on EKS the token that its webhook adds then gives the role for a day.',
    }));
}

function policiesOn(pod: Pod, documents: readonly ManifestDocument[]): readonly string[] {
  const { namespace, labels = {} } = pod.metadata;
  return documents
    .filter(({ kind, object }) => kind === 'NetworkPolicy' && namespaceOf(object) === namespace)
    .map(({ object }) => networkPolicyOf(object as Parameters<typeof networkPolicyOf>[0]))
    .flatMap(({ name, podSelector }) => (matchesLabels(podSelector, labels) ? [name] : []));
}
