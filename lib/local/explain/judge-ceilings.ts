import { ceilingOfNamespace, describeLack, lacksOf, neverFits, NO_USE } from '../../core/ceiling.ts';
import type { Ceiling, CeilingOwner } from '../../core/ceiling.ts';
import type { Pod } from '../../core/kubernetes.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { useOfPod } from '../../providers/ecs-fargate/plan/use-of-task.ts';
import type { ExplainContext } from './explain-workload.ts';

/** The ceilings that the pod alone is above, so that it would wait for ever. On a mixed node it counts as the cheaper of both. */
export function judgeCeilings(
  pod: Pod,
  { node, namespaceCeilings }: Pick<ExplainContext, 'node' | 'namespaceCeilings'>,
): readonly FieldFault[] {
  const need = useOfPod(pod, node, 'spot');
  if (need === undefined) return [];
  const { namespace } = pod.metadata;
  const judge = (owner: CeilingOwner, ceiling: Ceiling = {}): readonly FieldFault[] =>
    lacksOf({ owner, ceiling, inUse: NO_USE }, need)
      .filter(neverFits)
      .map((lack) => ({ path: 'spec.containers', note: describeLack(lack) }));
  return [
    ...judge({ kind: 'node', name: node.name }, node.ceiling),
    ...judge({ kind: 'namespace', name: namespace }, ceilingOfNamespace(namespaceCeilings, namespace)),
  ];
}
