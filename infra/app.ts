import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundleFunctions, bundleGateway } from './bundle-functions.ts';
import { createStacks } from './create-stacks.ts';
import { DeploymentError } from './deployment-faults.ts';
import { readDeployment } from './read-deployment.ts';

const PROJECT = resolve(import.meta.dirname, '..');

const NO_CONFIG =
  'the context config is missing: allowed is the path of a deployment file; name yours with -c config=FILE (to begin with, copy one of examples/)';

/**
 * The CDK app. Context (`cdk synth -c name=value`, paths relative to the working directory):
 * `config` - the deployment file; there is no default, because a forgotten one would deploy another over what is there;
 * `functions` - a folder with the bundled functions, as `npm run build` makes it; without it they are bundled into dist/functions.
 */
function synthesize(): void {
  const app = new App();
  const pathOf = (name: string): string | undefined => {
    const given: unknown = app.node.tryGetContext(name);
    return typeof given === 'string' ? resolve(given) : undefined;
  };
  const config = pathOf('config');
  if (config === undefined) throw new DeploymentError('A deployment that is not named', [NO_CONFIG]);
  createStacks(app, readDeployment(config), pathOf('functions') ?? bundled(join(PROJECT, 'dist/functions')));
  app.synth();
}

function bundled(folder: string): string {
  bundleFunctions(folder);
  bundleGateway(folder);
  return folder;
}

try {
  synthesize();
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error;
  // A list for a person: a stack trace would hide it.
  console.error(error.message);
  process.exitCode = 1;
}
