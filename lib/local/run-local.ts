import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CommandIo } from '../cli/command-io.ts';
import { defineCommand } from '../cli/define-command.ts';
import { demandFile } from '../cli/demand-file.ts';
import { OUTPUT } from '../cli/option-table.ts';
import { CommandFault } from '../cli/usage-error.ts';
import { writeJsonLine } from '../cli/write-json.ts';
import { failureOf } from '../core/failure.ts';
import { DEMO_PODS, toPod } from './demo/demo-pods.ts';
import { PACE, SIMULATION, VERBOSE, type Pace } from './pace-options.ts';
import { startWorld } from './start-world.ts';
import { PLACE } from './world/function-environment.ts';
import { leaveCluster } from './world/leave-cluster.ts';
import { chooseCluster } from './world/start-cluster.ts';
import { waitForNode } from './world/wait-for-node.ts';
import type { World } from './world/world.ts';
import { writeCommands, type WorldCommands } from './world/write-commands.ts';

/** What `lambdalet local` was asked for. */
interface LocalOptions {
  /** A running cluster to join instead of an embedded one. */
  readonly kubeconfig: string | undefined;
  readonly node: string;
  /** In a cluster that was joined: simulated pods become Ready, so that Services send traffic to them. */
  readonly podsReady: boolean;
  readonly pace: Pace;
  /** Show the log lines of the functions. */
  readonly verbose: boolean;
  readonly isJson: boolean;
}

/** `lambdalet local`: a cluster with a virtual node, kept up until Ctrl-C. */
export const run = defineCommand({
  name: 'local',
  synopsis: '[options]',
  about: 'Keeps a virtual node up on this machine, without AWS, until Ctrl-C.',
  options: {
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      about: 'join this running cluster instead of starting one (inline credentials only)',
    },
    node: {
      type: 'string',
      value: 'NAME',
      about: 'the name of the virtual node; lambdalet by default',
      like: {
        pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
        allowed: 'the name of a node: lower-case letters, digits and dashes, at most 63',
      },
    },
    'pods-ready': {
      type: 'boolean',
      about: 'with --kubeconfig: let simulated pods be Ready, so that Services send them traffic',
    },
    pace: PACE,
    verbose: VERBOSE,
    output: OUTPUT,
  },
  notes: SIMULATION,
  run: async ({ kubeconfig, node = 'lambdalet', pace = 'fast', verbose, output, ...given }, io) => {
    const podsReady = given['pods-ready'];
    if (kubeconfig !== undefined) await demandFile(kubeconfig);
    try {
      await keepUp({ kubeconfig, node, podsReady, pace, verbose, isJson: output === 'json' }, io);
      return 0;
    } catch (error) {
      throw new CommandFault(failureOf(error).message, 1, { cause: error });
    }
  },
});

async function keepUp(options: LocalOptions, io: CommandIo): Promise<void> {
  const { kubeconfig, node, podsReady, pace, verbose, isJson } = options;
  const cluster = chooseCluster(kubeconfig, io.environment['KUBEBUILDER_ASSETS']);
  const interrupted = io.interrupts();
  const tell = isJson ? jsonTeller(io) : textTeller(io);
  const world = await startWorld({
    ...{ cluster, node, pace, environment: io.environment },
    podsReady: podsReady || cluster.kind !== 'foreign',
    ...(verbose && { onLine: (line) => void io.stderr.write(`${line}\n`) }),
  });
  const commands = await writeCommands(world);
  try {
    await Promise.race([waitForNode(world), interrupted.first]);
    if (!interrupted.happened()) tell(await readyWorld(world, commands));
    await interrupted.first;
    if (world.cluster.kind === 'foreign') await leave(world, tell, interrupted.second);
  } finally {
    await commands.remove();
    await world.close();
  }
}

/** What there is to tell while it is up; `-o json` makes each of them a line. */
type LocalEvent = ReadyWorld | { readonly event: 'leaving' | 'left'; readonly message: string };

type Tell = (event: LocalEvent) => void;

const jsonTeller =
  (io: CommandIo): Tell =>
  (event) =>
    writeJsonLine(io, 'LocalEvent', event);

const textTeller =
  ({ stdout }: CommandIo): Tell =>
  (event) =>
    void stdout.write(event.event === 'ready' ? describeWorld(event) : `${event.message}\n`);

async function leave(world: World, tell: Tell, impatience: Promise<unknown>): Promise<void> {
  tell({
    event: 'leaving',
    message: `Taking node ${world.node} and its pods out of the cluster, half a minute at most; Ctrl-C again leaves them there.`,
  });
  const message = await Promise.race([
    leaveCluster(world),
    impatience.then(() => `node ${world.node} and its pods were left there`),
  ]);
  tell({ event: 'left', message });
}

const CLUSTERS = {
  embedded: 'embedded cluster',
  assets: 'cluster of KUBEBUILDER_ASSETS',
  foreign: 'cluster that was joined; nothing runs there for real',
} as const;

/** What a user needs to work with it. */
interface ReadyWorld {
  readonly event: 'ready';
  readonly node: string;
  readonly cluster: keyof typeof CLUSTERS;
  /** Variables for kubectl and the AWS CLI. */
  readonly environment: Readonly<Record<string, string>>;
  /** File with pods to apply. */
  readonly example: string;
  /** To ask about these pods. */
  readonly commands: readonly string[];
  readonly log: string;
}

async function readyWorld(world: World, { logs, why, history }: WorldCommands): Promise<ReadyWorld> {
  const example = join(world.folder, 'pods.yaml');
  const nodeName = world.cluster.hasScheduler ? undefined : world.node;
  await writeFile(example, DEMO_PODS.map((pod) => stringify(toPod(pod, nodeName))).join('---\n'));
  const environment = {
    ...{ KUBECONFIG: world.kubeconfigFile, AWS_REGION: PLACE.region },
    ...world.credentials,
    ...world.endpoints,
  };
  return {
    event: 'ready',
    node: world.node,
    cluster: world.cluster.kind,
    environment,
    example,
    commands: [logs('default/report'), why('default/import'), history('default/worker')],
    log: world.log.file,
  };
}

/** The first line is what a script waits for. */
function describeWorld({ node, cluster, environment, example, commands, log }: ReadyWorld): string {
  const [first = '', ...rest] = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const lines = [
    `ready: ${first}`,
    ...rest.map((line) => `       ${line}`),
    '',
    `Node ${node} is Ready in the ${CLUSTERS[cluster]}. Try: kubectl apply -f ${example}`,
    'Then ask about those pods, from any directory:',
    ...commands.map((command) => `  ${command}`),
    `Log of the functions: ${log}`,
    'Ctrl-C ends it.',
  ];
  return `${lines.join('\n')}\n`;
}
