import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bootstrapNames } from '../../infra/bootstrap/bootstrap-subject.ts';
import type { BootstrapInput } from '../../infra/render-bootstrap.ts';
import { type ApiCall, createApi } from '../../lib/adapters/kubernetes/call-api.ts';
import { tokenCall } from '../../lib/adapters/kubernetes/request-token.ts';
import { tokenIdentity } from '../../lib/adapters/kubernetes/token-identity.ts';
import { quietTools } from '../support/quiet-tools.ts';
import { type ControlPlane, findAssets, startControlPlane } from '../support/start-control-plane.ts';
import { clusterContract, eventsContract } from './cluster.contract.ts';
import { kubernetesOverHttp, optionsOf } from './kubernetes-over-http.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';
import { leasesContract } from './leases.contract.ts';
import { nodeReadsContract } from './node-reads.contract.ts';
import { nodesContract } from './nodes.contract.ts';
import { podDeletionContract } from './pod-deletion.contract.ts';
import { podStatusContract } from './pod-status.contract.ts';
import { podWatchContract } from './pod-watch.contract.ts';
import { podsContract } from './pods.contract.ts';
import * as rights from './rights-under-test.ts';

const assets = findAssets();
if ('folder' in assets) rightsStory(assets.folder);
else {
  console.warn(`SKIPPED: the rendered rights on a real kube-apiserver: ${assets.missing}`);
  describe('the rendered rights', () => {
    it.skip(`were not tested: ${assets.missing}`, () => undefined);
  });
}

