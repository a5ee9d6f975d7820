import type { ContainerOverride, TaskOverride } from '@aws-sdk/client-ecs';
import type { Pod } from '../../../core/kubernetes.ts';
import { toPairs } from './plan-container.ts';
import type { ContainerStart, EnvFile, PlanContext } from './plan-types.ts';
import { spillToFile, type SplitVariables } from './split-variables.ts';
import type { Placement } from '../support/support-annotations.ts';
import { POD_VARIABLE, toPodMark } from '../tasks/task-owner.ts';
import { completeOverrides, fileReference, measureOverrides, OVERRIDES_LIMIT } from './to-run-task-input.ts';

/** What of a pod goes with its launch. */
interface OverrideParts {
  readonly context: PlanContext;
  readonly placement: Placement;
  /** Of all containers of the pod, init containers first. */
  readonly starts: readonly ContainerStart[];
  readonly splits: readonly SplitVariables[];
  /** Helpers that have an env file. */
  readonly helperFiles: readonly string[];
}

/** A record's attempt is never this high, so that what fits with it fits with all of them. */
const HIGHEST_ATTEMPT = 999_999;

/**
 * The overrides of a launch, without env files and roles, which `toRunTaskInput` adds; and the variables as they travel then:
 * where the overrides would be larger than ECS takes and there is a bucket, those that are this pod's alone move into the env
 * files. `taken` is what all of it takes.
 */
export function planOverrides(parts: OverrideParts): {
  readonly overrides: TaskOverride;
  readonly splits: readonly SplitVariables[];
  readonly taken: number;
} {
  const { context, splits } = parts;
  const first = measured(parts, splits);
  if (first.taken <= OVERRIDES_LIMIT || context.settings.filesBucket === undefined)
    return { ...first, splits };
  const fileCost = JSON.stringify({ name: '', environmentFiles: [reference(context, '')] }).length;
  const spilled = spillToFile(splits, first.taken - OVERRIDES_LIMIT, fileCost);
  return { ...measured(parts, spilled), splits: spilled };
}

function measured(
  { context, placement, starts, helperFiles }: OverrideParts,
  splits: readonly SplitVariables[],
): { readonly overrides: TaskOverride; readonly taken: number } {
  const { pod } = context;
  const overrides = toOverrides(pod, starts, splits);
  const own = starts.flatMap(({ name }, index) => ((splits[index]?.file.size ?? 0) > 0 ? [name] : []));
  const files = [...helperFiles, ...own].map((container) => ({
    container,
    reference: reference(context, container),
  }));
  return { overrides, taken: measureOverrides(completeOverrides(overrides, placement, files)) };
}

function reference(
  { pod, node, settings }: PlanContext,
  container: EnvFile['container'],
): ReturnType<typeof fileReference> {
  const record = { uid: pod.metadata.uid, attempt: HIGHEST_ATTEMPT };
  return fileReference({ settings, node: node.name, record, container });
}

/**
 * What is this pod's alone: its name, variables that differ between replicas, and a command that mentions them. The values
 * are in every event of the task: nothing secret may get here.
 */
function toOverrides(
  pod: Pod,
  starts: readonly ContainerStart[],
  splits: readonly SplitVariables[],
): TaskOverride {
  const marked = pod.spec.containers[0]?.name;
  const overrides = starts.map(({ name, command, perPodCommand }, index): ContainerOverride => {
    const own = toPairs(splits[index]?.override ?? new Map());
    const environment =
      name === marked
        ? [{ name: POD_VARIABLE, value: toPodMark(pod) }, ...own.filter((pair) => pair.name !== POD_VARIABLE)]
        : own;
    return {
      name,
      ...(perPodCommand && command !== undefined ? { command: [...command] } : {}),
      ...(environment.length === 0 ? {} : { environment }),
    };
  });
  return { containerOverrides: overrides.filter((override) => Object.keys(override).length > 1) };
}
