import { bootstrapNames, subjectOf } from './bootstrap/bootstrap-subject.ts';
import { renderAccount, renderSuccession } from './bootstrap/render-account.ts';
import { renderConfinement } from './bootstrap/render-confinement.ts';
import { renderGatewayRights, type GatewayRights } from './bootstrap/render-gateway-rights.ts';
import { renderFlowSchemas } from './bootstrap/render-flow-schemas.ts';
import { NODE_POD_CONFIG_RULES, renderNodeRights } from './bootstrap/render-node-rights.ts';
import { OWN_POD_CONFIG_RULES, renderOwnRights } from './bootstrap/render-own-rights.ts';
import { renderPodConfig } from './bootstrap/render-pod-config.ts';
import { joinDocuments } from './bootstrap/render-yaml.ts';
import type { Rights } from './bootstrap/rights.ts';

/** What the rights of one virtual cluster are rendered from. */
export interface BootstrapInput {
  /** The name of the virtual cluster: it names the objects, so that several can share a Kubernetes cluster. */
  readonly clusterName: string;
  /** All nodes of the virtual cluster, by their final names; at least one. */
  readonly nodeNames: readonly string[];
  /** `eks`: the subject is a group. Else it is a service account, which is rendered too. */
  readonly identityMode: 'eks' | 'kubeconfig' | 'token';
  /** Whether the functions act as their nodes, so that the Node authorizer confines them. */
  readonly impersonateNodes: boolean;
  /**
   * The only namespaces whose ConfigMaps, Secrets, claims, service accounts and tokens pods may refer to; none with an empty list.
   * Default: all.
   */
  readonly podConfigNamespaces?: readonly string[];
  /**
   * Whether a ValidatingAdmissionPolicy confines the functions where RBAC cannot. With `impersonateNodes` there is none, because
   * NodeRestriction does more. (What pods may look like is judged by another policy: infra/admission-policy.yaml.)
   */
  readonly admissionPolicy: boolean;
  /** Whether FlowSchemas keep heartbeats from waiting behind other requests. */
  readonly flowSchema: boolean;
  /** There when a gateway serves the kubelet API of the nodes. */
  readonly gateway?: GatewayRights;
}

/**
 * What an administrator applies to the Kubernetes cluster, or commits to GitOps, once and again whenever the input changes: YAML with
 * every right and its reason.
 * @throws RangeError without nodes: RBAC takes an empty list of names for all names
 */
export function renderBootstrap(input: BootstrapInput): string {
  const { clusterName, nodeNames, identityMode, impersonateNodes } = input;
  if (nodeNames.length === 0)
    throw new RangeError(`The virtual cluster ${clusterName} has no nodes; name at least one`);
  const names = bootstrapNames(clusterName);
  const rights: Rights = { ...names, subject: subjectOf(identityMode, names), nodeNames };
  const podConfigRules = impersonateNodes ? NODE_POD_CONFIG_RULES : OWN_POD_CONFIG_RULES;
  const [first = '', ...documents] = [
    ...(identityMode === 'eks' ? [] : renderAccount(rights)),
    ...(impersonateNodes ? renderNodeRights(rights) : renderOwnRights(rights)),
    ...(input.gateway === undefined ? [] : renderGatewayRights(rights, input.gateway, impersonateNodes)),
    ...renderPodConfig(rights, podConfigRules, input.podConfigNamespaces),
    ...(identityMode === 'token' ? renderSuccession(rights) : []),
    ...(input.admissionPolicy && !impersonateNodes
      ? renderConfinement(rights, identityMode === 'token')
      : []),
    ...(input.flowSchema ? renderFlowSchemas(rights, { impersonateNodes }) : []),
  ];
  return joinDocuments([`${headOf(input)}\n${first}`, ...documents]);
}

function headOf(input: BootstrapInput): string {
  const { clusterName, impersonateNodes, admissionPolicy } = input;
  const lines = [
    `What the functions of the virtual cluster ${clusterName} may do in the Kubernetes cluster: \`kubectl apply -f\` this file, or commit it`,
    'to GitOps, before the first deployment. It is rendered: change the settings of the virtual cluster, not the file.',
    '',
    'Rights are for the nodes by name. A node that comes needs this file applied before its deployment; one that goes is torn down by its',
    'deployment, with these rights: apply the file without it afterwards.',
    '',
    subjectNote(input),
    ...(impersonateNodes ? NODE_NOTES : OWN_NOTES),
    ...(impersonateNodes && admissionPolicy ? NO_POLICY : []),
  ];
  return lines.map((line) => (line === '' ? '#' : `# ${line}`)).join('\n');
}

function subjectNote({ clusterName, identityMode }: BootstrapInput): string {
  const { group } = bootstrapNames(clusterName);
  switch (identityMode) {
    case 'eks':
      return `The subject is the group \`${group}\`: EKS access entries map the roles of the functions to it.`;
    case 'kubeconfig':
      return 'The subject is the service account below, whose token is in the kubeconfig.';
    case 'token':
      return 'The subject is the service account below, whose token the functions renew themselves.';
  }
}

const OWN_NOTES = [
  '',
  'The largest rights are those to what pods refer to: every Secret by its name, and tokens of the service accounts of all pods.',
  'podConfigNamespaces gives them for single namespaces only; impersonateNodes, wherever the cluster has the Node authorizer, for just what',
  'the pods of these nodes refer to.',
];
const NODE_NOTES = [
  '',
  'The functions act as their nodes: the Node authorizer, which the cluster must have, gives them what pods bound to these nodes refer to,',
  'and nothing else. Only what it gives no node is granted here.',
];
const NO_POLICY = ['There is no admission policy to confine them: NodeRestriction does.'];
