import { quote } from './render-yaml.ts';
import type { Rights } from './rights.ts';

/**
 * A ValidatingAdmissionPolicy, with its binding, for what RBAC cannot say: the functions write their own nodes, leases and the pods that
 * are bound to those, and ask for tokens of pods only. It judges writes; what may be read is RBAC's alone.
 * @param renewsToken whether the functions also ask for the next token of their own account
 */
export function renderConfinement(rights: Rights, renewsToken: boolean): readonly string[] {
  const { name, subject } = rights;
  const policy = `${name}-confinement`;
  const validations = validationsOf(rights, renewsToken).map(
    ({ expression, message }) => `    - expression: ${quote(expression)}
      message: ${quote(message)}
      reason: Forbidden`,
  );
  return [
    `# Holds the functions to their own nodes and pods where RBAC cannot. It judges their requests only, and needs Kubernetes 1.30.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: ${policy}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [CREATE]
        resources: [nodes, serviceaccounts/token]
      - apiGroups: [coordination.k8s.io]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [leases]
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [UPDATE]
        resources: [pods/status]
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [DELETE]
        resources: [pods]
  matchConditions:
    - name: is-lambdalet
      expression: ${quote(subject.isAsking)}
  variables:
    - name: nodes
      expression: ${quote(`[${rights.nodeNames.map((node) => `'${node}'`).join(', ')}]`)}
  validations:
${validations.join('\n')}`,
    `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: ${policy}
spec:
  policyName: ${policy}
  validationActions: [Deny]`,
  ];
}

interface Validation {
  readonly expression: string;
  readonly message: string;
}

function validationsOf({ namespace, serviceAccount }: Rights, renewsToken: boolean): readonly Validation[] {
  const ownToken = ` || (request.namespace == '${namespace}' && request.name == '${serviceAccount}')`;
  return [
    {
      expression: "request.resource.resource != 'nodes' || object.metadata.name in variables.nodes",
      message: 'Lambdalet may create its own nodes only.',
    },
    {
      expression: "request.resource.resource != 'leases' || object.metadata.name in variables.nodes",
      message: 'Lambdalet may create the leases of its own nodes only.',
    },
    {
      expression:
        "request.resource.resource != 'pods' || oldObject.spec.?nodeName.orValue('') in variables.nodes",
      message: 'Lambdalet may write and delete pods of its own nodes only.',
    },
    {
      expression:
        "request.?subResource.orValue('') != 'status' || (object.metadata.?labels == oldObject.metadata.?labels && object.metadata.?finalizers == oldObject.metadata.?finalizers)",
      message: 'Lambdalet may not change labels or finalizers of pods with their status.',
    },
    {
      expression: `request.?subResource.orValue('') != 'token' || object.spec.?boundObjectRef.?kind.orValue('') == 'Pod'${renewsToken ? ownToken : ''}`,
      message: 'Lambdalet may ask for tokens that are bound to a pod only.',
    },
  ];
}
