import { rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { stringify } from 'yaml';
import { PLACE, SECRET, TABLE } from './function-environment.ts';
import type { World } from './world.ts';

/** The commands that ask about pods of a world, as they can be typed in any directory. */
export interface WorldCommands {
  /** For one pod, `NAMESPACE/POD`. */
  readonly logs: (pod: string) => string;
  readonly why: (pod: string) => string;
  readonly history: (pod: string) => string;
  /** Takes away what they need. */
  remove(): Promise<void>;
}

const MAIN = join(import.meta.dirname, `../../cli/main${extname(import.meta.filename)}`);

/**
 * Writes what the commands need into the folder of the world: the deployment file of the deployment that it stands for, and a script that
 * runs `lambdalet` with its endpoints and credentials, and with no others. There is no CloudFormation in it, so that they name the table.
 */
export async function writeCommands(world: World): Promise<WorldCommands> {
  const deployment = join(world.folder, 'deployment.yaml');
  const script = join(world.folder, 'lambdalet');
  await writeFile(deployment, stringify(deploymentOf(world)));
  await writeFile(script, scriptOf(world));
  const say = (command: string, pod: string, config: string): string =>
    ['sh', script, command, pod, config, deployment, '--table', TABLE].map(quote).join(' ');
  return {
    logs: (pod) => say('logs', pod, '--config'),
    why: (pod) => say('why', pod, '-c'),
    history: (pod) => say('history', pod, '-c'),
    remove: async () => {
      for (const file of [deployment, script]) await rm(file, { force: true });
    },
  };
}

/** What was deployed, had it been: the emulators look at neither subnets nor security groups. */
function deploymentOf({ node }: World): object {
  const network = { subnets: ['subnet-00000000'], securityGroups: ['sg-00000000'] };
  const nodes = [{ name: node, ...network, cpu: 4_000, pods: 5_000 }];
  const cluster = { clusterName: 'local', identityMode: 'kubeconfig', secret: SECRET, nodes };
  return { region: PLACE.region, clusters: [cluster] };
}

/** A profile of the user's would win over the credentials of the emulators, and a session token spoil them. */
function scriptOf({ credentials, endpoints }: World): string {
  const variables = { AWS_REGION: PLACE.region, ...credentials, ...endpoints };
  const hasOwn = Object.keys(credentials).length > 0;
  return [
    '#!/bin/sh',
    '# lambdalet, asking the world of lambdalet local that has this folder.',
    ...(hasOwn ? ['unset AWS_PROFILE AWS_SESSION_TOKEN'] : []),
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`),
    `exec ${quote(process.execPath)} ${quote(MAIN)} "$@"`,
    '',
  ].join('\n');
}

/** A word for a shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
