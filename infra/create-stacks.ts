import { createHash } from 'node:crypto';
import { Annotations, Tags } from 'aws-cdk-lib';
import type { App } from 'aws-cdk-lib';
import type { Bundle } from './bundle-functions.ts';
import type { Deployment } from './deployment-schema.ts';
import { namesOf } from './names.ts';
import { exampleValues } from './read-deployment.ts';
import { ControlLoopStack } from './stacks/control-loop-stack.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { StateStack } from './stacks/state-stack.ts';

/** The stacks of one deployment. */
export interface Stacks {
  readonly state: StateStack;
  readonly controlLoop: ControlLoopStack;
  readonly observability: ObservabilityStack;
}

/**
 * Makes the three stacks of a deployment: state, control loop, observability, each built on the one before. Looks nothing up, so it
 * needs neither credentials nor a network; without region or account the stacks fit any.
 */
export function createStacks(app: App, deployment: Deployment, bundles: readonly Bundle[]): Stacks {
  const { stackPrefix } = namesOf(deployment);
  const shared = {
    deployment,
    env: {
      ...(deployment.region === undefined ? {} : { region: deployment.region }),
      ...(deployment.account === undefined ? {} : { account: deployment.account }),
    },
  };
  const state = new StateStack(app, `${stackPrefix}-state`, {
    ...shared,
    description: `Lambdalet ${deployment.cluster}: table, queues and pod logs`,
  });
  const controlLoop = new ControlLoopStack(app, `${stackPrefix}-control-loop`, {
    ...shared,
    description: `Lambdalet ${deployment.cluster}: the virtual nodes`,
    state,
    bundles,
    deployId: deployIdOf(deployment, bundles),
  });
  const observability = new ObservabilityStack(app, `${stackPrefix}-observability`, {
    ...shared,
    description: `Lambdalet ${deployment.cluster}: dashboard and alarms`,
    state,
    controlLoop,
  });
  for (const place of exampleValues(deployment)) {
    // The CLI reads the id up to the first bracket.
    const path = (place.split(' ')[0] ?? '').replace(/\[(\d+)\]/g, '.$1');
    Annotations.of(controlLoop).addWarningV2(`lambdalet:example-value:${path}`, place);
  }
  Tags.of(app).add('lambdalet:cluster', deployment.cluster);
  return { state, controlLoop, observability };
}

/**
 * The id of a deployment: a hash of the code of all functions and of all settings, 16 hex digits. The same code and settings give the
 * same id, so a rollback brings the old id back.
 */
export function deployIdOf(deployment: Deployment, bundles: readonly Bundle[]): string {
  const hash = createHash('sha256').update(JSON.stringify(deployment));
  for (const { name, hash: code } of bundles) hash.update(`\n${name} ${code}`);
  return hash.digest('hex').slice(0, 16);
}
