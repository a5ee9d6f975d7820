import type { TaskOverride } from '@aws-sdk/client-ecs';
import type { Failure } from '../../../core/failure.ts';
import type { CapacityType } from '../../../core/capacity-type.ts';
import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { PodInputs } from '../../../core/pod-inputs.ts';
import { needsOf } from '../../../core/pod-needs.ts';
import type { FieldFault, LaunchNote } from '../../../ports/provider.ts';
import { choosePlacement } from './choose-task-role.ts';
import { containerPaths } from './container-paths.ts';
import { describeTask } from './describe-task.ts';
import { encodeEnvFile } from './encode-env-file.ts';
import { judgePod } from '../support/field-support.ts';
import { unawaitedSidecars } from './order-containers.ts';
import { hashTaskDefinition, toFamily } from './hash-task-definition.ts';
import { mirrorVariables } from './mirror-variables.ts';
import { planStarts } from './plan-environment.ts';
import { planHealthCheck } from './plan-health-check.ts';
import { planOverrides } from './plan-overrides.ts';
import { bucketFaults, judgePolicies, programFaults, roomProblems, toUnready } from './plan-problems.ts';
import { planPullSecrets } from './plan-pull-secrets.ts';
import {
  HELPERS,
  type EnvFile,
  type MirroredSecret,
  type PlanContext,
  type PlannedVolumes,
  type PlanProblem,
} from './plan-types.ts';
import { planVolumes } from './plan-volumes.ts';
import { hourlyPrice } from './price-task.ts';
import { splitVariables, type SplitVariables } from './split-variables.ts';
import { sizeOf, type PodSize } from './sum-resources.ts';
import { identityWarnings, withoutIdentity } from '../support/aws-identity.ts';
import { judgeIdentity, settlePlacement, type Placement } from '../support/support-annotations.ts';
import { toTaskDefinition, type TaskDefinitionBody, type TaskSettings } from './to-task-definition.ts';
import { nameInjectors } from '../support/support-injected.ts';
import { warnDns } from './warn-dns.ts';
import { toFileVariables } from './write-archive.ts';

