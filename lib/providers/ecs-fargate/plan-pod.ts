import type { TaskOverride } from '@aws-sdk/client-ecs';
import type { Pod } from '../../core/kubernetes.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { buildStart, type ContainerStart } from './build-environment.ts';
import { judgePod } from './field-support.ts';
import { hashTaskDefinition, toFamily } from './hash-task-definition.ts';
import { sizeOf } from './sum-resources.ts';
import { measureOverrides, OVERRIDES_LIMIT, toOverrides } from './to-run-task-input.ts';
import { toTaskDefinition, type TaskDefinitionBody, type TaskSettings } from './to-task-definition.ts';

/** How a pod would run: the shared definition with its name, and what is the pod's alone. */
export interface PodPlan {
  readonly kind: 'plan';
  readonly hash: string;
  readonly family: string;
  readonly definition: TaskDefinitionBody;
  readonly overrides: TaskOverride;
  readonly warnings: readonly FieldFault[];
}

/** The most that ECS takes of a definition, in bytes. */
const DEFINITION_LIMIT = 65_536;

/** Plans a pod, or says everything at once that keeps it from running. Pure. */
export function planPod(
  pod: Pod,
  node: NodeSettings,
  settings: TaskSettings,
): PodPlan | { readonly kind: 'unsupported'; readonly faults: readonly FieldFault[] } {
  const { faults, warnings } = judgePod(pod);
  const sized = sizeOf(pod.spec);
  const size = sized.kind === 'fits' ? sized.size : { cpu: 0, memory: 0 };
  const starts = pod.spec.containers.map((container) => buildStart(pod, container, size));
  const overrides = toOverrides(pod, starts);
  const diskGiB = sized.kind === 'fits' ? sized.diskGiB : undefined;
  const definition = toTaskDefinition({ pod, node, settings, size, diskGiB, starts });
  const all = [
    ...faults,
    ...(sized.kind === 'tooLarge' ? sized.faults : []),
    ...programFaults(starts),
    ...roomFaults(pod, overrides, definition),
  ];
  if (all.length > 0) return { kind: 'unsupported', faults: all };
  const hash = hashTaskDefinition(definition);
  const family = toFamily(settings.cluster, hash);
  return { kind: 'plan', hash, family, definition, overrides, warnings };
}

/** Plans pods, each object once for a node: what is judged now is launched a moment later. */
export function rememberPlans(
  settings: TaskSettings,
): (pod: Pod, node: NodeSettings) => ReturnType<typeof planPod> {
  const plans = new WeakMap<
    Pod,
    { readonly node: NodeSettings; readonly plan: ReturnType<typeof planPod> }
  >();
  return (pod, node) => {
    const before = plans.get(pod);
    if (before?.node === node) return before.plan;
    const plan = planPod(pod, node, settings);
    plans.set(pod, { node, plan });
    return plan;
  };
}

function programFaults(starts: readonly ContainerStart[]): readonly FieldFault[] {
  const note =
    'The program itself cannot differ between replicas: name it plainly and pass what differs as an argument.';
  return starts.flatMap(({ perPodProgram }, index) =>
    perPodProgram ? [{ path: `spec.containers[${index}].command[0]`, note }] : [],
  );
}

function roomFaults(
  pod: Pod,
  overrides: TaskOverride,
  definition: TaskDefinitionBody,
): readonly FieldFault[] {
  const containers = pod.spec.containers.length === 1 ? 'spec.containers[0]' : 'spec.containers[*]';
  const perPod = measureOverrides(overrides);
  const shared = Buffer.byteLength(JSON.stringify(definition));
  return [
    ...(perPod <= OVERRIDES_LIMIT
      ? []
      : [
          {
            path: `${containers}.env`,
            note: `Variables and commands that differ between replicas take ${perPod} characters of the launch request; ECS has room for ${OVERRIDES_LIMIT}: refer to fewer or shorter fields.`,
          },
        ]),
    ...(shared <= DEFINITION_LIMIT
      ? []
      : [
          {
            path: containers,
            note: `The task definition takes ${shared} bytes; ECS has room for ${DEFINITION_LIMIT}: shorten env, command and args.`,
          },
        ]),
  ];
}
