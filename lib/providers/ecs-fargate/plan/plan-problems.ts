import type { Failure } from '../../../core/failure.ts';
import type { Pod, PodSpec } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { PodInputs } from '../../../core/pod-inputs.ts';
import type { FieldFault, LaunchNote } from '../../../ports/provider.ts';
import { containerPaths } from './container-paths.ts';
import type { ContainerStart, PlanContext, PlanProblem } from './plan-types.ts';
import type { SplitVariables } from './split-variables.ts';
import { OVERRIDES_LIMIT } from './to-run-task-input.ts';

/** The most that ECS takes of a definition, in bytes. */
const DEFINITION_LIMIT = 65_536;

const NO_BUCKET =
  'Values of ConfigMaps and Secrets, and files, reach a task through an S3 bucket, and this deployment has none: deploy it with one (`filesBucket`), or write values that are no secret into `value`.';

/** Programs that differ between replicas, which no override can carry. */
export function programFaults(spec: PodSpec, starts: readonly ContainerStart[]): readonly FieldFault[] {
  const note =
    'The program itself cannot differ between replicas: name it plainly and pass what differs as an argument.';
  const paths = containerPaths(spec);
  return starts.flatMap(({ perPodProgram }, index) =>
    perPodProgram ? [{ path: `${paths[index]?.path ?? 'spec'}.command[0]`, note }] : [],
  );
}

/** What needs an env file where there is no bucket for one, by the pod alone: each container, and the volumes. */
export function bucketFaults(
  { pod, settings }: PlanContext,
  splits: readonly SplitVariables[],
  hasFiles: boolean,
): readonly FieldFault[] {
  if (settings.filesBucket !== undefined) return [];
  const containers = containerPaths(pod.spec).flatMap(({ container, path }, index) => {
    const takesAll = (container.envFrom ?? []).length > 0;
    if (takesAll) return [{ path: `${path}.envFrom`, note: NO_BUCKET }];
    return (splits[index]?.file.size ?? 0) > 0 ? [{ path: `${path}.env`, note: NO_BUCKET }] : [];
  });
  return [...containers, ...(hasFiles ? [{ path: 'spec.volumes', note: NO_BUCKET }] : [])];
}

/** What ECS has no room for. Content of ConfigMaps that takes it may be changed: the pod waits for that. */
export function roomProblems(given: {
  readonly spec: PodSpec;
  /** Characters of the overrides, and bytes of the definition. */
  readonly overrides: number;
  readonly definition: number;
  readonly starts: readonly ContainerStart[];
  readonly splits: readonly SplitVariables[];
}): readonly PlanProblem[] {
  const { spec, overrides, definition } = given;
  const problems: PlanProblem[] = [];
  if (overrides > OVERRIDES_LIMIT) problems.push(overridesProblem(given));
  if (definition > DEFINITION_LIMIT) {
    const note = `The task definition takes ${definition} bytes; ECS has room for ${DEFINITION_LIMIT}: shorten env, command and args.`;
    problems.push({ kind: 'fault', path: containersPath(spec), note });
  }
  return problems;
}

/** Of several containers none is the one that is too much. */
function containersPath({ containers, initContainers = [] }: PodSpec): string {
  const isSingle = containers.length === 1 && initContainers.length === 0;
  return isSingle ? 'spec.containers[0]' : 'spec.containers[*]';
}

/** By what takes the most of the launch request: a command, variables of a ConfigMap that no line carries, or others of one container. */
function overridesProblem(given: Parameters<typeof roomProblems>[0]): PlanProblem {
  const { spec, overrides, starts, splits } = given;
  const room = `the launch request, which has ${overrides} characters in all; ECS has room for ${OVERRIDES_LIMIT}`;
  const [first] = starts
    .flatMap((start, index) => takersOf(start, splits[index], containerPaths(spec)[index]?.path ?? 'spec'))
    .sort((one, other) => other.size - one.size);
  if (first?.kind === 'config') {
    const message = `Variables of ConfigMaps whose values have line breaks or blanks at their ends (${first.names.join(', ')} of ${first.path}) travel in ${room}: mount the ConfigMap as a file, or take the line breaks out`;
    return { kind: 'unready', reason: 'CreateContainerConfigError', message, event: 'Failed' };
  }
  if (first?.kind === 'command')
    return {
      kind: 'fault',
      path: first.path,
      note: `A command with a value that differs between replicas travels in ${room}: let a shell take the value from the environment ($POD_NAME in place of $(POD_NAME)), so that the command is the same for all.`,
    };
  const note = `Variables that differ between replicas travel in ${room}: refer to fewer or shorter fields.`;
  return { kind: 'fault', path: `${containersPath(spec)}.env`, note };
}

