import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundleGateway } from '../../infra/bundle-functions.ts';
import { startApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import { aNodeSetting, settingsEnvironment } from '../support/settings-environment.ts';

/** The folder of the bundle: nothing else is in it. */
const folder = mkdtempSync(join(tmpdir(), 'lambdalet-gateway-bundle-'));
const ADDRESS = '10.0.1.7';

let api: Awaited<ReturnType<typeof startApiServer>>;
let metadata: Server;
let gateway: ChildProcess;
let output = '';

beforeAll(async () => {
  bundleGateway(folder);
  api = await startApiServer({ controllers: 'none' });
  metadata = createServer((_, answer) =>
    answer.end(JSON.stringify({ Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: [ADDRESS] }] })),
  );
  await new Promise<void>((done) => metadata.listen(0, '127.0.0.1', done));
  const { port } = metadata.address() as AddressInfo;
  const cluster = (parse(api.kubeconfig) as { clusters: { cluster: Record<string, string> }[] }).clusters[0]
    ?.cluster;
  gateway = spawn(process.execPath, [join(folder, 'gateway/index.mjs')], {
    cwd: mkdtempSync(join(tmpdir(), 'lambdalet-empty-')),
    env: {
      ...settingsEnvironment(),
      LAMBDALET_GATEWAY: 'true',
      LAMBDALET_NODES: JSON.stringify([aNodeSetting({ name: 'node-a' }), aNodeSetting({ name: 'node-b' })]),
      LAMBDALET_IDENTITY: JSON.stringify({
        ...{ kind: 'eks', clusterName: 'c', endpoint: cluster?.['server'] },
        certificateAuthority: cluster?.['certificate-authority-data'],
      }),
      ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}`,
    },
  });
  for (const stream of [gateway.stdout, gateway.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise<void>((done, fail) => {
    gateway.stdout?.on('data', () => output.includes('The gateway serves') && done());
    gateway.once('exit', () => fail(new Error(output)));
  });
}, 60_000);
afterAll(async () => {
  gateway.kill('SIGKILL');
  metadata.close();
  await api.close();
});

/** Asks without a word on who is asking. */
function ask(
  port: number,
): Promise<{ readonly status: number | undefined; readonly names: string | undefined }> {
  return new Promise((done, fail) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/pods', rejectUnauthorized: false, agent: false },
      (answer) => {
        const { socket } = answer as unknown as {
          socket: { getPeerCertificate(): { subjectaltname?: string } };
        };
        const { subjectaltname: names } = socket.getPeerCertificate();
        answer.resume();
        done({ status: answer.statusCode, names });
      },
    );
    asked.once('error', fail);
    asked.end();
  });
}

describe('the bundle of the gateway, on Node.js alone', { timeout: 30_000 }, () => {
  it('turns away on the port of each node who shows nothing, and ends in peace when ECS stops the task', async () => {
    for (const port of [10_250, 10_251])
      expect(await ask(port)).toEqual({ status: 401, names: `IP Address:${ADDRESS}` });
    const ended = new Promise((done) => gateway.once('exit', (code, signal) => done({ code, signal })));
    gateway.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
  });
});
