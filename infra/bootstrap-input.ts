import type { ClusterSettings } from './cluster-settings.ts';
import type { BootstrapInput } from './render-bootstrap.ts';

/** What the rights of a cluster are rendered from. */
export function bootstrapInputOf(settings: ClusterSettings): BootstrapInput {
  const { cluster, identity, nodes, podConfigNamespaces, admissionPolicy, flowSchema, gateway } = settings;
  return {
    clusterName: cluster,
    nodeNames: nodes.map(({ name }) => name),
    identityMode: identity.kind,
    impersonateNodes: identity.impersonateNodes === true,
    ...(podConfigNamespaces !== undefined && { podConfigNamespaces: [...new Set(podConfigNamespaces)] }),
    admissionPolicy,
    flowSchema,
    ...(gateway !== undefined && {
      gateway: {
        signer:
          identity.kind === 'eks' ? 'beta.eks.amazonaws.com/app-serving' : 'kubernetes.io/kubelet-serving',
        approves: gateway.approveCertificates,
      },
    }),
  };
}
