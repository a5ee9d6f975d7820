import type { ContainerDefinition, MountPoint, Volume } from '@aws-sdk/client-ecs';
import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { PodInputs } from '../../../core/pod-inputs.ts';
import type { FieldFault, LaunchNote } from '../../../ports/provider.ts';
import type { TaskSize } from './choose-size.ts';
import type { TaskSettings } from './to-task-definition.ts';

/** What a part of the plan is made from. Without `inputs` it is the draft: contents of objects are not known yet. */
export interface PlanContext {
  readonly pod: Pod;
  readonly node: NodeSettings;
  readonly settings: TaskSettings;
  readonly size: TaskSize;
  readonly inputs: PodInputs | undefined;
}

/**
 * How a value may travel, the most careful last. `shared`: in the definition, the same for all replicas; `perPod`: in the
 * overrides, which every event repeats; `config`: content of a ConfigMap, in the env file; `secret`: in the env file and, where a
 * line cannot carry it, in Secrets Manager, nowhere else.
 */
export type Carrier = 'shared' | 'perPod' | 'config' | 'secret';

/** A text whose references were resolved, and how it may travel. */
export interface Expanded {
  readonly text: string;
  readonly carrier: Carrier;
  /** The Secret and key that the whole text is, if it is one: where an env file cannot carry it, it goes through Secrets Manager. */
  readonly secretKey?: { readonly secret: string; readonly key: string };
}

/** The variables of one container by name. */
export type Variables = ReadonlyMap<string, Expanded>;

/** Something that keeps a pod from being planned. */
export type PlanProblem =
  /** The pod asks for what cannot be done: refused for good. */
  | ({ readonly kind: 'fault' } & FieldFault)
  /** Something that it refers to is not there (yet): tried again. `reason` is that of the waiting container. */
  | {
      readonly kind: 'unready';
      readonly reason: 'CreateContainerConfigError' | 'ContainerCreating';
      readonly message: string;
      /** The event that tells it, under Virtual Kubelet's or the kubelet's name. */
      readonly event: string;
    };

/** What a container is started with. */
export interface ContainerStart {
  readonly name: string;
  readonly variables: Variables;
  readonly entryPoint?: readonly string[];
  /** Follows the entry point. */
  readonly command?: readonly string[];
  /** Whether the command differs between replicas: then it travels in the overrides. */
  readonly perPodCommand: boolean;
  /** Whether the program itself differs between replicas, which no override can carry. */
  readonly perPodProgram: boolean;
  /** Whether the container must be started through the wrapper, which needs the writer's volume at {@link WRAPPER_PATH}. */
  readonly wrapped: boolean;
}

/** Starts of all containers of a pod, with what is wrong and what is worth an event. */
export interface PlannedStarts {
  readonly starts: readonly ContainerStart[];
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly LaunchNote[];
}

/** Volumes of a task, and what the writer must do to them before the pod's containers start. */
export interface PlannedVolumes {
  readonly volumes: readonly Volume[];
  /** Mounts and tmpfs of a container of the pod, by its name. */
  readonly mounts: ReadonlyMap<string, Pick<ContainerDefinition, 'mountPoints' | 'linuxParameters'>>;
  /** `undefined`: no writer is needed. */
  readonly writer: PlannedWriter | undefined;
  readonly problems: readonly PlanProblem[];
  readonly notes: readonly LaunchNote[];
}

/** The helper that lays out files. */
export interface PlannedWriter {
  /** The shell script, the same for all replicas. */
  readonly script: string;
  readonly mountPoints: readonly MountPoint[];
  /** Whether it needs files from the env file: known from the pod alone. */
  readonly needsFiles: boolean;
  /** tar.gz of the files; `undefined` in a draft, or when none are needed. */
  readonly archive: Uint8Array | undefined;
}

/** Where the writer's volume with the wrapper's shell is mounted in a wrapped container. */
export const WRAPPER_PATH = '/lambdalet';

/** Names of the helper containers; a pod's own container may not have them. */
export const HELPERS = { writer: 'lambdalet-writer', waiter: 'lambdalet-waiter' } as const;

/** A file of the pod's own in S3: one for each container that needs one. */
export interface EnvFile {
  readonly container: string;
  readonly content: string;
}

/** A secret that must be in Secrets Manager, under this name, before the task starts. */
export interface MirroredSecret {
  readonly name: string;
  readonly value: string;
}
