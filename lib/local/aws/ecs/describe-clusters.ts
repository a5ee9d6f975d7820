import { parseInput } from '../parse-input.ts';
import { describeClustersSchema } from './ecs-inputs.ts';
import { ecsArn } from './ecs-names.ts';
import type { EcsWorld } from './ecs-state.ts';

/** DescribeClusters with the task counts that ECS shows; an unknown one is a failure of the answer. */
export function describeClusters(world: EcsWorld, input: unknown): unknown {
  const { clusters = ['default'], include = [] } = parseInput(describeClustersSchema, input);
  const names = clusters.map((given) => given.split('/').at(-1) ?? '');
  const known = names.filter((name) => world.clusters.has(name));
  return {
    clusters: known.map((name) => ({
      ...describeCluster(world, name),
      ...(include.includes('SETTINGS') && {
        settings: [{ name: 'containerInsights', value: insightsOf(world) }],
      }),
    })),
    failures: names
      .filter((name) => !world.clusters.has(name))
      .map((name) => ({ arn: ecsArn(world.place, `cluster/${name}`), reason: 'MISSING' })),
  };
}

function describeCluster(world: EcsWorld, name: string): Record<string, unknown> {
  const clusterArn = ecsArn(world.place, `cluster/${name}`);
  const tasks = [...world.tasks.values()].filter((task) => task.clusterArn === clusterArn);
  return {
    clusterArn,
    clusterName: name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter(({ status }) => status === 'RUNNING').length,
    pendingTasksCount: tasks.filter(({ status }) =>
      ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(status),
    ).length,
    activeServicesCount: 0,
    capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
    defaultCapacityProviderStrategy: [],
  };
}

function insightsOf({ insights }: EcsWorld): string {
  return insights === undefined ? 'disabled' : 'enabled';
}
