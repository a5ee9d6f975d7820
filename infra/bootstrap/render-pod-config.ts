import { renderBinding } from './render-binding.ts';
import type { Rights } from './rights.ts';

const EVERYWHERE = `# In all namespaces. With podConfigNamespaces it is a RoleBinding in each of those instead: a pod elsewhere that refers to something then
# waits, with the API server's refusal in its status; one that refers to nothing runs.`;

/**
 * The right to what pods refer to, read by name when a pod is launched: a role of its own, because it can be given for single
 * namespaces only.
 * @param namespaces `undefined`: all of them
 */
export function renderPodConfig(
  { name, subject }: Rights,
  rules: string,
  namespaces: readonly string[] | undefined,
): readonly string[] {
  const role = `${name}-pod-config`;
  const binding = { name: role, roleKind: 'ClusterRole', subject } as const;
  const bindings =
    namespaces === undefined
      ? [`${EVERYWHERE}\n${renderBinding(binding)}`]
      : namespaces.map((namespace) => renderBinding({ ...binding, namespace }));
  return [
    `# What pods refer to, read by name when a pod is launched.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${role}
rules:
${rules}`,
    ...bindings,
  ];
}
