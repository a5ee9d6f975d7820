import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import type { FunctionName } from './names.ts';

/**
 * Makes a function of its code and the files of its settings: they change together, as one package of Lambda. The folder is made anew
 * in the temporary folder of the machine, because the bundles may lie where nobody may write, and is gone when the CDK has copied it.
 *
 * @param make - makes the function, which is when the CDK copies its code
 */
export function packFunction<Made extends Construct>(
  packed: {
    readonly functionsPath: string;
    readonly name: FunctionName;
    /** Text by the name of the file. */
    readonly files: Readonly<Record<string, string>>;
  },
  make: (code: Code) => Made,
): Made {
  const { functionsPath, name, files } = packed;
  const parent = FileSystem.mkdtemp('lambdalet-');
  const folder = join(parent, name);
  mkdirSync(folder);
  copyFileSync(join(functionsPath, name, 'index.mjs'), join(folder, 'index.mjs'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const made = make(Code.fromAsset(folder));
  // `cdk synth --no-staging`: the template names this very folder, for whoever runs the function locally.
  const isNamed = made.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) !== undefined;
  if (!isNamed) rmSync(parent, { recursive: true });
  return made;
}
