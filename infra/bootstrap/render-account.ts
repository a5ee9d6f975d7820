import { renderBinding } from './render-binding.ts';
import { scalar } from './render-yaml.ts';
import type { Rights } from './rights.ts';

/** The service account that the functions are known as, and its namespace, in which there is nothing else. */
export function renderAccount({ namespace, serviceAccount }: Rights): readonly string[] {
  return [
    `apiVersion: v1
kind: Namespace
metadata:
  name: ${scalar(namespace)}`,
    `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${scalar(serviceAccount)}
  namespace: ${scalar(namespace)}
# No pod runs as it: its token is in a secret of Secrets Manager.
automountServiceAccountToken: false`,
  ];
}

/** The right of a token to its own successor. */
export function renderSuccession({ name, namespace, serviceAccount, subject }: Rights): readonly string[] {
  const role = `${name}-token`;
  return [
    `# The token renews itself: it may ask for the next token of its own account, and of no other.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${role}
  namespace: ${scalar(namespace)}
rules:
  - apiGroups: ['']
    resources: [serviceaccounts/token]
    resourceNames: [${scalar(serviceAccount)}]
    verbs: [create]`,
    renderBinding({ name: role, roleKind: 'Role', namespace, subject }),
  ];
}
