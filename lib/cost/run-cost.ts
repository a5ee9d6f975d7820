import { FUNCTION_SHAPES } from '../../infra/function-shapes.ts';
import { chooseCluster } from '../cli/choose-cluster.ts';
import type { CommandIo } from '../cli/command-io.ts';
import { defineCommand, type RunCommand } from '../cli/define-command.ts';
import { CLUSTER, CONFIG, OUTPUT, REGION, type ValueRule } from '../cli/option-table.ts';
import { UsageError } from '../cli/usage-error.ts';
import { writeJson } from '../cli/write-json.ts';
import { countStories, type Mode } from './count-stories.ts';
import { estimate, EXAMPLES, type PodWish } from './estimate.ts';
import type { CostedDeployment } from './fixed-parts.ts';
import { renderReport } from './render-report.ts';

const NUMBER: ValueRule = { pattern: /^\d{1,7}$/, allowed: 'a whole number' };
const NODES: ValueRule = { pattern: /^([1-9]|[1-9]\d)$/, allowed: 'a number from 1 to 99' };
const MEMORY: ValueRule = { pattern: /^\d{3,5}$/, allowed: 'MB, from 128 to 10240' };
const LEAST_MEMORY = 128;
const MOST_MEMORY = 10_240;

/** `lambdalet cost` */
export const run = costCommand(countStories);

/** The command; `count` does the counting. */
export function costCommand(count: typeof countStories): RunCommand {
  return defineCommand({
    name: 'cost',
    synopsis: '[-c FILE] [options]',
    about: `Says what a deployment costs a month: the control loop without pods, what is billed apart from it, what pods add. Runs the
functions on emulators and virtual time, counts what they call and multiplies by list prices. Asks neither AWS nor a cluster.`,
    options: {
      config: { ...CONFIG, about: 'a deployment file: estimate for a cluster of it' },
      cluster: CLUSTER,
      output: OUTPUT,
      json: { type: 'boolean', about: 'the same as -o json' },
      mode: {
        type: 'string',
        value: 'MODE',
        oneOf: ['watch', 'economy', 'both'],
        about: 'watch, economy or both (default: that of the deployment file, else both)',
      },
      nodes: {
        type: 'string',
        value: 'N',
        like: NODES,
        about: 'without -c: number of virtual nodes; 1 by default',
      },
      'pod-sync-memory': {
        ...{ type: 'string', value: 'MB', like: MEMORY },
        about: 'without -c: memory of pod-sync; 256 by default',
      },
      'pods-per-day': {
        type: 'string',
        value: 'N',
        like: NUMBER,
        about: 'adds an example: pods that come and go',
      },
      'steady-pods': {
        type: 'string',
        value: 'N',
        like: NUMBER,
        about: 'adds an example: pods that run all month',
      },
      region: {
        ...{ type: 'string', value: 'REGION', like: REGION },
        about: 'without -c: your Region. The prices are those of us-east-1 all the same, which is then said',
      },
    },
    notes: 'It takes a minute on two cores. It ends with 0, or with 2 when it cannot be asked so.',
    run: async (given, io) => {
      const { modes, nodes, deployment, region } = planOf(given);
      const counts = await count(modes, nodes, (done, of) => tellProgress(io, done, of));
      const result = estimate(counts, deployment, [...wishesOf(given), ...EXAMPLES]);
      if (given.json || given.output === 'json') writeJson(io, 'CostReport', result);
      else io.stdout.write(`${renderReport(result, region)}\n`);
      return 0;
    },
  });
}

/** What the options say. */
interface Given {
  readonly config: string | undefined;
  readonly cluster: string | undefined;
  readonly mode: Mode | 'both' | undefined;
  readonly nodes: string | undefined;
  readonly 'pod-sync-memory': string | undefined;
  readonly region: string | undefined;
}

interface Plan {
  readonly modes: readonly Mode[];
  /** Their names. */
  readonly nodes: readonly string[];
  readonly deployment: CostedDeployment;
  readonly region: string | undefined;
}

function planOf(given: Given): Plan {
  return given.config === undefined ? planByOptions(given) : planByFile(given, given.config);
}

function planByOptions({ cluster, mode = 'both', nodes = '1', region, ...given }: Given): Plan {
  if (cluster !== undefined)
    throw new UsageError(['--cluster names what is in a deployment file: give it with -c FILE']);
  const podSyncMemory = Number(given['pod-sync-memory'] ?? FUNCTION_SHAPES['pod-sync'].memoryMb);
  if (podSyncMemory < LEAST_MEMORY || podSyncMemory > MOST_MEMORY)
    throw new UsageError([`--pod-sync-memory is "${podSyncMemory}": allowed is ${MEMORY.allowed}`]);
  return {
    modes: modesOf(mode),
    nodes: Array.from({ length: Number(nodes) }, (_, nth) => `fargate-${nth}`),
    deployment: {
      ...{ nodes: Number(nodes), podSyncMemory },
      ...{
        alarms: true,
        dashboard: true,
        secret: true,
        behindNat: false,
        gateway: 'none' as const,
        containerInsights: false,
      },
    },
    region,
  };
}

function planByFile({ cluster, mode, ...given }: Given, file: string): Plan {
  const extra = (['nodes', 'pod-sync-memory', 'region'] as const).filter((name) => given[name] !== undefined);
  if (extra.length > 0)
    throw new UsageError([
      `${extra.map((name) => `--${name}`).join(' and ')}: the deployment file says that; leave out one of both`,
    ]);
  const { settings, region } = chooseCluster(file, cluster);
  const { nodes, podSyncMemory, alarms, dashboard, identity, functionsVpc, gateway } = settings;
  return {
    modes: modesOf(mode ?? settings.mode),
    nodes: nodes.map(({ name }) => name),
    deployment: {
      ...{ nodes: nodes.length, podSyncMemory, alarms, dashboard },
      secret: identity.kind !== 'eks',
      behindNat: functionsVpc !== undefined && !functionsVpc.dualStack,
      gateway: gateway === undefined ? 'none' : gateway.assignPublicIp ? 'public' : 'private',
      containerInsights: gateway?.containerInsights === true,
    },
    region,
  };
}

function modesOf(mode: Mode | 'both'): readonly Mode[] {
  return mode === 'both' ? ['watch', 'economy'] : [mode];
}

/** What the user asks about comes first. */
function wishesOf(given: {
  readonly 'pods-per-day': string | undefined;
  readonly 'steady-pods': string | undefined;
}): readonly PodWish[] {
  const podsPerDay = Number(given['pods-per-day'] ?? 0);
  const steadyPods = Number(given['steady-pods'] ?? 0);
  if (podsPerDay + steadyPods === 0) return [];
  return [{ what: `yours: ${steadyPods} steady pods, ${podsPerDay} a day`, podsPerDay, steadyPods }];
}

function tellProgress({ stderr }: CommandIo, done: number, of: number): void {
  if (stderr.isTTY === true) stderr.write(`\rcounting: ${done} of ${of} stories${done === of ? '\n' : ''}`);
}
