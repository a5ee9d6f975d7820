import type { ContainerDefinition } from './ecs-inputs.ts';
import { clientFault } from './ecs-names.ts';

const CONDITIONS = new Set(['START', 'COMPLETE', 'SUCCESS', 'HEALTHY']);

/**
 * Refuses `dependsOn` that can never hold: an unknown container or condition, an essential container that others wait to end,
 * HEALTHY without a health check, a cycle.
 */
export function validateDependencies(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name ?? '', container]));
  for (const { name = '', dependsOn = [] } of containers) {
    for (const { containerName, condition } of dependsOn) {
      validateDependency(name, condition, byName.get(containerName), containerName);
    }
  }
  for (const name of byName.keys()) findCycle(name, byName, []);
}

function validateDependency(
  name: string,
  condition: string,
  target: ContainerDefinition | undefined,
  targetName: string,
): void {
  const invalid = `Invalid 'dependsOn' setting for container '${name}':`;
  if (target === undefined)
    throw clientFault(`${invalid} container '${targetName}' is not in the task definition.`);
  if (!CONDITIONS.has(condition)) throw clientFault(`${invalid} unknown condition '${condition}'.`);
  if (condition === 'HEALTHY' && target.healthCheck === undefined) {
    throw clientFault(`${invalid} container '${targetName}' has no health check.`);
  }
  if (['COMPLETE', 'SUCCESS'].includes(condition) && target.essential !== false) {
    throw clientFault(
      `${invalid} container '${targetName}' is essential and cannot have the condition ${condition}.`,
    );
  }
}

function findCycle(
  name: string,
  byName: ReadonlyMap<string, ContainerDefinition>,
  way: readonly string[],
): void {
  if (way.includes(name))
    throw clientFault(`Invalid 'dependsOn' setting: circular dependency ${[...way, name].join(' -> ')}.`);
  for (const { containerName } of byName.get(name)?.dependsOn ?? [])
    findCycle(containerName, byName, [...way, name]);
}
