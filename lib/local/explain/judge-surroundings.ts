import { networkPolicyOf, serviceAccountOf } from '../../adapters/kubernetes/decode-objects.ts';
import type { Pod } from '../../core/kubernetes.ts';
import { matchesLabels } from '../../core/match-labels.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import { needsOf } from '../../core/pod-needs.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { placementOf } from '../../providers/ecs-fargate/support/support-annotations.ts';
import { findDocument, namespaceOf } from './find-document.ts';
import type { ManifestDocument } from './read-documents.ts';

/** What other objects mean for a pod, as far as they are among the documents: the role of its service account, and network policies. */
export function judgeSurroundings(
  pod: Pod,
  node: NodeSettings,
  documents: readonly ManifestDocument[],
): readonly FieldFault[] {
  return [...judgeRole(pod, node, documents), ...judgePolicies(pod, documents)];
}

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

function judgePolicies(pod: Pod, documents: readonly ManifestDocument[]): readonly FieldFault[] {
  const { namespace, labels = {} } = pod.metadata;
  const names = documents
    .filter(({ kind, object }) => kind === 'NetworkPolicy' && namespaceOf(object) === namespace)
    .map(({ object }) => networkPolicyOf(object as Parameters<typeof networkPolicyOf>[0]))
    .flatMap(({ name, podSelector }) => (matchesLabels(podSelector, labels) ? [name] : []));
  return names.map((name) => ({
    path: `NetworkPolicy ${name}`,
    note: 'It selects the pod, and nothing enforces it on Fargate (NetworkPolicyNotEnforced): the security groups of the node decide who may talk to it. A node with `networkPolicies: refuse` refuses the pod.',
  }));
}
