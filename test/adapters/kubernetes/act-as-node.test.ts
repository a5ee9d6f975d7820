import { describe, expect, it } from 'vitest';
import { createKubernetes, type Kubernetes } from '../../../lib/adapters/kubernetes/create-kubernetes.ts';
import type { Access } from '../../../lib/adapters/kubernetes/identity.ts';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import type { ClusterEvent } from '../../../lib/ports/events.ts';
import { type ScriptedAnswer, type SeenRequest, startScriptServer } from '../../support/script-server.ts';
import { quietTools } from '../../support/quiet-tools.ts';
import { failureFrom } from './ask-script.ts';

const POD: Pod = {
  metadata: { namespace: 'shop', name: 'web', uid: 'u-1', resourceVersion: '1' },
  spec: { containers: [], nodeName: 'fargate' },
};
const EVENT: ClusterEvent = {
  ...{ type: 'Normal', reason: 'Started', message: 'started' },
  about: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u-1' },
};
const TOKEN = { token: 't', expirationTimestamp: '2026-11-22T12:00:00Z' };
const LEASE = { metadata: { name: 'fargate', uid: 'u', resourceVersion: '1' } };
const BODY = {
  ...{
    metadata: { uid: 'u-1', resourceVersion: '5' },
    spec: { containers: [] },
    items: [],
    gitVersion: 'v1.36.0',
    status: TOKEN,
  },
};

type Answer = (request: SeenRequest, index: number) => ScriptedAnswer;

/** The ports of a cluster whose nodes are impersonated, and what was asked by whom. */
async function askAsNodes(answer: Answer, access: Partial<Access> = {}) {
  const server = await startScriptServer(answer);
  let renewals = 0;
  const first = { endpoint: { url: server.url }, headers: { authorization: 'Bearer 0' }, ...access };
  const identity = {
    current: () => Promise.resolve(first),
    renewed: (refused: Access) => {
      expect(refused).toBe(first);
      renewals += 1;
      return Promise.resolve({ ...first, headers: { authorization: `Bearer ${renewals}` } });
    },
  };
  const clock = { ...quietTools.clock, sleep: () => Promise.resolve() };
  const ports = createKubernetes({ ...quietTools, clock, identity, impersonateNodes: true });
  const askers = (): string[] =>
    server.seen.map(({ method, path, headers }) => {
      const user = headers['impersonate-user'] ?? 'own';
      const group = headers['impersonate-group'] ?? 'own';
      return `${method} ${path} ${[user, group].join(' in ')}`;
    });
  return { ports, server, askers, connections: server.connections };
}

const AS_NODE = 'system:node:fargate in system:nodes';
const OWN = 'own in own';

const KUBELET_CALLS: readonly (readonly [what: string, call: (ports: Kubernetes) => Promise<unknown>])[] = [
  ['reads its Node', ({ nodes }) => nodes.get('fargate')],
  ['makes its Node', ({ nodes }) => nodes.create({ metadata: { name: 'fargate' } })],
  ['writes the status of its Node', ({ nodes }) => nodes.patchStatus('fargate', {})],
  ['labels its Node', ({ nodes }) => nodes.patchMetadata('fargate', { labels: { a: 'b' } })],
  ['cordons its Node', ({ nodes }) => nodes.cordon('fargate')],
  ['reads its Lease', ({ leases }) => leases.get('fargate')],
  ['renews its Lease', ({ leases }) => leases.renew(LEASE as never, 0, undefined)],
  ['removes its Lease', ({ leases }) => leases.remove('fargate')],
  ['lists its pods', async ({ pods }) => pods.list('fargate')[Symbol.asyncIterator]().next()],
  ['looks at a pod', ({ pods }) => pods.get('shop', 'web', 'fargate')],
  ['writes the status of a pod', ({ pods }) => pods.patchStatus(POD, { phase: 'Running' })],
  ['removes a pod', ({ pods }) => pods.remove({ namespace: 'shop', name: 'web', uid: 'u-1' }, 'fargate')],
  ['reads a ConfigMap', ({ objects }) => objects.configMap('shop', 'web', 'fargate')],
  ['reads a Secret', ({ objects }) => objects.secret('shop', 'web', 'fargate')],
  ['reads a claim', ({ objects }) => objects.claim('shop', 'web', 'fargate')],
  ['lists Services', ({ objects }) => objects.services('shop', 'fargate')],
  ['asks for a token', ({ objects }) => objects.token(POD, { audience: '', expirationSeconds: 600 })],
  ['writes an event', ({ events }) => events.publish(EVENT, 'fargate', 0)],
];

