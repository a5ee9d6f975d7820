import type { Instant } from '../../../core/kubernetes.ts';
import type { Chance, IdSource, Place } from '../aws-model.ts';
import type { DueQueue, Planned } from '../due-queue.ts';
import type { FileTree } from './container-files.ts';
import type { ContainerDefinition, Overrides, RegisterTaskDefinitionInput } from './ecs-inputs.ts';
import type { EcsTimings } from './ecs-timings.ts';
import type { TaskSources } from './fetch-inputs.ts';
import type { SimulatedContainer } from './simulate-container.ts';

/** The states of a task in their order; ECS also knows DELETED, which nobody sees here. */
export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** One revision of a family. It is shared by all its tasks and never changes but for its status. */
export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly body: RegisterTaskDefinitionInput;
  readonly containers: readonly ContainerDefinition[];
  readonly registeredAt: Instant;
  status: 'ACTIVE' | 'INACTIVE';
  deregisteredAt?: Instant;
  tags: readonly Tag[];
}

/** What the agent has told ECS of a container; the container itself may be further on. */
interface ContainerReport {
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode?: number;
  readonly reason?: string;
}

/** One container of a task. */
export interface Container {
  readonly index: number;
  readonly name: string;
  readonly image: string;
  /** `undefined`: a stranger that AWS added to the task. */
  readonly definition: ContainerDefinition | undefined;
  now: ContainerReport;
  reported: ContainerReport;
  health?: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';
  /** A test has set the health: nothing checks it any more. */
  healthByHand?: boolean;
  nextHealth?: Planned;
  /** What the agent made of definition, overrides, env files and secrets. */
  environment?: ReadonlyMap<string, string>;
  /** Files that are in none of the volumes of the task. */
  readonly ownFiles: FileTree;
  startedAt?: Instant;
  run?: SimulatedContainer;
  nextStep?: Planned;
  /** Commands that run in it over ECS Exec: what to do when it ends. */
  execs?: Set<() => void>;
  /** Directories that such commands made; they are part of no file. */
  directories?: Set<string>;
}

/** What the answers of ECS tell of a task that is alive all the same; what is not named is as it should be. */
export interface Oversight {
  /** DescribeTasks calls it MISSING, or names it neither among the tasks nor among the failures. */
  readonly described?: 'missing' | 'silent';
  /** ListTasks leaves it out. */
  readonly listed?: false;
}

/** One task. */
export interface Task {
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  /** Rises from task to task: the order of lists and the place of its address. */
  readonly number: number;
  readonly definition: TaskDefinition;
  readonly cpu: string;
  readonly memory: string;
  readonly vcpus: number;
  readonly spot: boolean;
  readonly capacityProvider: string | undefined;
  readonly startedBy: string | undefined;
  readonly group: string;
  readonly clientToken: string | undefined;
  readonly overrides: Overrides;
  readonly subnet: string;
  readonly executeCommand: boolean;
  readonly createdAt: Instant;
  readonly containers: Container[];
  /** What is in its volumes, by their names. */
  readonly volumes: ReadonlyMap<string, FileTree>;
  tags: readonly Tag[];
  status: TaskStatus;
  desired: 'RUNNING' | 'STOPPED';
  version: number;
  updatedAt: Instant;
  /** It never started: events and answers show no container. */
  failedToStart: boolean;
  stopCode?: string;
  stoppedReason?: string;
  connectivityAt?: Instant;
  pullStartedAt?: Instant;
  pullStoppedAt?: Instant;
  startedAt?: Instant;
  stoppingAt?: Instant;
  executionStoppedAt?: Instant;
  stoppedAt?: Instant;
  /** The planned next step of the task's own life, cancelled when it is stopped. */
  nextStep?: Planned;
  /** The planned report of a change of a container alone. */
  nextReport?: Planned;
  /** What answers get wrong about it, as a test wants. */
  oversight?: Oversight;
  /** Its agents of ECS Exec are not connected, as a test wants. */
  execAgentsAway?: boolean;
}

/** Where containers log to, as the log driver sees it. */
export interface LogSink {
  /** Makes sure that the group exists, creating it when allowed; `false`: it does not. */
  openGroup(group: string, create: boolean, at: Instant): boolean;
  write(line: {
    readonly group: string;
    readonly stream: string;
    readonly text: string;
    readonly at: Instant;
    /** When it arrives; default: at once. */
    readonly ingestedAt?: Instant;
  }): void;
}

/** A session that ExecuteCommand gave away. */
export interface ExecSession {
  readonly id: string;
  readonly token: string;
  readonly task: Task;
  readonly container: Container;
  readonly command: string;
}

/** When Container Insights tells of its tasks. */
export interface InsightsTimings {
  /** Time that a sample stands for. */
  readonly periodMs: number;
  /** From the end of that time to when it can be read. */
  readonly delayMs: number;
}

/** The state of the ECS model and what its parts need to work on it. */
export interface EcsWorld {
  readonly place: Place;
  readonly ids: IdSource;
  readonly chance: Chance;
  readonly timings: EcsTimings;
  readonly due: DueQueue;
  readonly logs: LogSink | undefined;
  readonly sources: TaskSources | undefined;
  readonly skippedStatuses: ReadonlySet<TaskStatus>;
  readonly tasks: Map<string, Task>;
  readonly tasksByStarter: Map<string, Set<Task>>;
  readonly tokens: Map<
    string,
    { readonly fingerprint: string; readonly taskIds: readonly string[]; readonly until: Instant }
  >;
  readonly families: Map<string, TaskDefinition[]>;
  readonly clusters: ReadonlySet<string>;
  /** Sessions of ECS Exec that nobody has opened yet, by their id. */
  readonly execSessions: Map<string, ExecSession>;
  /** What Container Insights does for all clusters; `undefined`: it is off. */
  readonly insights: InsightsTimings | undefined;
  readonly vcpusInUse: { onDemand: number; spot: number };
  taskCount: number;
  /** Tells the world outside of a change of the task. */
  emit(task: Task, at: Instant): void;
}
