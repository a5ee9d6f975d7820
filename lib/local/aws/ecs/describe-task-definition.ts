import { epochSeconds } from '../aws-model.ts';
import type { TaskDefinition } from './ecs-state.ts';

/** A task definition as the API gives it back, with the defaults that ECS fills in. */
export function describeTaskDefinition(definition: TaskDefinition): Record<string, unknown> {
  const { body, containers, deregisteredAt } = definition;
  return {
    ...body,
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: definition.status,
    compatibilities: ['EC2', 'FARGATE'],
    volumes: body.volumes ?? [],
    placementConstraints: [],
    registeredAt: epochSeconds(definition.registeredAt),
    ...(deregisteredAt !== undefined && { deregisteredAt: epochSeconds(deregisteredAt) }),
    containerDefinitions: containers.map((container) => ({
      ...{ cpu: 0, essential: true, environment: [], mountPoints: [], portMappings: [], volumesFrom: [] },
      ...container,
    })),
  };
}
