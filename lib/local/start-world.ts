import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FUNCTION_SHAPES } from '../../infra/function-shapes.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../infra/names.ts';
import { failureOf } from '../core/failure.ts';
import { createFunction, type LocalFunction } from './pumps/create-function.ts';
import type { EcsTimings } from './aws/ecs/ecs-timings.ts';
import type { Pace } from './read-options.ts';
import { askCluster } from './world/ask-cluster.ts';
import { demandFreeName } from './world/demand-free-name.ts';
import { functionEnvironment, NAMES, userCredentials } from './world/function-environment.ts';
import { describeError, openLog } from './world/open-log.ts';
import { startAws, type LocalAws } from './world/start-aws.ts';
import { startCluster, type ClusterChoice } from './world/start-cluster.ts';
import type { World } from './world/world.ts';

/** What a world should be. */
export interface WorldOptions {
  readonly cluster: ClusterChoice;
  readonly node: string;
  readonly podsReady: boolean;
  readonly pace: Pace;
  /** The user's variables: endpoints in it are used instead of our own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables of the functions that differ from the usual. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Seconds until a task event that failed is delivered again; by default what the pace says. */
  readonly redeliveryS?: number;
  /** How long tasks take for each step; by default what the pace says. */
  readonly timings?: EcsTimings;
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
    const functions = createFunctions(options, cluster.kind, aws, log.write);
    opened.push(async () => {
      await Promise.all([...functions.values()].map((one) => one.close()));
    });
    const invoke: World['invoke'] = async (name, event) => {
      try {
        return await functionNamed(functions, name).invoke(event);
      } catch (error) {
        // What was cut off by the end of the world did not fail.
        if (opened.length > 0) log.write(failedInvocation(name, error));
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

/** The line that Lambda itself writes when a handler could not be loaded, threw, or took too long. */
function failedInvocation(name: FunctionName, error: unknown): string {
  const { message } = failureOf(error);
  return JSON.stringify({
    level: 'ERROR',
    message: 'The invocation failed',
    service: name,
    error: { message },
  });
}

function createFunctions(
  { node, podsReady, environment, settings = {}, moduleOf = sourceOf }: WorldOptions,
  kind: ClusterChoice['kind'],
  aws: LocalAws,
  onLine: (line: string) => void,
): ReadonlyMap<FunctionName, LocalFunction> {
  const localNode = { name: node, simulated: kind === 'foreign', podsReady };
  const variables = { ...functionEnvironment(localNode, aws.endpoints, environment), ...settings };
  return new Map(
    FUNCTION_NAMES.map((name) => {
      const timeoutMs = FUNCTION_SHAPES[name].timeoutSeconds * 1000;
      const shape = { name, module: moduleOf(name), timeoutMs, environment: variables, onLine };
      return [name, createFunction(shape)];
    }),
  );
}

function functionNamed(
  functions: ReadonlyMap<FunctionName, LocalFunction>,
  name: FunctionName,
): LocalFunction {
  const found = functions.get(name);
  if (found === undefined) throw new Error(`${name} is not a function`);
  return found;
}

function sourceOf(name: FunctionName): string {
  return pathToFileURL(join(import.meta.dirname, '../../functions', `${name}.ts`)).href;
}
