import type { Failure } from '../../../core/failure.ts';
import type { Pod, PodSpec } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
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
  readonly splits: readonly SplitVariables[];
}): readonly PlanProblem[] {
  const { spec, overrides, definition, splits } = given;
  const isSingle = spec.containers.length === 1 && (spec.initContainers ?? []).length === 0;
  const containers = isSingle ? 'spec.containers[0]' : 'spec.containers[*]';
  const problems: PlanProblem[] = [];
  if (overrides > OVERRIDES_LIMIT) {
    const note = `Variables and commands that differ between replicas take ${overrides} characters of the launch request; ECS has room for ${OVERRIDES_LIMIT}: refer to fewer or shorter fields.`;
    const isContent = splits.some((split) =>
      [...split.override.values()].some(({ carrier }) => carrier === 'config'),
    );
    problems.push(
      isContent
        ? { kind: 'unready', reason: 'CreateContainerConfigError', message: note, event: 'Failed' }
        : { kind: 'fault', path: `${containers}.env`, note },
    );
  }
  if (definition > DEFINITION_LIMIT) {
    const note = `The task definition takes ${definition} bytes; ECS has room for ${DEFINITION_LIMIT}: shorten env, command and args.`;
    problems.push({ kind: 'fault', path: containers, note });
  }
  return problems;
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

/** What network policies that select the pod mean for it: a word, or (`refuse`) the end. */
export function judgePolicies(
  pod: Pod,
  { networkPolicies = 'warn', securityGroups }: NodeSettings,
  selecting: readonly string[],
): { readonly notes: readonly LaunchNote[]; readonly failure: Failure | undefined } {
  if (selecting.length === 0) return { notes: [], failure: undefined };
  const reason = 'NetworkPolicyNotEnforced';
  const message = `Network policies select pod ${pod.metadata.name} (${selecting.join(', ')}), and nothing enforces them on Fargate: what may talk to it is decided by its security groups (${securityGroups.join(', ')}).`;
  return networkPolicies === 'refuse'
    ? { notes: [], failure: { kind: 'refused', message, podReason: reason } }
    : { notes: [{ type: 'Warning', reason, message }], failure: undefined };
}
