import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundleFunctions } from './bundle-functions.ts';
import { createStacks } from './create-stacks.ts';
import { DeploymentError, readDeployment } from './read-deployment.ts';

const PROJECT = resolve(import.meta.dirname, '..');

/**
 * The CDK app. Context (`cdk synth -c name=value`, paths relative to the working directory):
 * `deployment` - the deployment file, default infra/deployment.yaml;
 * `bundles` - the folder for the bundled functions, default dist/functions.
 */
function synthesize(): void {
  const app = new App();
  const pathOf = (name: string, otherwise: string): string => {
    const given: unknown = app.node.tryGetContext(name);
    return typeof given === 'string' ? resolve(given) : join(PROJECT, otherwise);
  };
  const deployment = readDeployment(pathOf('deployment', 'infra/deployment.yaml'));
  createStacks(app, deployment, bundleFunctions(pathOf('bundles', 'dist/functions')));
  app.synth();
}

try {
  synthesize();
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error;
  // A list for a person: a stack trace would hide it.
  console.error(error.message);
  process.exitCode = 1;
}
