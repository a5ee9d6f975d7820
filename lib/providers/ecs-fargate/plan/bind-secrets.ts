import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { hashTaskDefinition, toFamily } from './hash-task-definition.ts';
import type { PodPlan } from './plan-pod.ts';

/**
 * The plan with the ARNs of its mirrored secrets, by their names, in place of the names; hash and family follow. A plan that
 * mirrors none stays as it is. Throws when an ARN is missing: ECS would take the name for a parameter of SSM.
 */
export function bindSecrets(plan: PodPlan, arns: ReadonlyMap<string, string>): PodPlan {
  if (plan.mirrored.length === 0) return plan;
  const arnOf = (name: string): string => {
    const arn = arns.get(name);
    if (arn === undefined) throw new Error(`The secret ${name} of a plan has no ARN.`);
    return arn;
  };
  const definition = {
    ...plan.definition,
    containerDefinitions: (plan.definition.containerDefinitions ?? []).map((container) =>
      bindContainer(container, arnOf),
    ),
  };
  const hash = hashTaskDefinition(definition);
  return { ...plan, definition, hash, family: toFamily(plan.cluster, hash) };
}

function bindContainer(container: ContainerDefinition, arnOf: (name: string) => string): ContainerDefinition {
  const { secrets, repositoryCredentials } = container;
  return {
    ...container,
    ...(secrets === undefined
      ? {}
      : {
          secrets: secrets.map((each) => ({ ...each, valueFrom: bindSource(each.valueFrom ?? '', arnOf) })),
        }),
    ...(repositoryCredentials === undefined
      ? {}
      : {
          repositoryCredentials: {
            credentialsParameter: arnOf(repositoryCredentials.credentialsParameter ?? ''),
          },
        }),
  };
}

/** Names of secrets have no colon, so the first one ends the name: `<name>:<key>::`. */
function bindSource(source: string, arnOf: (name: string) => string): string {
  const colon = source.indexOf(':');
  return `${arnOf(source.slice(0, colon))}${source.slice(colon)}`;
}
