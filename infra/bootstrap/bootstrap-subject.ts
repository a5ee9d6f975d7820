import { scalar } from './render-yaml.ts';

/** What the objects of one virtual cluster are called: several may share a Kubernetes cluster. */
export interface BootstrapNames {
  /** Of this virtual cluster alone, so that taking its rights away takes no service account of another with it. */
  readonly namespace: string;
  /** In that namespace; for the identity modes `kubeconfig` and `token`. */
  readonly serviceAccount: string;
  /**
   * For the identity mode `eks`: what the roles of the functions are mapped to. One of its own for each virtual cluster: the policy that
   * confines the members of one would refuse those of another. EKS refuses names that begin with `system:`.
   */
  readonly group: string;
  /** Of the roles, their bindings and whatever else belongs to this virtual cluster; `<name>-..` where there are several of a kind. */
  readonly name: string;
}

/** The names for a virtual cluster. */
export function bootstrapNames(clusterName: string): BootstrapNames {
  const name = `lambdalet-${clusterName}`;
  return { namespace: name, serviceAccount: name, group: name, name };
}

/** Whom rights are given to: the one subject by which the API server knows the functions. */
export interface Subject {
  /** As a binding of RBAC names it. */
  readonly inBinding: string;
  /** As a FlowSchema names it. */
  readonly inFlowSchema: string;
  /** A CEL expression that is true of requests by it. */
  readonly isAsking: string;
}

/** A member of the group, or the service account. */
export function subjectOf(
  mode: 'eks' | 'kubeconfig' | 'token',
  { namespace, serviceAccount, group }: BootstrapNames,
): Subject {
  switch (mode) {
    case 'eks':
      return {
        inBinding: `  - kind: Group
    apiGroup: rbac.authorization.k8s.io
    name: ${scalar(group)}`,
        inFlowSchema: `        - kind: Group
          group:
            name: ${scalar(group)}`,
        isAsking: `'${group}' in request.userInfo.groups`,
      };
    case 'kubeconfig':
    case 'token':
      return {
        inBinding: `  - kind: ServiceAccount
    name: ${scalar(serviceAccount)}
    namespace: ${scalar(namespace)}`,
        inFlowSchema: `        - kind: ServiceAccount
          serviceAccount:
            namespace: ${scalar(namespace)}
            name: ${scalar(serviceAccount)}`,
        isAsking: `request.userInfo.username == 'system:serviceaccount:${namespace}:${serviceAccount}'`,
      };
  }
}
