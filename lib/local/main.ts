// npm run local: a cluster with a virtual node, kept up until Ctrl-C.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { failureOf } from '../core/failure.ts';
import { DEMO_PODS, toPod } from './demo/demo-pods.ts';
import { onInterrupt } from './on-interrupt.ts';
import { readLocalOptions, type LocalOptions } from './read-options.ts';
import { startWorld } from './start-world.ts';
import { PLACE } from './world/function-environment.ts';
import { leaveCluster } from './world/leave-cluster.ts';
import { chooseCluster } from './world/start-cluster.ts';
import { waitForNode } from './world/wait-for-node.ts';
import type { World } from './world/world.ts';

async function main(options: LocalOptions): Promise<void> {
  try {
    await keepUp(options);
  } catch (error) {
    process.stderr.write(`${failureOf(error).message}\n`);
    process.exitCode = 1;
  }
}

async function keepUp({ kubeconfig, node, podsReady, pace, verbose }: LocalOptions): Promise<void> {
  const cluster = chooseCluster(kubeconfig, process.env['KUBEBUILDER_ASSETS']);
  const interrupted = onInterrupt();
  const world = await startWorld({
    cluster,
    node,
    podsReady: podsReady || cluster.kind !== 'foreign',
    pace,
    environment: process.env,
    ...(verbose && { onLine: (line) => void process.stderr.write(`${line}\n`) }),
  });
  try {
    await Promise.race([waitForNode(world), interrupted.first]);
    if (!interrupted.happened()) await tellReady(world);
    await interrupted.first;
    if (world.cluster.kind === 'foreign') await leave(world, interrupted.second);
  } finally {
    await world.close();
  }
}

async function leave(world: World, impatience: Promise<void>): Promise<void> {
  process.stdout.write(
    `Taking node ${world.node} and its pods out of the cluster, half a minute at most; Ctrl-C again leaves them there.\n`,
  );
  await Promise.race([
    leaveCluster(world).then((answer) => process.stdout.write(`${answer}\n`)),
    impatience.then(() => process.stdout.write(`Node ${world.node} and its pods were left there.\n`)),
  ]);
}

async function tellReady(world: World): Promise<void> {
  const example = join(world.folder, 'pods.yaml');
  const pods = DEMO_PODS.map((pod) =>
    stringify(toPod(pod, world.cluster.hasScheduler ? undefined : world.node)),
  );
  await writeFile(example, pods.join('---\n'));
  const variables = {
    KUBECONFIG: world.kubeconfigFile,
    AWS_REGION: PLACE.region,
    ...world.credentials,
    ...world.endpoints,
  };
  const [first = '', ...rest] = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const lines = [
    `ready: ${first}`,
    ...rest.map((line) => `       ${line}`),
    '',
    `Node ${world.node} is Ready in the ${CLUSTERS[world.cluster.kind]}. Try: kubectl apply -f ${example}`,
    `Log of the functions: ${world.log.file}`,
    'Ctrl-C ends it.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const CLUSTERS = {
  embedded: 'embedded cluster',
  assets: 'cluster of KUBEBUILDER_ASSETS',
  foreign: 'cluster that was joined; nothing runs there for real',
} as const;

const reading = readLocalOptions(process.argv.slice(2));
if (reading.kind === 'say') {
  (reading.exitCode === 0 ? process.stdout : process.stderr).write(`${reading.text}\n`);
  process.exitCode = reading.exitCode;
} else await main(reading.options);