const OWN_CALLS: typeof KUBELET_CALLS = [
  ['deletes a Node', ({ nodes }) => nodes.remove('fargate')],
  ['reads a service account', ({ objects }) => objects.serviceAccount('shop', 'web')],
  ['lists network policies', ({ objects }) => objects.networkPolicies('shop')],
  ['tells the cluster from others', ({ cluster }) => cluster.identity()],
  ['reads the version', ({ cluster }) => cluster.version()],
];

describe('where nodes are impersonated', () => {
  it.each(KUBELET_CALLS)('a node %s itself', async (_what, call) => {
    const { ports, server, askers } = await askAsNodes(() => ({ status: 200, body: BODY }));
    await call(ports);
    await server.close();
    expect(askers().length).toBeGreaterThan(0);
    for (const asker of askers()) expect(asker).toContain(AS_NODE);
  });

  it.each(OWN_CALLS)('the functions themselves do it: whoever %s', async (_what, call) => {
    const { ports, server, askers } = await askAsNodes(() => ({ status: 200, body: BODY }));
    await call(ports);
    await server.close();
    expect(askers()).toEqual([expect.stringContaining(OWN)]);
  });

  it('a node watches its pods itself', async () => {
    const { ports, server, askers } = await askAsNodes(() => ({ pieces: [], then: 'end' }));
    for await (const event of ports.pods.watch('fargate', '1', AbortSignal.timeout(5_000)))
      expect.fail(event.kind);
    await server.close();
    expect(askers()).toEqual([`GET /api/v1/pods ${AS_NODE}`]);
  });

  it('only the count of an event is read by the functions themselves', async () => {
    const { ports, server, askers } = await askAsNodes(({ method }) =>
      method === 'POST' ? { status: 409 } : { status: 200, body: { count: 1 } },
    );
    await ports.events.publish(EVENT, 'fargate', 0);
    await server.close();
    expect(askers().map((asker) => asker.replace(/ \S+events\S*/, ''))).toEqual([
      `POST ${AS_NODE}`,
      `GET ${OWN}`,
      `PATCH ${AS_NODE}`,
    ]);
  });

  it('each node is asked for as itself, over the same connections', async () => {
    const { ports, server, askers, connections } = await askAsNodes(() => ({ status: 404 }));
    await ports.nodes.get('one');
    await ports.nodes.get('two');
    await ports.objects.serviceAccount('shop', 'web');
    const used = connections();
    await server.close();
    expect(askers().map((asker) => asker.split(' ')[2])).toEqual([
      'system:node:one',
      'system:node:two',
      'own',
    ]);
    expect(used).toBe(1);
  });

  it('a pod is looked up by a list of those of the node: a missing one would be forbidden', async () => {
    const { ports, server } = await askAsNodes(() => ({ status: 200, body: { items: [POD] } }));
    expect(await ports.pods.get('shop', 'web', 'fargate')).toEqual(POD);
    await server.close();
    expect(server.seen).toMatchObject([
      {
        path: '/api/v1/namespaces/shop/pods',
        query: { fieldSelector: 'metadata.name=web,spec.nodeName=fargate' },
      },
    ]);
  });

  it('a pod that is not bound to the node is absent', async () => {
    const { ports, server } = await askAsNodes(() => ({ status: 200, body: { items: [] } }));
    expect(await ports.pods.get('shop', 'web', 'fargate')).toBeUndefined();
    await server.close();
  });

  const forbidden = {
    status: 403,
    body: { message: 'node "fargate" can only delete pods with spec.nodeName' },
  };
  const removal = ({ pods }: Kubernetes) =>
    pods.remove({ namespace: 'shop', name: 'web', uid: 'u-1' }, 'fargate');
  const patch = ({ pods }: Kubernetes) => pods.patchStatus(POD, { phase: 'Running' });

  it('a write that is forbidden because the name is on another node by now finds the pod gone', async () => {
    const { ports, server } = await askAsNodes(({ method }) =>
      method === 'GET' ? { status: 200, body: { items: [] } } : forbidden,
    );
    expect(await removal(ports)).toBe('gone');
    expect(await patch(ports)).toEqual({ kind: 'gone' });
    await server.close();
  });

  it('a write that is forbidden although the pod is there fails as auth', async () => {
    const { ports, server } = await askAsNodes(({ method }) =>
      method === 'GET' ? { status: 200, body: { items: [POD] } } : forbidden,
    );
    expect(await failureFrom(removal(ports))).toMatchObject({ kind: 'auth', code: '403' });
    expect(await failureFrom(patch(ports))).toMatchObject({ kind: 'auth', code: '403' });
    await server.close();
  });

  it('a removal of a pod that is there, but not known to the admission yet, is to be tried again', async () => {
    const { ports, server } = await askAsNodes(({ method }) =>
      method === 'GET' ? { status: 200, body: { items: [POD] } } : { status: 404 },
    );
    expect(await failureFrom(removal(ports))).toMatchObject({ kind: 'transient', code: '404' });
    await server.close();
  });

  it('a removal finds the pod gone that is not found, and not there', async () => {
    const { ports, server } = await askAsNodes(({ method }) =>
      method === 'GET' ? { status: 200, body: { items: [] } } : { status: 404 },
    );
    expect(await removal(ports)).toBe('gone');
    await server.close();
  });

  it('what a new pod refers to is asked for again while the authorizer has not heard of the pod', async () => {
    const unrelated = {
      message: `secrets "a" is forbidden: no relationship found between node 'fargate' and this`,
    };
    const { ports, server } = await askAsNodes((_request, index) =>
      index < 2 ? { status: 403, body: unrelated } : { status: 200, body: { data: {} } },
    );
    expect(await ports.objects.secret('shop', 'a', 'fargate')).toEqual({
      kind: 'found',
      value: { data: {} },
    });
    await server.close();
  });

  it('what no pod of the node refers to stays unreadable, in the words of the server', async () => {
    const message = `secrets "a" is forbidden: no relationship found between node 'fargate' and this object`;
    const { ports, server } = await askAsNodes(() => ({ status: 403, body: { message } }));
    expect(await ports.objects.secret('shop', 'a', 'fargate')).toEqual({ kind: 'unreadable', message });
    expect(server.seen).toHaveLength(3);
    await server.close();
  });

  it('what one node has read is not given to another', async () => {
    const { ports, server, askers } = await askAsNodes(() => ({ status: 200, body: { data: {} } }));
    await ports.objects.secret('shop', 'a', 'one');
    await ports.objects.secret('shop', 'a', 'two');
    await server.close();
    expect(askers()).toHaveLength(2);
  });

  it('a refused credential is renewed as that of the functions, and the node asks again', async () => {
    const { ports, server } = await askAsNodes((_request, index) => ({ status: index === 0 ? 401 : 404 }));
    expect(await ports.nodes.get('fargate')).toBeUndefined();
    await server.close();
    expect(server.seen.map(({ headers }) => [headers.authorization, headers['impersonate-user']])).toEqual([
      ['Bearer 0', 'system:node:fargate'],
      ['Bearer 1', 'system:node:fargate'],
    ]);
  });

  it('a kubeconfig that impersonates someone already is refused, with the way out', async () => {
    const { ports, server } = await askAsNodes(() => ({ status: 200, body: BODY }), {
      headers: { 'impersonate-user': 'robot' },
    });
    const failure = await failureFrom(ports.nodes.get('fargate'));
    await server.close();
    expect(failure).toMatchObject({ kind: 'auth', code: 'KubeconfigRefused' });
    expect(failure.message).toContain('remove as and as-groups from the kubeconfig');
    expect(server.seen).toEqual([]);
  });
});

describe('where nodes are not impersonated', () => {
  it('everything is asked by the functions themselves', async () => {
    const server = await startScriptServer(() => ({ status: 200, body: BODY }));
    const access = { endpoint: { url: server.url }, headers: {} };
    const identity = { current: () => Promise.resolve(access), renewed: () => Promise.resolve(access) };
    const ports = createKubernetes({ ...quietTools, identity });
    for (const [, call] of [...KUBELET_CALLS, ...OWN_CALLS]) await call(ports);
    await server.close();
    for (const { headers } of server.seen) expect(headers).not.toHaveProperty('impersonate-user');
  });
});
