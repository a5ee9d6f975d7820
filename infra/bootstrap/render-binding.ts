import { scalar } from './render-yaml.ts';
import type { Subject } from './bootstrap-subject.ts';

/** A role, whom it is given to, and where: everywhere, or in one namespace. */
interface Binding {
  readonly name: string;
  readonly roleKind: 'ClusterRole' | 'Role';
  readonly namespace?: string;
  readonly subject: Subject;
}

/** A ClusterRoleBinding, or with a namespace a RoleBinding, of the role of the same name. */
export function renderBinding({ name, roleKind, namespace, subject }: Binding): string {
  const where = namespace === undefined ? '' : `\n  namespace: ${scalar(namespace)}`;
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'}
metadata:
  name: ${name}${where}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${roleKind}
  name: ${name}
subjects:
${subject.inBinding}`;
}
