import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ScanCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { FUNCTION_SHAPES } from '../../../infra/function-shapes.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../../infra/names.ts';
import { tableDefinition } from '../../../lib/adapters/dynamodb/table-definition.ts';
import type { NodeSettings } from '../../../lib/core/node-settings.ts';
import { startApiServer } from '../../../lib/local/api-server/server/start-api-server.ts';
import { createFunction, type LocalFunction } from '../../../lib/local/pumps/create-function.ts';
import { askCluster, type ClusterUser } from '../../../lib/local/world/ask-cluster.ts';
import { functionEnvironment, SECRET, TABLE } from '../../../lib/local/world/function-environment.ts';
import { readLogLine, type LogLine } from '../../../lib/local/world/open-log.ts';
import { startAws, type LocalAws } from '../../../lib/local/world/start-aws.ts';
import { startAnswerServer } from '../../support/answer-server.ts';

/** An item as DynamoDB stores it. */
export type StoredItem = Readonly<Record<string, AttributeValue>>;

/** The handlers as Lambda runs them, on their triggers, and the hands of those who deploy and operate them. */
export interface HandlerDeployment {
  readonly user: ClusterUser;
  readonly aws: LocalAws;
  /** Every line that a function logged, the newest last. */
  readonly lines: readonly LogLine[];
  /** New code and settings: invocations from now on are of it, those that run go on. */
  deploy(change: DeploymentChange): void;
  /** Lambda takes every execution environment away: whatever runs ends, the next invocations start cold. */
  recycle(): Promise<void>;
  /** No function is triggered any more. */
  stopTriggers(): void;
  /** CloudFormation deletes the custom resource of a node; resolves to its answer. */
  deleteNodeResource(node: string): Promise<Readonly<Record<string, unknown>>>;
  setSecret(text: string): void;
  readonly kubeconfig: string;
  readonly table: TableHands;
  close(): Promise<void>;
}

/** What a deployment changes. */
export interface DeploymentChange {
  readonly deployId: string;
  readonly nodes?: readonly string[];
}

/** The table in the hands of an operator. */
export interface TableHands {
  read(): Promise<readonly StoredItem[]>;
  put(items: readonly StoredItem[]): Promise<void>;
  /** An empty table of the same name takes its place. */
  recreate(): Promise<void>;
}

const SOURCES = join(import.meta.dirname, '../../../functions');

/** Starts cluster, account and functions; a beat comes each three seconds. */
export async function openDeployment(first: DeploymentChange): Promise<HandlerDeployment> {
  const cluster = await startApiServer();
  const { kubeconfig } = cluster;
  const aws = await startAws({ kubeconfig, pace: 'fast', environment: {} });
  const lines: LogLine[] = [];
  const onLine = (line: string): void => {
    const read = readLogLine(line);
    if (read !== undefined) lines.push(read);
  };
  const all: LocalFunction[] = [];
  let nodes = first.nodes ?? ['virtual-1'];
  let deployId = first.deployId;
  let areTriggersOn = true;
  const create = (): ReadonlyMap<FunctionName, LocalFunction> => {
    const node = { name: 'virtual-1', simulated: false, podsReady: true };
    const environment = functionEnvironment(node, aws.endpoints, {});
    const [template] = JSON.parse(environment['LAMBDALET_NODES'] ?? '[]') as [NodeSettings];
    const variables = {
      ...environment,
      LAMBDALET_DEPLOY_ID: deployId,
      LAMBDALET_NODES: JSON.stringify(nodes.map((name) => ({ ...template, name }))),
    };
    const created = FUNCTION_NAMES.map((name) => {
      const module = pathToFileURL(join(SOURCES, `${name}.ts`)).href;
      const timeoutMs = FUNCTION_SHAPES[name].timeoutSeconds * 1000;
      return [name, createFunction({ name, module, timeoutMs, environment: variables, onLine })] as const;
    });
    all.push(...created.map(([, made]) => made));
    return new Map(created);
  };
  let functions = create();
  const invoke = async (name: FunctionName, event: unknown): Promise<unknown> =>
    functions.get(name)?.invoke(event);
  aws.trigger((name, event) => (areTriggersOn ? invoke(name, event) : Promise.resolve()));
  const deploy = (change: DeploymentChange): void => {
    nodes = change.nodes ?? nodes;
    deployId = change.deployId;
    functions = create();
  };
  const dynamo = new DynamoDBClient({
    ...{ endpoint: aws.endpoints['AWS_ENDPOINT_URL_DYNAMODB']!, region: 'eu-west-1' },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    ...{ aws, lines, deploy, kubeconfig, user: askCluster(kubeconfig), table: handsOn(dynamo) },
    recycle: async () => {
      const old = all.splice(0);
      functions = create();
      await Promise.all(old.map((one) => one.close()));
    },
    stopTriggers: () => void (areTriggersOn = false),
    setSecret: (SecretString) =>
      void aws.models.secretsManager.handle(
        'PutSecretValue',
        { SecretId: SECRET, SecretString, ClientRequestToken: crypto.randomUUID() },
        Date.now(),
      ),
    deleteNodeResource: async (node) => {
      const server = await startAnswerServer(200);
      try {
        await invoke('node-teardown', deletionOf(node, server.url));
        return server.answers[0] ?? {};
      } finally {
        await server.close();
      }
    },
    close: async () => {
      areTriggersOn = false;
      await Promise.all(all.map((one) => one.close()));
      dynamo.destroy();
      await aws.close();
      await cluster.close();
    },
  };
}

function deletionOf(node: string, ResponseURL: string): object {
  return {
    ...{ RequestType: 'Delete', ResponseURL, StackId: 'stack', RequestId: `delete-${node}` },
    ...{ LogicalResourceId: `Node-${node}`, PhysicalResourceId: node, ResourceType: 'Custom::LambdaletNode' },
    ...{ ServiceToken: 'token', ResourceProperties: { ServiceToken: 'token', Node: node } },
  };
}

function handsOn(client: DynamoDBClient): TableHands {
  return {
    read: async () =>
      (await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }))).Items ?? [],
    put: async (items) => {
      for (let start = 0; start < items.length; start += 25) {
        const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
        await client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } }));
      }
    },
    recreate: async () => {
      await client.send(new DeleteTableCommand({ TableName: TABLE }));
      await client.send(new CreateTableCommand(tableDefinition(TABLE)));
    },
  };
}
