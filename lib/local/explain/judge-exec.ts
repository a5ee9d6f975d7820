import type { NodeSettings } from '../../core/node-settings.ts';
import type { Pod } from '../../core/kubernetes.ts';
import type { FieldFault } from '../../ports/provider.ts';

const READ_ONLY =
  'No command can be run in this container although the node takes them (`exec`): the agent of ECS Exec needs to write.';

/** Where what a pod says keeps commands (`kubectl exec`, `cp`) out of it on a node that takes them. */
export function judgeExec(
  { spec }: Pod,
  { execRole }: Pick<NodeSettings, 'execRole'>,
  taskRole: string | undefined,
): readonly FieldFault[] {
  if (execRole === undefined) return [];
  const readOnly = spec.containers.flatMap(({ securityContext }, index) =>
    securityContext?.readOnlyRootFilesystem === true
      ? [{ path: `spec.containers[${index}].securityContext.readOnlyRootFilesystem`, note: READ_ONLY }]
      : [],
  );
  if (taskRole === undefined) return readOnly;
  const note = `The task has the role ${taskRole}: commands can be run in it (\`exec\` of the node) if that role may use the four actions of ssmmessages, see docs/operations.md.`;
  return [...readOnly, { path: 'spec.serviceAccountName', note }];
}
