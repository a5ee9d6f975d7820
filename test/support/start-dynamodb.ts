import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../lib/local/dynamodb/create-table.ts';
import type { LocalDynamo } from '../../lib/local/dynamodb/start-dynalite.ts';

/** Where the program that runs AWS's DynamoDB Local is, or why it cannot run here. */
export type DynamoDbLocal = { readonly program: string } | { readonly missing: string };

/** Finds `../shared/dynamodb-local/run` and what it needs: Java and Maven. */
export function findDynamoDbLocal(): DynamoDbLocal {
  const program = resolve(import.meta.dirname, '../../../shared/dynamodb-local/run');
  if (!existsSync(program)) return { missing: '../shared/dynamodb-local/run is not there' };
  for (const tool of ['java', 'mvn']) {
    if (spawnSync(tool, ['-version'], { timeout: 30_000 }).error)
      return { missing: `${tool} is not on the PATH` };
  }
  return { program };
}

/** Starts DynamoDB Local in memory; the first start on a machine downloads it. */
export async function startDynamoDbLocal(program: string): Promise<LocalDynamo> {
  const port = await freePort();
  const child = spawn(program, [String(port)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const endIt = (): void => void child.kill('SIGTERM');
  process.once('exit', endIt);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const isReady = await new Promise<boolean>((done) => {
    createInterface(child.stdout).on('line', (line) => line.startsWith('ready:') && done(true));
    void ended.then(() => done(false));
  });
  if (!isReady) throw new Error(`DynamoDB Local ended while starting: ${words}`);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      process.removeListener('exit', endIt);
      endIt();
      await ended;
    },
  };
}

/** A client for a DynamoDB on loopback: no wait between tries, so that tests of errors are quick. */
export function clientFor(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 2 });
}

/** A new empty table and a client for it. */
export async function openFreshTable(endpoint: string): Promise<{ client: DynamoDBClient; table: string }> {
  const client = clientFor(endpoint);
  const table = `lambdalet-${randomUUID()}`;
  await createTable(client, table);
  return { client, table };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
