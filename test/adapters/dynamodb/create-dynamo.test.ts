import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDynamo, createDynamoClient } from '../../../lib/adapters/dynamodb/create-dynamo.ts';
import { pagesOf } from '../../contract/pod-pages.ts';
import { createMemoryTelemetry } from '../../memory/memory-telemetry.ts';

const local = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

function setEnvironment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

afterEach(() => vi.unstubAllEnvs());

describe('the client of the table', () => {
  it('finds its endpoint in the environment, sends a read three times and calls the server error transient', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.writeHead(500).end('{"__type":"InternalServerError","message":"try later"}');
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    setEnvironment({ ...local, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` });
    const { records } = createDynamo({ table: 'pods', cluster: 'main', telemetry: createMemoryTelemetry() });
    await expect(pagesOf(records.list('a'))).rejects.toMatchObject({
      failure: { kind: 'transient', message: 'DynamoDB table pods in Region eu-west-1: try later' },
    });
    expect(requests).toBe(3);
    server.closeAllConnections();
    server.close();
  });

  it('calls a change to a server that is not there a failure, and gives up a silent one after 5 seconds', async () => {
    setEnvironment({ ...local, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' });
    const client = createDynamoClient();
    const { marks } = createDynamo({
      client,
      table: 'pods',
      cluster: 'main',
      telemetry: createMemoryTelemetry(),
    });
    await expect(marks.setClosing('a', true)).rejects.toMatchObject({
      failure: { code: 'ECONNREFUSED', message: expect.stringContaining('ECONNREFUSED') as unknown },
    });
    // The handler resolves its options with the first request.
    const handler = client.config.requestHandler as unknown as { httpHandlerConfigs(): object };
    expect(handler.httpHandlerConfigs()).toMatchObject({
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
    });
  });
});
