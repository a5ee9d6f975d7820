import type { Instant } from '../../../lib/core/kubernetes.ts';
import { createEcsModel, type EcsModel } from '../../../lib/local/aws/ecs/ecs-model.ts';
import { largeRegionRates } from '../../../lib/local/aws/ecs/ecs-rates.ts';
import { realTimings } from '../../../lib/local/aws/ecs/ecs-timings.ts';
import { sequentialIds } from '../../../lib/local/aws/id-source.ts';
import {
  createSecretsManagerModel,
  type SecretsManagerModel,
} from '../../../lib/local/aws/secrets-manager/secrets-manager-model.ts';
import type { BenchClock } from '../../bench/virtual/bench-clock.ts';
import { seededChance } from '../../bench/virtual/count-calls.ts';
import { deliverEvents, type EventHandler } from '../../bench/virtual/deliver-events.ts';
import { putAround } from '../../bench/put-around.ts';
import { createTrueTasks, isLive, type TaskDetail, type TrueTasks } from '../../simulation/true-tasks.ts';

/** The ECS cluster of the stage. */
export const ECS_CLUSTER = 'lambdalet-demo';
/** The secret with the kubeconfig. */
export const SECRET = 'lambdalet/demo/kubeconfig';

/** The AWS account: ECS with Fargate's own pace and quotas, its events on their way, Secrets Manager. */
export interface StageAccount {
  readonly ecs: EcsModel;
  readonly secrets: SecretsManagerModel;
  /** Every task there ever was, as ECS itself told of it. */
  readonly tasks: TrueTasks;
  /** Pods that had two live tasks at once. */
  readonly doubles: readonly string[];
  /** How many task events are on their way or worked on. */
  backlog(): number;
}

/** An account in which nothing runs. `handle` is the event function. */
export function createStageAccount(clock: BenchClock, handle: EventHandler): StageAccount {
  const chance = seededChance(7);
  const tasks = createTrueTasks();
  const doubles: string[] = [];
  const delivery = deliverEvents(clock, chance, handle);
  const place = { region: 'eu-west-1', account: '111122223333' };
  const secrets = createSecretsManagerModel({ place, ids: sequentialIds('secrets') });
  const ecs = createEcsModel({
    ...{ place, ids: sequentialIds('stage'), chance, clusters: [ECS_CLUSTER] },
    ...{ timings: realTimings, rates: largeRegionRates },
    onEvent: (event, at) => {
      const { task, isNew } = tasks.observe(event['detail'] as TaskDetail, at);
      if (isNew && tasks.of(task.uid ?? '').filter(isLive).length > 1) doubles.push(task.pod);
      delivery.send(event, at);
    },
  });
  drive(clock, ecs);
  return { ecs, secrets, tasks, doubles, backlog: delivery.underWay };
}

/** Lets ECS do what is due, also while nobody calls it. */
function drive(clock: BenchClock, ecs: EcsModel): void {
  let planned = Infinity;
  const look = (): void => {
    const next: Instant = ecs.nextDue() ?? Infinity;
    if (next >= planned || next === Infinity) return;
    planned = next;
    clock.at(next, () => {
      planned = Infinity;
      ecs.advance(clock.now());
      look();
    });
  };
  putAround(ecs, 'handle', (call) => (...given) => {
    try {
      return call(...given);
    } finally {
      look();
    }
  });
}
