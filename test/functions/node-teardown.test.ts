import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { wireNodeTeardown } from '../../lib/wiring.ts';
import { startAnswerServer, type AnswerServer } from '../support/answer-server.ts';
import { settingsEnvironment } from '../support/settings-environment.ts';

let server: AnswerServer | undefined;
beforeEach(() => {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
});

async function request(
  kind: 'Create' | 'Delete',
  environment: Record<string, string | undefined>,
  status = 200,
): Promise<AnswerServer> {
  server = await startAnswerServer(status);
  const event = {
    RequestType: kind,
    ResponseURL: server.url,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Node',
    ResourceType: 'Custom::LambdaletNode',
    ServiceToken: 'token',
    PhysicalResourceId: 'virtual',
    ResourceProperties: { ServiceToken: 'token', Node: 'virtual' },
  } as CloudFormationCustomResourceEvent;
  const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
  await wireNodeTeardown(environment)(event, context);
  return server;
}

describe('the custom resource of a node', () => {
  it('never keeps a stack from being deleted, even with settings that cannot be used', async () => {
    const { answers, contentTypes } = await request('Delete', { AWS_REGION: 'eu-west-1' });
    expect(answers).toMatchObject([
      {
        Status: 'SUCCESS',
        PhysicalResourceId: 'virtual',
        StackId: 'stack',
        RequestId: 'request',
        LogicalResourceId: 'Node',
      },
    ]);
    expect(String(answers[0]?.['Reason'])).toMatch(/LAMBDALET_CLUSTER is not set/);
    expect(contentTypes, 'the presigned URL is signed for an empty content type').toEqual(['']);
  });

  it('fails a creation whose table cannot be written, with the reason', async () => {
    const { answers } = await request('Create', {
      ...settingsEnvironment(),
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
    expect(answers).toMatchObject([{ Status: 'FAILED', PhysicalResourceId: 'virtual' }]);
    expect(String(answers[0]?.['Reason'])).not.toBe('');
  });

  it('rejects when the answer was not taken, so that Lambda runs it again', async () => {
    await expect(request('Delete', {}, 403)).rejects.toThrow(/HTTP 403/);
  });
});
