import type { Instant } from '../../lib/core/kubernetes.ts';
import { createEcsModel, type EcsModel } from '../../lib/local/aws/ecs/ecs-model.ts';
import type { EcsTimings } from '../../lib/local/aws/ecs/ecs-timings.ts';
import type { TaskSources } from '../../lib/local/aws/ecs/fetch-inputs.ts';
import { sequentialIds } from '../../lib/local/aws/id-source.ts';
import type { Chance } from './chance.ts';
import { ECS_CLUSTER } from './create-deps.ts';
import type { Blow } from './deeds.ts';
import {
  createTrueTasks,
  isHelper,
  isLive,
  type TaskDetail,
  type TrueTask,
  type TrueTasks,
} from './true-tasks.ts';

/** The reason of a stop that a person asked for. */
export const BY_HAND = 'by hand';

/** ECS as it truly is, and the hands that AWS and people have in it. */
export interface Cloud {
  readonly model: EcsModel;
  readonly tasks: TrueTasks;
  /** Changes an answer on its way to the product: a list of tasks that is not complete. */
  censor(operation: string, input: unknown, answer: unknown): unknown;
  /** From now on lists of running tasks leave out this share of them; 0 ends it. */
  hideTasks(share: number): void;
  hidesTasks(): boolean;
  /** Strikes a task; `false` when it is past that. */
  strike(task: TrueTask, blow: Blow, now: Instant): boolean;
  /** Somebody else starts a task in our ECS cluster. */
  runStranger(now: Instant): void;
}

/** What the cloud is made of. */
export interface CloudOptions {
  readonly seed: number;
  readonly chance: Chance;
  readonly timings: EcsTimings;
  readonly missingMs: number;
  /** Where agents fetch what containers are started with. */
  readonly sources: TaskSources;
  /** Told of each change of a task, in truth and at once. */
  readonly onChange: (event: object, task: TrueTask, isNew: boolean) => void;
}

const FAMILY = 'stranger';

/** An ECS cluster without tasks. */
export function createCloud({ seed, chance, timings, missingMs, sources, onChange }: CloudOptions): Cloud {
  const tasks = createTrueTasks();
  const model = createEcsModel({
    place: { region: 'eu-west-1', account: '111122223333' },
    ids: sequentialIds(`cloud ${seed}`),
    chance: () => chance.next(),
    clusters: [ECS_CLUSTER],
    timings,
    missingMs,
    sources,
    onEvent: (event, at) => {
      const { task, isNew } = tasks.observe(event['detail'] as TaskDetail, at);
      onChange(event, task, isNew);
    },
  });
  let hidden = 0;
  return {
    model,
    tasks,
    hideTasks: (share) => void (hidden = share),
    hidesTasks: () => hidden > 0,
    censor: (operation, input, answer) => {
      const { desiredStatus } = input as { readonly desiredStatus?: string };
      if (hidden === 0 || operation !== 'ListTasks' || desiredStatus !== 'RUNNING') return answer;
      const { taskArns } = answer as { readonly taskArns: readonly string[] };
      return { taskArns: taskArns.filter(() => !chance.happens(hidden)) };
    },
    strike: (task, blow, now) => isLive(task) && strike({ model, tasks }, task, blow, now),
    runStranger: (now) => runStranger(model, now),
  };
}

function strike(
  { model, tasks }: Pick<Cloud, 'model' | 'tasks'>,
  task: TrueTask,
  blow: Blow,
  now: Instant,
): boolean {
  const { arn } = task;
  switch (blow) {
    case 'forget':
      model.loseTask(arn, now);
      tasks.forget(arn, now);
      return true;
    case 'interruptSpot':
      model.interruptSpot(arn, now);
      return true;
    case 'retire': {
      const reason = 'ECS is performing maintenance on the underlying infrastructure hosting the task';
      model.stopByAws(arn, { stopCode: 'TerminationNotice', reason }, now);
      return true;
    }
    case 'failHost':
      model.stopByAws(arn, { stopCode: 'InfrastructureHealth', reason: 'The host is not healthy.' }, now);
      return true;
    case 'personStops':
      model.handle('StopTask', { cluster: ECS_CLUSTER, task: arn, reason: BY_HAND }, now);
      return true;
    case 'killForMemory': {
      if (task.status !== 'RUNNING') return false;
      const victim = [...task.containers.values()].find(
        ({ name, lastStatus }) => !isHelper(name) && lastStatus === 'RUNNING',
      );
      if (victim === undefined) return false;
      model.killForMemory(arn, victim.name, now);
      return true;
    }
  }
}

function runStranger(model: EcsModel, now: Instant): void {
  const definition = {
    family: FAMILY,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'other', image: 'public.ecr.aws/other/app:1' }],
  };
  model.handle('RegisterTaskDefinition', definition, now);
  const network = { awsvpcConfiguration: { subnets: ['subnet-9'] } };
  model.handle(
    'RunTask',
    { cluster: ECS_CLUSTER, taskDefinition: FAMILY, launchType: 'FARGATE', networkConfiguration: network },
    now,
  );
}
