import { renderBinding } from './render-binding.ts';
import { list } from './render-yaml.ts';
import type { Rights } from './rights.ts';

/** What the rights of a gateway depend on. */
export interface GatewayRights {
  readonly signer: 'kubernetes.io/kubelet-serving' | 'beta.eks.amazonaws.com/app-serving';
  /** Whether it approves its own requests. */
  readonly approves: boolean;
}

/**
 * What the gateway does besides what the functions do: it asks who is calling and what they may, and has its certificates signed. A
 * node may do that itself, but for the approval.
 */
export function renderGatewayRights(
  { name, subject }: Rights,
  { signer, approves }: GatewayRights,
  impersonateNodes: boolean,
): readonly string[] {
  const role = `${name}-gateway`;
  const rules = [...(impersonateNodes ? [] : [OWN_RULES]), ...(approves ? [approval(signer)] : [])];
  const reader = { name: role, roleKind: 'Role', namespace: 'kube-system', subject } as const;
  return [
    ...(rules.length === 0
      ? []
      : [
          `# The gateway.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${role}
rules:
${rules.join('\n')}`,
          renderBinding({ name: role, roleKind: 'ClusterRole', subject }),
        ]),
    `# The authorities of client certificates: with them the gateway knows the API server that asks it.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${role}
  namespace: kube-system
rules:
  - apiGroups: ['']
    resources: [configmaps]
    resourceNames: [extension-apiserver-authentication]
    verbs: [get]`,
    renderBinding(reader),
  ];
}

const OWN_RULES = `  # Who is calling, and what they may: as every kubelet asks.
  - apiGroups: [authentication.k8s.io]
    resources: [tokenreviews]
    verbs: [create]
  - apiGroups: [authorization.k8s.io]
    resources: [subjectaccessreviews]
    verbs: [create]
  # Its serving certificates. A request alone is worth nothing: somebody must approve it.
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests]
    verbs: [create, get]`;

function approval(signer: string): string {
  return `  # approveCertificates. RBAC cannot narrow it by node: whoever has this can have a serving certificate for any address signed that the
  # signer takes. Take it out where an administrator approves.
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests]
    verbs: [get]
  - apiGroups: [certificates.k8s.io]
    resources: [certificatesigningrequests/approval]
    verbs: [update]
  - apiGroups: [certificates.k8s.io]
    resources: [signers]
    resourceNames: ${list([signer])}
    verbs: [approve]`;
}
