import type { Instant } from '../../../core/kubernetes.ts';
import { parseInput } from '../parse-input.ts';
import { describeTaskDefinition } from './describe-task-definition.ts';
import { listTaskDefinitionsSchema, taskDefinitionNameSchema } from './ecs-inputs.ts';
import { clientFault, invalidParameter } from './ecs-names.ts';
import type { EcsWorld, TaskDefinition } from './ecs-state.ts';
import { findTaskDefinition } from './find-task-definition.ts';
import { pageOf } from './page-of.ts';

/** DescribeTaskDefinition: any revision, also an INACTIVE one when it is named. */
export function readTaskDefinition(world: EcsWorld, input: unknown): unknown {
  const { taskDefinition: name, include } = parseInput(taskDefinitionNameSchema, input);
  const found = findTaskDefinition(world, name);
  if (found === 'not found') throw clientFault('Unable to describe task definition.');
  return {
    taskDefinition: describeTaskDefinition(found),
    ...(include?.includes('TAGS') === true && { tags: found.tags }),
  };
}

/** DeregisterTaskDefinition: the revision becomes INACTIVE; its tasks run on, new ones are refused. */
export function deregisterTaskDefinition(world: EcsWorld, input: unknown, now: Instant): unknown {
  const { taskDefinition: name } = parseInput(taskDefinitionNameSchema, input);
  if (!/:\d+$/.test(name)) throw clientFault('Unable to describe task definition.');
  const found = findTaskDefinition(world, name);
  if (found === 'not found') throw clientFault('Unable to describe task definition.');
  if (found.status === 'ACTIVE') {
    found.status = 'INACTIVE';
    found.deregisteredAt = now;
  }
  return { taskDefinition: describeTaskDefinition(found) };
}

/** ListTaskDefinitions: ARNs by family and revision, 100 a page, ACTIVE ones unless told otherwise. */
export function listTaskDefinitions(world: EcsWorld, input: unknown): unknown {
  const query = parseInput(listTaskDefinitionsSchema, input);
  const status = query.status ?? 'ACTIVE';
  const all = [...world.families.entries()]
    .filter(([family]) => family.startsWith(query.familyPrefix ?? ''))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, revisions]) => revisions.filter((revision) => revision.status === status));
  const ordered = query.sort === 'DESC' ? all.reverse() : all;
  const { page, nextToken } = pageOf(ordered, query);
  return { taskDefinitionArns: page.map(({ arn }) => arn), ...(nextToken !== undefined && { nextToken }) };
}

/**
 * ListTaskDefinitionFamilies: names in alphabetical order, 100 a page. ACTIVE: with at least one ACTIVE revision; INACTIVE: with
 * none; ALL, the default: both.
 */
export function listTaskDefinitionFamilies(world: EcsWorld, input: unknown): unknown {
  const query = parseInput(listTaskDefinitionsSchema, input);
  const { familyPrefix = '', status = 'ALL' } = query;
  if (!['ACTIVE', 'INACTIVE', 'ALL'].includes(status))
    throw invalidParameter('status must be ACTIVE, INACTIVE or ALL.');
  const isWanted = (revisions: readonly TaskDefinition[]): boolean =>
    status === 'ALL' || revisions.some((revision) => revision.status === 'ACTIVE') === (status === 'ACTIVE');
  const all = [...world.families.entries()]
    .filter(([family, revisions]) => family.startsWith(familyPrefix) && isWanted(revisions))
    .map(([family]) => family)
    .sort();
  const { page, nextToken } = pageOf(all, query);
  return { families: page, ...(nextToken !== undefined && { nextToken }) };
}
