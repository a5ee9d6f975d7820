// The commands that ask about a deployment, as a person runs them, about the deployment that a world of local mode stands for.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { PLACE, SECRET, TABLE } from '../../lib/local/world/function-environment.ts';
import type { World } from '../../lib/local/world/world.ts';

/** How a command ended. */
export interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Writes the deployment file of a world; returns its name. */
export async function writeDeployment(world: World): Promise<string> {
  const file = join(world.folder, 'deployment.yaml');
  const node = { name: world.node, subnets: ['subnet-0a000001'], securityGroups: ['sg-0a000001'] };
  const nodes = [{ ...node, cpu: 4, pods: 50 }];
  const cluster = { clusterName: 'local', identityMode: 'kubeconfig', secret: SECRET, nodes };
  await writeFile(file, stringify({ region: PLACE.region, clusters: [cluster] }));
  return file;
}

/** Runs a command in a process of its own, with the endpoints and credentials of the world and what `more` says. */
export async function ask(
  world: World,
  argv: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|KUBE|VITEST|NODE_OPTIONS)/.test(name));
  const command = [join(import.meta.dirname, '../../lib/cli/main.ts'), ...argv, '--table', TABLE];
  const child = spawn(process.execPath, command, {
    env: {
      ...Object.fromEntries(kept),
      ...{ AWS_EC2_METADATA_DISABLED: 'true', ...world.endpoints, ...world.credentials, ...more },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}
