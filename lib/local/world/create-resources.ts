import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { FUNCTION_NAMES } from '../../../infra/names.ts';
import { failureOf } from '../../core/failure.ts';
import { createTable } from '../dynamodb/create-table.ts';
import type { Endpoints, ServiceVariable } from './choose-endpoints.ts';
import { FILES_BUCKET, NAMES, PLACE, SECRET, TABLE } from './function-environment.ts';

/** Of the pods and of each function. */
const LOG_GROUPS = [NAMES.podLogGroup, ...FUNCTION_NAMES.map(NAMES.functionLogGroup)];

/** How a client of one of the services is made. */
interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A client's configuration for one service of a world, with the credentials that the functions use there. */
export function clientConfig(endpoints: Endpoints, service: ServiceVariable): ClientConfig {
  const { url, isOurs, takesAny } = endpoints[service];
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { endpoint: url, region: PLACE.region, ...((isOurs || takesAny) && { credentials }) };
}

/**
 * Makes what the stacks would make and the functions cannot do without: the table, the secret with the kubeconfig, the bucket for
 * the files of pods, the log groups and the ECS cluster. What is there already is kept; a secret gets the new value.
 * @throws Error that names the endpoint at which it could not be done
 */
export async function createResources(endpoints: Endpoints, kubeconfig: string): Promise<void> {
  const make = async (
    service: ServiceVariable,
    create: (config: ClientConfig) => Promise<unknown>,
  ): Promise<void> => {
    try {
      await create(clientConfig(endpoints, service));
    } catch (error) {
      const { message } = failureOf(error);
      throw new Error(`${service}=${endpoints[service].url} cannot be used: ${message}`, { cause: error });
    }
  };
  await Promise.all([
    make('AWS_ENDPOINT_URL_DYNAMODB', (config) => createTable(new DynamoDBClient(config), TABLE)),
    make('AWS_ENDPOINT_URL_SECRETS_MANAGER', (config) =>
      storeSecret(new SecretsManagerClient(config), kubeconfig),
    ),
    make('AWS_ENDPOINT_URL_S3', (config) => createBucket(new S3Client(config))),
    make('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS', async (config) => {
      const client = new CloudWatchLogsClient(config);
      for (const group of LOG_GROUPS) await createLogGroup(client, group);
    }),
    // Our own emulator has its cluster from the start.
    endpoints.AWS_ENDPOINT_URL_ECS.isOurs ? undefined : make('AWS_ENDPOINT_URL_ECS', createCluster),
  ]);
}

async function storeSecret(client: SecretsManagerClient, text: string): Promise<void> {
  try {
    await client.send(new CreateSecretCommand({ Name: SECRET, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: SECRET, SecretString: text }));
  }
}

async function createBucket(client: S3Client): Promise<void> {
  try {
    await client.send(
      new CreateBucketCommand({
        Bucket: FILES_BUCKET,
        CreateBucketConfiguration: { LocationConstraint: PLACE.region },
      }),
    );
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}

async function createLogGroup(client: CloudWatchLogsClient, logGroupName: string): Promise<void> {
  try {
    await client.send(new CreateLogGroupCommand({ logGroupName }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ResourceAlreadyExistsException')) throw error;
  }
}

async function createCluster(config: ClientConfig): Promise<void> {
  await new ECSClient(config).send(new CreateClusterCommand({ clusterName: NAMES.ecsCluster }));
}
