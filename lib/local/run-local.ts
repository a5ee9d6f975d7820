import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { failureOf } from '../core/failure.ts';
import type { CommandIo } from './command-io.ts';
import { DEMO_PODS, toPod } from './demo/demo-pods.ts';
import { readLocalOptions, type LocalOptions } from './read-options.ts';
import { startWorld } from './start-world.ts';
import { PLACE } from './world/function-environment.ts';
import { leaveCluster } from './world/leave-cluster.ts';
import { chooseCluster } from './world/start-cluster.ts';
import { waitForNode } from './world/wait-for-node.ts';
import type { World } from './world/world.ts';

/** `npm run local`: a cluster with a virtual node, kept up until Ctrl-C. Returns the exit code. */
export async function runLocal(argv: readonly string[], io: CommandIo): Promise<number> {
  const reading = readLocalOptions(argv);
  if (reading.kind === 'say') {
    (reading.exitCode === 0 ? io.stdout : io.stderr).write(`${reading.text}\n`);
    return reading.exitCode;
  }
  try {
    await keepUp(reading.options, io);
    return 0;
  } catch (error) {
    io.stderr.write(`${failureOf(error).message}\n`);
    return 1;
  }
}

async function keepUp(options: LocalOptions, io: CommandIo): Promise<void> {
  const { kubeconfig, node, podsReady, pace, verbose } = options;
  const cluster = chooseCluster(kubeconfig, io.environment['KUBEBUILDER_ASSETS']);
  const interrupted = io.interrupts();
  const world = await startWorld({
    ...{ cluster, node, pace, environment: io.environment },
    podsReady: podsReady || cluster.kind !== 'foreign',
    ...(verbose && { onLine: (line) => void io.stderr.write(`${line}\n`) }),
  });
  try {
    await Promise.race([waitForNode(world), interrupted.first]);
    if (!interrupted.happened()) io.stdout.write(await describeWorld(world));
    await interrupted.first;
    if (world.cluster.kind === 'foreign') await leave(world, io, interrupted.second);
  } finally {
    await world.close();
  }
}

async function leave(world: World, { stdout }: CommandIo, impatience: Promise<unknown>): Promise<void> {
  stdout.write(
    `Taking node ${world.node} and its pods out of the cluster, half a minute at most; Ctrl-C again leaves them there.\n`,
  );
  const answer = await Promise.race([
    leaveCluster(world),
    impatience.then(() => `node ${world.node} and its pods were left there`),
  ]);
  stdout.write(`${answer}\n`);
}

const CLUSTERS = {
  embedded: 'embedded cluster',
  assets: 'cluster of KUBEBUILDER_ASSETS',
  foreign: 'cluster that was joined; nothing runs there for real',
} as const;

/** What a user needs to work with it; the first line is what a script waits for. */
async function describeWorld(world: World): Promise<string> {
  const example = join(world.folder, 'pods.yaml');
  const nodeName = world.cluster.hasScheduler ? undefined : world.node;
  await writeFile(example, DEMO_PODS.map((pod) => stringify(toPod(pod, nodeName))).join('---\n'));
  const variables = {
    ...{ KUBECONFIG: world.kubeconfigFile, AWS_REGION: PLACE.region },
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
  return `${lines.join('\n')}\n`;
}