interface Taker {
  readonly kind: 'command' | 'config' | 'fields';
  readonly path: string;
  readonly names: readonly string[];
  readonly size: number;
}

/** What of a container travels in the launch request, and about how much of it. */
function takersOf(start: ContainerStart, split: SplitVariables | undefined, path: string): readonly Taker[] {
  const variables = [...(split?.override ?? [])];
  const config = variables.filter(([, { carrier }]) => carrier === 'config');
  const fields = variables.filter(([, { carrier }]) => carrier !== 'config');
  const sizeOf = (list: typeof variables): number =>
    list.reduce((sum, [name, { text }]) => sum + name.length + text.length, 0);
  const command = start.perPodCommand ? (start.command ?? []).join(' ').length : 0;
  const field = start.entryPoint === undefined ? 'args' : 'command';
  return [
    { kind: 'command', path: `${path}.${field}`, names: [], size: command },
    { kind: 'config', path: `${path}.env`, names: config.map(([name]) => name), size: sizeOf(config) },
    { kind: 'fields', path: `${path}.env`, names: [], size: sizeOf(fields) },
  ];
}

/** The failure of a launch for which something is missing, with an event for each thing. */
export function toUnready(problems: readonly PlanProblem[]): {
  readonly failure: Failure;
  readonly notes: readonly LaunchNote[];
} {
  const unready = problems.filter((problem) => problem.kind === 'unready');
  const isConfig = unready.some(({ reason }) => reason === 'CreateContainerConfigError');
  return {
    failure: {
      kind: 'configuration',
      message: unready.map(({ message }) => message).join('; '),
      podReason: isConfig ? 'CreateContainerConfigError' : 'ContainerCreating',
    },
    notes: unready.map(({ event, message }) => ({ type: 'Warning', reason: event, message })),
  };
}

const NOT_ENFORCED = 'NetworkPolicyNotEnforced';

/**
 * What network policies that select the pod mean for it: a word, or (`refuse`) the end. Policies that cannot be read may be there: a node
 * that refuses waits until they can be.
 */
export function judgePolicies(
  pod: Pod,
  { networkPolicies = 'warn', securityGroups }: NodeSettings,
  inputs: Pick<PodInputs, 'networkPolicies' | 'policiesUnknown'> | undefined,
): { readonly notes: readonly LaunchNote[]; readonly failure: Failure | undefined } {
  if (inputs === undefined) return NO_POLICIES;
  const groups = securityGroups.join(', ');
  if (inputs.policiesUnknown !== undefined) {
    const message = `Whether network policies select pod ${pod.metadata.name} is not known (${inputs.policiesUnknown}): give the identity of the functions the right to list networkpolicies (networking.k8s.io). Nothing enforces them on Fargate: what may talk to the pod is decided by its security groups (${groups}).`;
    return toVerdict(networkPolicies, message, 'configuration');
  }
  if (inputs.networkPolicies.length === 0) return NO_POLICIES;
  const message = `Network policies select pod ${pod.metadata.name} (${inputs.networkPolicies.join(', ')}), and nothing enforces them on Fargate: what may talk to it is decided by its security groups (${groups}).`;
  return toVerdict(networkPolicies, message, 'refused');
}

const NO_POLICIES = { notes: [], failure: undefined } as const;

function toVerdict(
  wish: 'warn' | 'refuse',
  message: string,
  kind: 'configuration' | 'refused',
): ReturnType<typeof judgePolicies> {
  return wish === 'refuse'
    ? { notes: [], failure: { kind, message, podReason: NOT_ENFORCED } }
    : { notes: [{ type: 'Warning', reason: NOT_ENFORCED, message }], failure: undefined };
}
