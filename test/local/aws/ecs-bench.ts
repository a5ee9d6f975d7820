import { parseEcsTaskStateChange } from '../../../events/ecs-task-state-change.ts';
import type { EcsTaskStateChange } from '../../../events/ecs-task-state-change.ts';
import { AwsError } from '../../../lib/local/aws/aws-model.ts';
import { createEcsModel } from '../../../lib/local/aws/ecs/ecs-model.ts';
import type { EcsModel, EcsOptions } from '../../../lib/local/aws/ecs/ecs-model.ts';
import { seededChance, sequentialIds } from '../../../lib/local/aws/id-source.ts';

/** 2026-03-04T09:15:00Z: where the virtual clock of these tests starts. */
export const T0 = Date.UTC(2026, 2, 4, 9, 15);

export interface ApiTask {
  readonly taskArn: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly version: number;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly healthStatus: string;
  readonly capacityProviderName?: string;
  readonly tags?: readonly unknown[];
  readonly containers: readonly {
    readonly name: string;
    readonly lastStatus: string;
    readonly exitCode?: number;
    readonly reason?: string;
    readonly healthStatus: string;
  }[];
}

/** An ECS model with a virtual clock, its events parsed by the product's own parser. */
export interface Bench {
  readonly ecs: EcsModel;
  readonly events: EcsTaskStateChange[];
  now: number;
  call(operation: string, input?: unknown): Record<string, unknown>;
  /** The name of the refusal and its message, or `accepted`. */
  refusal(operation: string, input?: unknown): string;
  register(change?: Record<string, unknown>): string;
  run(change?: Record<string, unknown>): ApiTask;
  pass(ms: number): void;
  task(arn: string): ApiTask;
  statuses(): string[];
}

/** Delays without chance, so that times can be told in advance: RUNNING after 2 s, a stop takes 1 s. */
export const plainTimings = {
  provisioning: [500, 500],
  pending: [500, 500],
  activating: [1000, 1000],
  deactivating: [200, 200],
  terminating: [300, 300],
  deprovisioning: [500, 500],
  containerReport: [10_000, 10_000],
  spotWarning: [120_000, 120_000],
  health: [1000, 1000],
} as const;

export function createBench(options: Partial<EcsOptions> = {}): Bench {
  const events: EcsTaskStateChange[] = [];
  const ecs = createEcsModel({
    place: { region: 'eu-central-1', account: '111122223333' },
    ids: sequentialIds('ecs'),
    chance: seededChance(1),
    clusters: ['demo', 'other'],
    timings: plainTimings,
    rates: 'off',
    onEvent: (event) => events.push(parsed(event)),
    ...options,
  });
  const bench: Bench = {
    ecs,
    events,
    now: T0,
    call: (operation, input) => ecs.handle(operation, input, bench.now) as Record<string, unknown>,
    refusal: (operation, input) => {
      try {
        ecs.handle(operation, input, bench.now);
        return 'accepted';
      } catch (error) {
        if (error instanceof AwsError) return `${error.type}: ${error.message}`;
        throw error;
      }
    },
    register: (change) => {
      const { taskDefinition } = bench.call('RegisterTaskDefinition', { ...definition(), ...change });
      return (taskDefinition as { taskDefinitionArn: string }).taskDefinitionArn;
    },
    run: (change) => (bench.call('RunTask', { ...request(), ...change })['tasks'] as ApiTask[])[0]!,
    pass: (ms) => {
      bench.now += ms;
      ecs.advance(bench.now);
    },
    task: (arn) => (bench.call('DescribeTasks', { cluster: 'demo', tasks: [arn] })['tasks'] as ApiTask[])[0]!,
    statuses: () => events.map(({ detail }) => `${detail.version} ${detail.lastStatus}`),
  };
  return bench;
}

export function definition(...containers: Record<string, unknown>[]): Record<string, unknown> {
  return {
    family: 'app',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: containers.length > 0 ? containers : [{ name: 'main', image: 'nginx' }],
  };
}

export const shell = (script: string) => ({ entryPoint: ['sh', '-c'], command: [script] });

export function request(): Record<string, unknown> {
  return {
    cluster: 'demo',
    taskDefinition: 'app',
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    startedBy: '5f0c3a52-7a55-4d3e-9d4a-2f8c5b6a7e10/1',
    group: 'lambdalet:demo/lambdalet-1',
  };
}

function parsed(event: unknown): EcsTaskStateChange {
  const result = parseEcsTaskStateChange(event);
  if (!result.ok)
    throw new Error(`the emulator sent what our own schema refuses:\n${result.faults.join('\n')}`);
  return result.event;
}
