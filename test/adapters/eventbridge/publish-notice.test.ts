import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { podNoticeDetailTypes } from '../../../events/pod-notice.ts';
import type { PodNotice, PodNoticeKind } from '../../../events/pod-notice.ts';
import { createEventBridgeClient, createNotices } from '../../../lib/adapters/eventbridge/publish-notice.ts';
import { createMemoryTelemetry, expectLogged } from '../../memory/memory-telemetry.ts';

const TASK = 'arn:aws:ecs:eu-west-1:123456789012:task/main/0123';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

function noticeOf(kind: PodNoticeKind, more: Partial<PodNotice> = {}): PodNotice {
  const pod = { namespace: 'shop', name: 'web', uid: 'u-1' };
  return { schemaVersion: 1, kind, cluster: 'main', node: 'a', pod, attempt: 1, ...more };
}

/** A server that answers every PutEvents with `status` and `body` and keeps what it was sent. */
async function serve(status: number, body: object) {
  const entries: Record<string, unknown>[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      requests += 1;
      entries.push(...(JSON.parse(text) as { Entries: Record<string, unknown>[] }).Entries);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const telemetry = createMemoryTelemetry();
  const client = new EventBridgeClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  const notices = createNotices({ client, bus: 'pods', telemetry });
  return { entries, endpoint, telemetry, notices, requests: () => requests };
}

const closers: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) close();
});

const accepted = { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] };

describe('publishing a notice', () => {
  it.each(Object.entries(podNoticeDetailTypes))('sends %s as "%s"', async (kind, detailType) => {
    const { notices, entries, telemetry } = await serve(200, accepted);
    const notice = noticeOf(kind as PodNoticeKind, { taskArn: TASK });
    await notices.publish(notice);
    expect(entries).toEqual([
      {
        EventBusName: 'pods',
        Source: 'lambdalet.pod',
        DetailType: detailType,
        Detail: JSON.stringify(notice),
        Resources: [TASK],
      },
    ]);
    expect(telemetry.lines).toEqual([]);
  });

  it('names no resource when no task was ever started', async () => {
    const { notices, entries } = await serve(200, accepted);
    await notices.publish(noticeOf('refused'));
    expect(entries[0]).not.toHaveProperty('Resources');
  });

  it('warns of an entry that was refused, though the answer is 200', async () => {
    const refusal = { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'not yours' };
    const { notices, telemetry } = await serve(200, { FailedEntryCount: 1, Entries: [refusal] });
    await notices.publish(noticeOf('running', { taskArn: TASK }));
    expectLogged(telemetry, 'warn', 'was not published', {
      kind: 'running',
      uid: 'u-1',
      attempt: 1,
      task: TASK,
      bus: 'pods',
      code: 'NotAuthorizedForSourceException',
      reason: 'not yours',
    });
  });

  it.each([
    ['an error of the server', 500],
    ['a missing bus', 400],
  ])('warns of %s and throws nothing', async (_, status) => {
    const { notices, telemetry } = await serve(status, {
      __type: 'ResourceNotFoundException',
      message: 'no bus',
    });
    await notices.publish(noticeOf('launched'));
    const line = expectLogged(telemetry, 'warn', 'was not published', { task: 'none' });
    expect(line.fields['error']).toBeInstanceOf(Error);
  });

  it('finds its endpoint in AWS_ENDPOINT_URL_EVENTBRIDGE and sends twice at most', async () => {
    const bench = await serve(500, {});
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', bench.endpoint);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    expect(await createEventBridgeClient().config.maxAttempts()).toBe(2);
    const notices = createNotices({ bus: 'pods', telemetry: bench.telemetry });
    await notices.publish(noticeOf('launched'));
    expect(bench.requests()).toBe(2);
    expectLogged(bench.telemetry, 'warn', 'was not published');
  });
});
