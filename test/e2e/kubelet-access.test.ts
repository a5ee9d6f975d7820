import { request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../lib/local/api-server/server/self-signed-certificate.ts';
import type { World } from '../../lib/local/world/world.ts';
import { findAssets } from '../support/start-control-plane.ts';
import { isRunning, openNamespace, openWorld, podOf } from './world-under-test.ts';

/** Every route of the kubelet API, and what it needs of the node. */
const ROUTES = [
  ['GET', '/containerLogs/secrets/web/main', 'get', '[proxy]'],
  ['GET', '/containerLogs/secrets/web/main?follow=true', 'get', '[proxy]'],
  ['GET', '/containerLogs/secrets/none/main', 'get', '[proxy]'],
  ['GET', '/pods', 'get', '[pods proxy]'],
  ['GET', '/runningpods/', 'get', '[pods proxy]'],
  ['GET', '/healthz', 'get', '[healthz proxy]'],
  ['GET', '/stats/summary', 'get', '[stats]'],
  ['GET', '/metrics/resource', 'get', '[metrics]'],
  ['GET', '/exec/secrets/web/main?command=id&output=1', 'create', '[proxy]'],
  ['POST', '/exec/secrets/web/main?command=id&output=1', 'create', '[proxy]'],
  ['POST', '/attach/secrets/web/main?output=1', 'create', '[proxy]'],
  ['POST', '/portForward/secrets/web?port=80', 'create', '[proxy]'],
  ['GET', '/nothing', 'get', '[proxy]'],
] as const;

interface Answer {
  readonly status: number;
  readonly body: string;
}

const assets = findAssets();
if ('missing' in assets) {
  console.warn(`SKIPPED: rights on the kubelet API on a real control plane: ${assets.missing}`);
  describe('the kubelet API on a real control plane', () => {
    it.skip(`was not tested: ${assets.missing}`, () => undefined);
  });
} else {
  describe('the kubelet API on a real control plane', { timeout: 60_000 }, () => {
    let world: World;
    let endpoint: { readonly host: string; readonly port: number };
    beforeAll(async () => {
      world = await openWorld({ cluster: { kind: 'assets', folder: assets.folder } });
      const pods = await openNamespace(world, 'secrets');
      await pods.create(podOf('web', 'echo top secret; sleep 3600'));
      await pods.until('web', 'runs', isRunning);
      endpoint = await endpointOf(world);
    }, 120_000);
    afterAll(() => world.close());

    const ask = (method: string, path: string, options: RequestOptions = {}): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const ca = world.cluster.kubelet?.authority.certificate;
        request({ ...endpoint, ca, agent: false, method, path, ...options }, (answer) => {
          void text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
        })
          .on('error', reject)
          .end();
      });
    const withToken = (token: string): RequestOptions => ({ headers: { authorization: `Bearer ${token}` } });
    const certificateOf = (commonName: string, ...organisations: readonly string[]): RequestOptions => {
      const subject = { commonName, organisations };
      const issued = world.cluster.kubelet?.authority.issue({ subject, usage: 'client' });
      return { cert: issued?.certificate, key: issued?.key };
    };
    /** A service account with these rights on nodes, and its token. */
    const account = async (name: string, rules: readonly object[]): Promise<string> => {
      const { user } = world;
      const metadata = { name };
      await user.demand('POST', '/api/v1/namespaces/secrets/serviceaccounts', { metadata });
      await user.demand('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata, rules });
      await user.demand('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', namespace: 'secrets', name }],
      });
      const path = `/api/v1/namespaces/secrets/serviceaccounts/${name}/token`;
      const given = await user.demand('POST', path, { spec: {} });
      return (given as { readonly status: { readonly token: string } }).status.token;
    };
    const onNodes = (resource: string, ...verbs: readonly string[]) => [
      { apiGroups: [''], resources: [`nodes/${resource}`], verbs },
    ];

    it('tells whom nobody knows nothing, at any route', async () => {
      const stranger = createAuthority('lambdalet-local-kubelets').issue({
        subject: { commonName: 'kube-apiserver-kubelet-client', organisations: ['system:masters'] },
        usage: 'client',
      });
      const callers: readonly RequestOptions[] = [
        {},
        withToken('wrong'),
        withToken(''),
        { headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } },
        { cert: stranger.certificate, key: stranger.key },
      ];
      for (const [method, path] of ROUTES)
        for (const caller of callers)
          expect(await ask(method, path, caller)).toEqual({ status: 401, body: 'Unauthorized\n' });
    });

    it('tells whom nothing was granted nothing, at any route', async () => {
      const user = 'system:serviceaccount:secrets:powerless';
      const callers = [
        [user, withToken(await account('powerless', []))],
        ['someone', certificateOf('someone', 'system:authenticated')],
      ] as const;
      for (const [method, path, verb, subresources] of ROUTES)
        for (const [name, caller] of callers)
          expect(await ask(method, path, caller)).toEqual({
            status: 403,
            body: `Forbidden (user=${name}, verb=${verb}, resource=nodes, subresource(s)=${subresources})\n`,
          });
    });

    it('shows a reader of nodes/proxy logs and pods, but lets him run nothing', async () => {
      const reader = withToken(await account('reader', onNodes('proxy', 'get')));
      expect(await ask('GET', '/containerLogs/secrets/web/main', reader)).toEqual({
        ...{ status: 200, body: 'top secret\n' },
      });
      expect(await ask('GET', '/healthz', reader)).toEqual({ status: 200, body: 'ok' });
      expect((await ask('GET', '/pods', reader)).body).toContain('"name":"web"');
      const webSocket = {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'v5.channel.k8s.io',
      };
      for (const path of ['/exec/secrets/web/main?command=id&output=1', '/attach/secrets/web/main?output=1'])
        for (const headers of [{}, webSocket])
          expect(
            await ask('GET', path, { headers: { ...(reader.headers as object), ...headers } }),
          ).toMatchObject({ status: 403 });
      expect(await ask('GET', '/metrics/resource', reader)).toMatchObject({ status: 403 });
    });

    it('shows a scraper metrics and nothing else', async () => {
      const scraper = withToken(await account('scraper', onNodes('metrics', 'get')));
      for (const [method, path] of ROUTES) {
        const { status } = await ask(method, path, scraper);
        if (path === '/metrics/resource') expect([200, 501]).toContain(status);
        else expect(status).toBe(403);
      }
    });

    it('shows who has one of the fine-grained rights that route', async () => {
      const lister = withToken(await account('lister', onNodes('pods', 'get')));
      expect(await ask('GET', '/pods', lister)).toMatchObject({ status: 200 });
      expect(await ask('GET', '/runningpods/', lister)).toMatchObject({ status: 200 });
      expect(await ask('GET', '/healthz', lister)).toMatchObject({ status: 403 });
    });
  });
}

async function endpointOf({ user, node }: World): Promise<{ readonly host: string; readonly port: number }> {
  const { status } = (await user.demand('GET', `/api/v1/nodes/${node}`)) as {
    readonly status: {
      readonly addresses: readonly { readonly address: string }[];
      readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
    };
  };
  return { host: status.addresses[0]?.address ?? '', port: status.daemonEndpoints.kubeletEndpoint.Port };
}
