import { afterEach, describe, expect, it } from 'vitest';
import { createKubernetes } from '../../../lib/adapters/kubernetes/create-kubernetes.ts';
import { createAuthority } from '../../../lib/local/api-server/server/self-signed-certificate.ts';
import { startScriptServer, type ScriptedAnswer } from '../../support/script-server.ts';
import { quietTools } from '../../support/quiet-tools.ts';

const CLIENTS = createAuthority('the CA of clients').certificate;
const SERVERS = createAuthority('the CA of servers').certificate;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** What is trusted of a cluster whose own certificate another authority has signed. */
async function readFrom(answer: ScriptedAnswer): Promise<{ read: string | undefined; paths: string[] }> {
  const server = await startScriptServer(() => answer);
  open.push(server);
  const access = { endpoint: { url: server.url, ca: SERVERS }, headers: {} };
  const identity = { current: () => Promise.resolve(access), renewed: () => Promise.resolve(access) };
  const clock = { ...quietTools.clock, sleep: () => Promise.resolve() };
  const { authorities } = createKubernetes({ ...quietTools, clock, identity, impersonateNodes: false });
  const read = await authorities.read();
  return { read, paths: server.seen.map(({ method, path }) => `${method} ${path}`) };
}

describe('the authorities of client certificates', () => {
  it('are those that the API server publishes, each once, and never that of its own certificate', async () => {
    const data = {
      'client-ca-file': `# the CA\n${CLIENTS}\n${CLIENTS}`,
      'requestheader-client-ca-file': SERVERS,
    };
    const { read, paths } = await readFrom({ status: 200, body: { data } });
    expect(read).toBe(CLIENTS.trim());
    expect(paths).toEqual([
      'GET /api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication',
    ]);
  });

  it.each<[string, ScriptedAnswer]>([
    ['may not be read', { status: 403, body: {} }],
    ['are not there', { status: 404, body: {} }],
    ['are asked for with credentials that are refused', { status: 401, body: {} }],
    ['are not published, because no client certificate is good', { status: 200, body: { data: {} } }],
    ['are an empty text', { status: 200, body: { data: { 'client-ca-file': '' } } }],
  ])('are none where they %s', async (_, answer) => {
    expect((await readFrom(answer)).read).toBeUndefined();
  });

  it('are not known while the API server fails', async () => {
    await expect(readFrom({ status: 500, body: {} })).rejects.toThrow();
  });
});