/** How a pod would run: the shared definition with its name, and what is the pod's alone. */
export interface PodPlan {
  readonly kind: 'plan';
  /** The name of the Kubernetes cluster, for the names of what is made of the plan. */
  readonly cluster: string;
  readonly hash: string;
  readonly family: string;
  /** Mirrored secrets are named in it by name: `bindSecrets` puts their ARNs there. */
  readonly definition: TaskDefinitionBody;
  /** Without the env files and roles that `toRunTaskInput` adds. */
  readonly overrides: TaskOverride;
  readonly warnings: readonly FieldFault[];
  readonly notes: readonly LaunchNote[];
  readonly envFiles: readonly EnvFile[];
  readonly mirrored: readonly MirroredSecret[];
  /** What the pod is told of its task. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly placement: Placement;
}

/** A pod that asks for what cannot be done: it will never run as it is. */
export interface UnsupportedPod {
  readonly kind: 'unsupported';
  readonly faults: readonly FieldFault[];
  /** Set when nothing but its size is in the way. */
  readonly reason?: string;
}

/** A pod that cannot be started now: something that it refers to is missing, or a rule of the node forbids it. */
export interface UnreadyPod {
  readonly kind: 'unready';
  readonly failure: Failure;
  readonly notes: readonly LaunchNote[];
}

/** The node of a task. */
export interface TaskNode extends NodeSettings {
  /** What the task runs on where its pod may have both capacity types. Default: on demand. The definition is the same for both. */
  readonly mixedAs?: CapacityType;
}

/** Stands for the size of a task that has none, so that the rest can be judged too. */
const NO_SIZE = { cpu: 0, memory: 0 };

/**
 * Plans a pod, or says everything at once that keeps it from running. Pure. Without `inputs` it is the draft, which knows nothing of the
 * objects that the pod refers to: its hash is that of the pod's spec, and it has no env files.
 */
export function planPod(pod: Pod, node: TaskNode, settings: TaskSettings): PodPlan | UnsupportedPod;
export function planPod(
  pod: Pod,
  node: TaskNode,
  settings: TaskSettings,
  inputs: PodInputs | undefined,
): PodPlan | UnsupportedPod | UnreadyPod;
export function planPod(
  given: Pod,
  node: TaskNode,
  settings: TaskSettings,
  inputs?: PodInputs,
): PodPlan | UnsupportedPod | UnreadyPod {
  const identity = judgeIdentity(given, node);
  const pod = withoutIdentity(given, identity.hasRole);
  const sized = sizeOf(pod.spec);
  const context: PlanContext = {
    pod,
    node,
    settings,
    inputs: withoutEndpoint(pod, inputs),
    size: sized.kind === 'fits' ? sized.size : NO_SIZE,
  };
  const judged = judgePod(pod, { node, settings });
  const placed = choosePlacement(given, node, inputs);
  const placement = settlePlacement(placed.placement, node.mixedAs);
  const parts = planParts(context, sized, placement);
  const faults = distinct([
    ...judged.faults,
    ...placed.faults,
    ...(sized.kind === 'tooLarge' ? sized.faults : []),
    ...parts.problems.flatMap((problem) => (problem.kind === 'fault' ? [toFault(problem)] : [])),
  ]);
  if (faults.length > 0)
    return { kind: 'unsupported', faults: nameInjectors(pod, faults), ...reasonOf(sized, faults) };
  const policies = judgePolicies(pod, node, inputs);
  if (policies.failure !== undefined) return { kind: 'unready', failure: policies.failure, notes: [] };
  const notes = [...placed.notes, ...parts.notes, ...policies.notes];
  if (inputs !== undefined && parts.problems.length > 0) {
    const unready = toUnready(parts.problems);
    return { kind: 'unready', failure: unready.failure, notes: [...notes, ...unready.notes] };
  }
  const { definition, overrides, envFiles, mirrored } = parts;
  const hash = hashTaskDefinition(definition);
  return {
    ...{ kind: 'plan', cluster: settings.cluster, hash, family: toFamily(settings.cluster, hash) },
    ...{ definition, overrides, envFiles, mirrored, notes, placement },
    warnings: distinct([
      ...judged.warnings,
      ...startWarnings(pod),
      ...unawaitedSidecars(pod.spec),
      ...identityWarnings(given, identity),
      ...warnDns(pod, node),
    ]),
    annotations: annotationsOf(node, placement, sized),
  };
}

/** Drafts of pods, each object once for a node: what is judged now is judged again a moment later. */
export function rememberPlans(
  settings: TaskSettings,
): (pod: Pod, node: NodeSettings) => PodPlan | UnsupportedPod {
  const plans = new WeakMap<Pod, { readonly node: NodeSettings; readonly plan: PodPlan | UnsupportedPod }>();
  return (pod, node) => {
    const before = plans.get(pod);
    if (before?.node === node) return before.plan;
    const plan = planPod(pod, node, settings);
    plans.set(pod, { node, plan });
    return plan;
  };
}

/** Where a pod needs no token (any more), nothing tells it of the API server. */
function withoutEndpoint(pod: Pod, inputs: PodInputs | undefined): PodInputs | undefined {
  return inputs === undefined || needsOf(pod).tokens.length > 0
    ? inputs
    : { ...inputs, apiEndpoint: undefined };
}

interface PlanParts extends Pick<PodPlan, 'definition' | 'overrides' | 'envFiles' | 'mirrored' | 'notes'> {
  readonly problems: readonly PlanProblem[];
}

/** The pieces of the plan, whatever is wrong with them. */
function planParts(context: PlanContext, sized: PodSize, placement: Placement): PlanParts {
  const { spec } = context.pod;
  const { starts, ...started } = planStarts(context);
  const wrapped = starts.flatMap(({ name, wrapped: isWrapped }) => (isWrapped ? [name] : []));
  const volumes = planVolumes(context, wrapped);
  const pulls = planPullSecrets(context);
  const own = starts.map(splitVariables);
  const helperFiles = volumes.writer?.needsFiles === true ? [HELPERS.writer] : [];
  const { overrides, splits, taken } = planOverrides({
    context,
    placement,
    starts,
    splits: own,
    helperFiles,
  });
  const variables = mirrorVariables(
    context,
    own.flatMap(({ secrets }) => secrets),
  );
  const diskGiB = sized.kind === 'fits' ? sized.diskGiB : undefined;
  const { credentials } = pulls;
  const definition = toTaskDefinition({ context, placement, diskGiB, starts, splits, volumes, credentials });
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  return {
    ...{ definition, overrides },
    envFiles: context.inputs === undefined ? [] : envFilesOf(context.pod, splits, volumes),
    mirrored: [...pulls.mirrored, ...variables.mirrored],
    notes: [...pulls.notes, ...started.notes, ...volumes.notes],
    problems: [
      ...started.problems,
      ...own.flatMap(({ problems }) => problems),
      ...volumes.problems,
      ...variables.problems,
      ...[...programFaults(spec, starts), ...bucketFaults(context, splits, helperFiles.length > 0)].map(
        (fault): PlanProblem => ({ kind: 'fault', ...fault }),
      ),
      ...roomProblems({ spec, overrides: taken, definition: bytes, starts, splits }),
    ],
  };
}

/** The writer's with the files, and one for each container with a variable that travels so. */
function envFilesOf(
  pod: Pod,
  splits: readonly SplitVariables[],
  { writer }: PlannedVolumes,
): readonly EnvFile[] {
  const containers = containerPaths(pod.spec).flatMap(({ container }, index): readonly EnvFile[] => {
    const file = splits[index]?.file ?? new Map();
    return file.size === 0 ? [] : [{ container: container.name, content: encodeEnvFile(file) }];
  });
  if (writer?.archive === undefined) return containers;
  const content = encodeEnvFile(new Map(), toFileVariables(writer.archive));
  return [{ container: HELPERS.writer, content }, ...containers];
}

function startWarnings({ spec }: Pod): readonly FieldFault[] {
  return containerPaths(spec).flatMap(({ container, path }) => planHealthCheck(container, path).warnings);
}

function annotationsOf(node: NodeSettings, placement: Placement, sized: PodSize): PodPlan['annotations'] {
  if (sized.kind !== 'fits') return {};
  const { size, need, diskGiB } = sized;
  const { architecture, capacityType } = placement;
  const of = {
    region: node.region,
    architecture,
    capacityType,
    ...(diskGiB === undefined ? {} : { diskGiB }),
  };
  return describeTask({ size, need, price: hourlyPrice(size, of) });
}

/** A kubelet without room says what it is out of, and so does a node whose largest size is too small. */
function reasonOf(sized: PodSize, faults: readonly FieldFault[]): Pick<UnsupportedPod, 'reason'> {
  const isAll = sized.kind === 'tooLarge' && faults.length === sized.faults.length;
  return isAll ? { reason: `OutOf${sized.lacks}` } : {};
}

function toFault({ path, note }: FieldFault): FieldFault {
  return { path, note };
}

function distinct(faults: readonly FieldFault[]): readonly FieldFault[] {
  return [...new Map(faults.map((fault) => [`${fault.path} ${fault.note}`, fault])).values()];
}
