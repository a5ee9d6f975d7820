import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FUNCTION_SHAPES } from '../../infra/function-shapes.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../infra/names.ts';
import { failureOf } from '../core/failure.ts';
import { createFunction, type LocalFunction } from './pumps/create-function.ts';
import { startGateway, type LocalGateway } from './gateway/start-gateway.ts';
import type { EcsTimings } from './aws/ecs/ecs-timings.ts';
import type { Pace } from './pace-options.ts';
import { askCluster } from './world/ask-cluster.ts';
import { demandFreeName } from './world/demand-free-name.ts';
import { functionEnvironment, NAMES, userCredentials } from './world/function-environment.ts';
import { describeError, openLog } from './world/open-log.ts';
import { INSIGHTS, startAws, type LocalAws } from './world/start-aws.ts';
import {
  startCluster,
  type ClusterChoice,
  type KubeletPlace,
  type LocalCluster,
} from './world/start-cluster.ts';
import type { World } from './world/world.ts';

/** What a world should be. */
export interface WorldOptions {
  readonly cluster: ClusterChoice;
  readonly node: string;
  readonly podsReady: boolean;
  /** Where the kubelet API of the node is served, and found. Default: loopback. */
  readonly kubeletHost?: string;
  readonly pace: Pace;
  /** The user's variables: endpoints in it are used instead of our own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables of the functions that differ from the usual. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Variables in which one function differs from the others, such as credentials of its own. */
  readonly settingsOf?: (name: FunctionName) => Readonly<Record<string, string>>;
  /** Seconds until a task event that failed is delivered again; by default what the pace says. */
  readonly redeliveryS?: number;
  /** How long tasks take for each step; by default what the pace says. */
  readonly timings?: EcsTimings;
  /** vCPU that may run at a time, on demand and on Spot each; by default what an account has that was in use for long. */
  readonly vcpuQuota?: number;
  /** File URL of the module of a function; the sources by default. */
  readonly moduleOf?: (name: FunctionName) => string;
  /** Gets each line that a function logs. */
  readonly onLine?: (line: string) => void;
}

/**
 * Starts everything: a cluster (or joins one), DynamoDB, the emulators of AWS with the resources that the stacks would make, and
 * the functions on their triggers. Resolves when all of it runs; the node is Ready some seconds later.
 * @throws Error with one message; what had been started is ended again
 */
export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'lambdalet-'));
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const log = openLog(join(folder, 'functions.log'));
    opened.push(() => log.close());
    if (options.onLine !== undefined) log.listen(options.onLine);
    const cluster = await startCluster(options.cluster, folder);
    opened.push(() => cluster.close());
    if (cluster.kind === 'foreign') await demandFreeName(cluster.kubeconfig, options.node);
    const { kubeconfig } = cluster;
    const kubeconfigFile = cluster.file ?? join(folder, 'kubeconfig');
    if (cluster.file === undefined) {
      await writeFile(kubeconfigFile, kubeconfig, { mode: 0o600 });
      opened.push(() => rm(kubeconfigFile));
    }
    const aws = await startAws({ ...options, kubeconfig });
    opened.push(() => aws.close());
    const variables = environmentOf(options, cluster, aws);
    if (cluster.kubelet !== undefined) {
      try {
        const gateway = await serveNode(options, cluster.kubelet, variables, log.write);
        opened.push(() => gateway.close());
      } catch (error) {
        // As in a deployment: pods run without it, and the functions tell of the same settings themselves.
        log.write(failureLine('gateway', 'The gateway did not open', error));
      }
    }
    const functions = createFunctions(options, aws, variables, log.write);
    opened.push(async () => {
      await Promise.all([...functions.values()].map((one) => one.close()));
    });
    const invoke: World['invoke'] = async (name, event) => {
      try {
        return await functionNamed(functions, name).invoke(event);
      } catch (error) {
        // What was cut off by the end of the world did not fail.
        if (opened.length > 0) log.write(failureLine(name, 'The invocation failed', error));
        throw error;
      }
    };
    aws.trigger(invoke);
    return {
      ...{ cluster, folder, kubeconfigFile, log, invoke, close },
      ...{ pace: options.pace, node: options.node, ecsCluster: NAMES.ecsCluster },
      user: askCluster(kubeconfig),
      endpoints: aws.endpoints,
      ...{ models: aws.models, queues: aws.queues },
      credentials: userCredentials(options.environment),
      notices: () => aws.notices(),
      listTasks: (desired) => aws.listTasks(desired),
      logGroup: NAMES.podLogGroup,
      readLog: (containing) => aws.readLog(containing),
      lastErrors: () => {
        const last = log.errors().at(-1);
        return last === undefined
          ? 'the functions complained about nothing'
          : `the functions complained: ${describeError(last)}`;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A line as Lambda itself writes it when a handler could not be loaded, threw, or took too long. */
function failureLine(service: FunctionName | 'gateway', message: string, error: unknown): string {
  return JSON.stringify({ level: 'ERROR', message, service, error: { message: failureOf(error).message } });
}

function environmentOf(
  { node, podsReady, environment, settings }: WorldOptions,
  { kind, kubelet }: LocalCluster,
  { endpoints }: LocalAws,
): Readonly<Record<string, string>> {
  const simulated = kind === 'foreign';
  const localNode = { name: node, simulated, podsReady, hasGateway: kubelet !== undefined };
  return { ...functionEnvironment(localNode, endpoints, environment), ...settings };
}

function serveNode(
  { node, pace, kubeletHost: host = '127.0.0.1' }: WorldOptions,
  { authority, clientAuthorities }: KubeletPlace,
  environment: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Promise<LocalGateway> {
  const subject = { commonName: `system:node:${node}`, organisations: ['system:nodes'], hosts: [host] };
  const serving = authority.issue({ subject, usage: 'server' });
  const { periodMs: usePeriodMs } = INSIGHTS[pace];
  return startGateway({ host, clientAuthorities, serving, usePeriodMs }, environment, onLine);
}

function createFunctions(
  { settingsOf, moduleOf = sourceOf }: WorldOptions,
  aws: LocalAws,
  variables: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): ReadonlyMap<FunctionName, LocalFunction> {
  return new Map(
    FUNCTION_NAMES.map((name) => {
      const timeoutMs = FUNCTION_SHAPES[name].timeoutSeconds * 1000;
      const own = { ...variables, ...settingsOf?.(name) };
      const stream = logStreamOf(name, Date.now());
      const toCloud = (line: string): void =>
        aws.models.logs.sink.write({
          group: NAMES.functionLogGroup(name),
          stream,
          text: line,
          at: Date.now(),
        });
      const both = (line: string): void => {
        onLine(line);
        toCloud(line);
      };
      const shape = { name, module: moduleOf(name), timeoutMs, environment: own, onLine: both };
      return [name, createFunction(shape)];
    }),
  );
}

/** One for each function, where Lambda has one for each of its execution environments. */
function logStreamOf(name: FunctionName, now: number): string {
  return `${new Date(now).toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${name}`;
}

function functionNamed(
  functions: ReadonlyMap<FunctionName, LocalFunction>,
  name: FunctionName,
): LocalFunction {
  const found = functions.get(name);
  if (found === undefined) throw new Error(`${name} is not a function`);
  return found;
}

/** A clone runs its sources, the published package its bundles. */
function sourceOf(name: FunctionName): string {
  const file = import.meta.filename.endsWith('.ts') ? `${name}.ts` : join(name, 'index.mjs');
  return pathToFileURL(join(import.meta.dirname, '../../functions', file)).href;
}