function rightsStory(folder: string): void {
  let server: ControlPlane;
  beforeAll(async () => {
    server = await startControlPlane(folder);
  });
  afterAll(() => server.close());

  const INPUT = { nodeNames: rights.NODES, flowSchema: true } as const;

  /** Holds the ports to their contract with the rights that are rendered, and shows what else is allowed. */
  function story(
    name: string,
    input: Omit<BootstrapInput, keyof typeof INPUT>,
    more: (under: () => rights.RightsUnderTest, ports: () => KubernetesUnderTest) => void,
    identify?: Parameters<typeof rights.becomeSubject>[2],
  ): void {
    describe(name, () => {
      let under: rights.RightsUnderTest;
      let ports: KubernetesUnderTest;
      beforeAll(async () => {
        under = await rights.becomeSubject(server, { ...INPUT, ...input }, identify);
        const shared = {
          kubeconfig: server.kubeconfig,
          forgetHistory: () => server.restartServer(),
          close: () => Promise.resolve(),
        };
        ports = kubernetesOverHttp(shared, under.options);
      });
      for (const contract of [
        ...[podsContract, podStatusContract, podDeletionContract, podWatchContract],
        ...[nodesContract, leasesContract, clusterContract, eventsContract, nodeReadsContract],
      ])
        contract(() => ports);
      more(
        () => under,
        () => ports,
      );
    });
  }

  /** What each call would be answered with; none of them changes anything. */
  async function answersTo(
    { admin }: rights.RightsUnderTest,
    ask: (call: ApiCall) => Promise<number>,
  ): Promise<Readonly<Record<string, number>>> {
    const pod = await rights.putStrangers(admin, newName('stranger'));
    const answers: Record<string, number> = {};
    for (const [what, call] of Object.entries(rights.strangeCalls(pod)))
      answers[what] = await ask({ ...call, query: { dryRun: 'All' } });
    return answers;
  }

  const allForbidden = async (under: rights.RightsUnderTest, ask: (call: ApiCall) => Promise<number>) => {
    const answers = await answersTo(under, ask);
    expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((what) => [what, 403])));
  };

  story(
    'functions in a group that do everything as themselves',
    {
      ...{ clusterName: 'group', identityMode: 'eks' },
      ...{ impersonateNodes: false, admissionPolicy: false },
    },
    (under) => {
      it('are kept from what RBAC can name', async () => {
        const answers = await answersTo(under(), (call) => rights.statusOf(under().apis.own, call));
        const allowed = Object.keys(answers).filter((what) => answers[what] !== 403);
        expect(allowed).toEqual([
          'make the Lease of another node',
          'make another Node',
          'change the status of a pod of another node',
          'delete a pod of another node',
          'ask for a token that is bound to nothing',
        ]);
      });
    },
  );

  story(
    'a service account that does everything as itself, confined by the policy',
    {
      ...{ clusterName: 'account', identityMode: 'kubeconfig' },
      ...{ impersonateNodes: false, admissionPolicy: true },
    },
    (under) => {
      beforeAll(async () => {
        // The API server takes a policy up after a moment.
        const first: ApiCall = {
          ...{ method: 'POST', path: '/api/v1/nodes', query: { dryRun: 'All' } },
          body: { metadata: { name: 'worker-2' } },
        };
        const isActive = async () => expect(await rights.statusOf(under().apis.own, first)).toBe(403);
        await vi.waitFor(isActive, { timeout: 20_000, interval: 100 });
      }, 30_000);

      it('is kept from all that is not of its nodes', async () => {
        await allForbidden(under(), (call) => rights.statusOf(under().apis.own, call));
      });

      it('is kept neither from Secrets by name nor from tokens of pods of other nodes: docs/security.md says so', async () => {
        const calls = await rights.largestCalls(under().admin, newName('large'));
        for (const [what, call] of Object.entries(calls))
          expect(await rights.statusOf(under().apis.own, call), what).toBeLessThan(300);
      });

      it('may not change labels of a pod with its status', async () => {
        const { admin, apis } = under();
        const name = newName('labelled');
        const spec = { nodeName: 'node-1', containers: [{ name: 'main', image: 'registry.invalid/app:1' }] };
        const pods = '/api/v1/namespaces/default/pods';
        await admin.call({ method: 'POST', path: pods, body: { metadata: { name }, spec } });
        const patch = (metadata: object): ApiCall => ({
          ...{ method: 'PATCH', path: `${pods}/${name}/status` },
          contentType: 'application/merge-patch+json',
          body: { metadata },
        });
        expect(await rights.statusOf(apis.own, patch({ labels: { app: 'other' } }))).toBe(403);
        expect(await rights.statusOf(apis.own, patch({ annotations: { note: 'mine' } }))).toBe(200);
      });

      it('may not ask for a token of its own account: it does not renew it', async () => {
        const { namespace, serviceAccount } = bootstrapNames('account');
        const call = tokenCall(namespace, serviceAccount, { expirationSeconds: 600 });
        expect(await rights.statusOf(under().apis.own, call)).toBe(403);
      });
    },
  );

  describe('two virtual clusters of one Kubernetes cluster, in groups that the policy confines', () => {
    const neighbours = new Map<string, rights.RightsUnderTest>();
    const makeNode = (who: string, node: string): Promise<number> => {
      const call = { method: 'POST', path: '/api/v1/nodes', query: { dryRun: 'All' } } as const;
      const own = neighbours.get(who)?.apis.own ?? createApi(optionsOf(server.powerlessKubeconfig));
      return rights.statusOf(own, { ...call, body: { metadata: { name: node } } });
    };
    beforeAll(async () => {
      for (const clusterName of ['blue', 'green'])
        neighbours.set(
          clusterName,
          await rights.becomeSubject(server, {
            ...{ clusterName, nodeNames: [`${clusterName}-1`], identityMode: 'eks', flowSchema: true },
            ...{ impersonateNodes: false, admissionPolicy: true },
          }),
        );
      // The API server takes a policy up after a moment.
      const areActive = async () => {
        for (const who of ['blue', 'green']) expect(await makeNode(who, 'worker-2')).toBe(403);
      };
      await vi.waitFor(areActive, { timeout: 20_000, interval: 100 });
    }, 30_000);

    it.each([
      ['blue', 'green'],
      ['green', 'blue'],
    ])('%s makes its own node, and none of %s', async (who, other) => {
      expect(await makeNode(who, `${who}-1`)).toBe(201);
      expect(await makeNode(who, `${other}-1`)).toBe(403);
      const own = neighbours.get(who)?.apis.own;
      const status = (node: string) =>
        own && rights.statusOf(own, { method: 'GET', path: rights.pathOfNode(node) });
      expect(await status(`${who}-1`)).toBe(404);
      expect(await status(`${other}-1`)).toBe(403);
    });
  });

  /** The secret of the identity of kind `token`. */
  let stored = '';
  const toStored = (token: string): string =>
    JSON.stringify({
      ...{ server: server.url, serviceAccount: 'lambdalet-nodes/lambdalet-nodes', token },
      certificateAuthority: Buffer.from(server.certificateAuthority).toString('base64'),
    });
  const store = {
    read: () => Promise.resolve(stored),
    write: (text: string) => {
      stored = text;
      return Promise.resolve();
    },
  };

  story(
    'a token that renews itself, of functions that act as their nodes',
    {
      ...{ clusterName: 'nodes', identityMode: 'token' },
      ...{ impersonateNodes: true, admissionPolicy: true },
    },
    (under, ports) => {
      it('are kept, as a node, from all that is not of this node', async () => {
        await allForbidden(under(), (call) => rights.statusOf(under().apis.asNode('node-1'), call));
      });

      it('are kept, as themselves, from all of it', async () => {
        await allForbidden(under(), (call) => rights.statusOf(under().apis.own, call));
      });

      it('are kept, as a node, from what only pods of another node of theirs refer to', async () => {
        const secret = newName('secret');
        const pod = newName('pod');
        await ports().hands.putObject({ kind: 'Secret', metadata: { name: secret }, data: {} });
        const envFrom = [{ secretRef: { name: secret } }];
        const container = { name: 'main', image: 'registry.invalid/app:1', envFrom };
        await ports().hands.createPod({ name: pod, node: 'node-199', spec: { containers: [container] } });
        const objects = ports().newObjects();
        expect(await objects.secret('default', secret, 'node-199')).toMatchObject({ kind: 'found' });
        expect(await objects.secret('default', secret, 'node-198')).toMatchObject({ kind: 'unreadable' });
        const status = (node: string) =>
          rights.statusOf(under().apis.asNode(node), { method: 'GET', path: rights.pathOfPod(pod) });
        expect(await status('node-199')).toBe(200);
        expect(await status('node-198')).toBe(403);
      });

      it('are kept from Secrets that no pod of theirs refers to', async () => {
        const secret = newName('unrelated');
        await ports().hands.putObject({ kind: 'Secret', metadata: { name: secret }, data: {} });
        const call = { method: 'GET', path: rights.pathOfSecret(secret) } as const;
        expect(await rights.statusOf(under().apis.own, call)).toBe(403);
        expect(await rights.statusOf(under().apis.asNode('node-1'), call)).toBe(403);
      });

      it('are kept, as a node and as themselves, from tokens of pods of other nodes', async () => {
        const calls = await rights.largestCalls(under().admin, newName('large'));
        for (const [what, call] of Object.entries(calls))
          for (const api of [under().apis.own, under().apis.asNode('node-1')])
            expect(await rights.statusOf(api, call), what).toBe(403);
      });

      it('may be no other node, nor anyone else', async () => {
        const call = { method: 'GET', path: rights.pathOfNode(rights.STRANGER) } as const;
        const { apis, options } = under();
        expect(await rights.statusOf(apis.asNode(rights.STRANGER), call)).toBe(403);
        const { endpoint, headers } = await options.identity.current();
        const actAs = (user: string, group: string) => {
          const access = {
            endpoint,
            headers: { ...headers, 'impersonate-user': user, 'impersonate-group': group },
          };
          const identity = { current: () => Promise.resolve(access), renewed: () => Promise.resolve(access) };
          return rights.statusOf(createApi({ ...quietTools, identity }), call);
        };
        expect(await actAs('admin', 'system:masters')).toBe(403);
        expect(await actAs('system:node:node-1', 'system:masters')).toBe(403);
        expect(await actAs('system:kube-controller-manager', 'system:nodes')).toBe(403);
      });

      it('are refused a label that NodeRestriction keeps from nodes', async () => {
        const { apis } = under();
        const body = {
          metadata: { name: 'node-197', labels: { 'node-role.kubernetes.io/fargate': '' } },
        };
        const call = { method: 'POST', path: '/api/v1/nodes', body } as const;
        expect(await rights.statusOf(apis.asNode('node-197'), call)).toBe(403);
      });

      it('get the next token by the one that they have, and go on with it', async () => {
        const before = stored;
        let now = Date.now();
        const clock = { ...quietTools.clock, now: () => now };
        const identity = tokenIdentity(store, { ...quietTools, clock });
        await identity.renewIfDue();
        expect(stored).toBe(before);
        now += 40 * 60_000;
        await identity.renewIfDue();
        const { token, expiresAt } = JSON.parse(stored) as { token: string; expiresAt: string };
        expect(before).not.toContain(token);
        expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(86_000_000);
        const own = createApi({ ...quietTools, identity });
        const call = { method: 'GET', path: '/api/v1/namespaces/kube-system' } as const;
        expect((await identity.current()).headers).toEqual({ authorization: `Bearer ${token}` });
        expect(await rights.statusOf(own, call)).toBe(200);
      });

      it('may not ask for the token of another account', async () => {
        const call = tokenCall('lambdalet-nodes', 'default', { expirationSeconds: 600 });
        expect(await rights.statusOf(under().apis.own, call)).toBe(403);
      });
    },
    (token) => {
      stored = toStored(token);
      return { ...quietTools, identity: tokenIdentity(store, quietTools) };
    },
  );

  it('an administrator is not confined by the policy', async () => {
    const admin = createApi(optionsOf(server.kubeconfig));
    const body = { metadata: { name: newName('real-node') } };
    expect(await rights.statusOf(admin, { method: 'POST', path: '/api/v1/nodes', body })).toBe(201);
  });
}
