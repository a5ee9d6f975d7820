import { expect } from 'vitest';
import { renderDaemonSetPatch } from '../../infra/bootstrap/render-daemonset-patch.ts';
import { leaveCluster } from '../../lib/local/world/leave-cluster.ts';
import { conditionOf, eventOf, insideOf, make, shell, taskOf } from './fidelity-stage.ts';
import type { IdentityStage } from './identity-stage.ts';
import { eventually, isReady, isRunning, openNamespace, podOf } from './world-under-test.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

/** Pods that come to this node, and to no other that a test has. */
const here = ({ world }: IdentityStage): object => ({
  nodeSelector: { 'kubernetes.io/hostname': world.node },
});

/** The heartbeat renews the lease, at the level of priority of kubelets. */
export async function keepsNode({ world, cluster, input }: IdentityStage): Promise<void> {
  const renewTime = (): Promise<string> =>
    cluster.kubectl(
      ...['get', 'lease', world.node, '--namespace', 'kube-node-lease'],
      ...['--output', 'jsonpath={.spec.renewTime}'],
    );
  const first = await renewTime();
  await eventually(world, 'the lease is renewed', async () =>
    (await renewTime()) === first ? undefined : true,
  );
  const { clusterName, impersonateNodes } = input;
  const schema = impersonateNodes ? 'system-node-high' : `lambdalet-${clusterName}-heartbeats`;
  await eventually(world, `requests are served by ${schema}`, async () => {
    const metrics = await cluster.kubectl('get', '--raw', '/metrics');
    const served = metrics
      .split('\n')
      .find(
        (line) =>
          line.startsWith('apiserver_flowcontrol_dispatched_requests_total{') &&
          line.includes(`flow_schema="${schema}"`),
      );
    return served?.includes('priority_level="node-high"') === true ? true : undefined;
  });
}

/** A pod with a ConfigMap, a Secret, scratch space and a token of its account runs, is Ready, and goes when it is deleted. */
export async function runsPod(stage: IdentityStage): Promise<void> {
  const { world, input } = stage;
  const pods = await openNamespace(world, `life-${input.clusterName}`);
  await make({ world }, pods, 'configmaps', { metadata: { name: 'settings' }, data: { COLOR: 'blue' } });
  await make({ world }, pods, 'secrets', { metadata: { name: 'login' }, stringData: { PASSWORD: 'sesame' } });
  await make({ world }, pods, 'serviceaccounts', { metadata: { name: 'robot' } });
  const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'login' } }];
  const volumeMounts = ['scratch', 'files'].map((name) => ({ name, mountPath: `/${name}` }));
  const volumes = [
    { name: 'scratch', emptyDir: {} },
    { name: 'files', secret: { secretName: 'login' } },
  ];
  const containers = [shell('main', 'sleep infinity', { envFrom, volumeMounts })];
  await pods.create(
    podOf('web', undefined, { ...here(stage), serviceAccountName: 'robot', containers, volumes }),
  );
  // The root certificate is published into a new namespace a moment later, and nothing starts without it.
  const pod = await pods.until('web', 'is Ready', isReady, 90_000);
  expect(conditionOf(pod, 'PodScheduled')?.status).toBe('True');
  const { environment, files } = await insideOf(world, pod);
  expect(environment).toMatchObject({ COLOR: 'blue', PASSWORD: 'sesame' });
  expect(files['/files/PASSWORD']?.text).toBe('sesame');
  const spec = { token: files[`${ACCOUNT}/token`]?.text };
  expect(await world.user.demand('POST', REVIEWS, { spec })).toMatchObject({
    status: { authenticated: true, user: { username: `system:serviceaccount:${pods.name}:robot` } },
  });
  await pods.remove('web');
  await pods.gone('web');
  await eventually(world, 'its task stops', async () =>
    (await taskOf(world, pod)).lastStatus === 'STOPPED' ? true : undefined,
  );
}

/** What a task ended with is published by the function that hears of it. */
export async function publishesEnd(stage: IdentityStage): Promise<void> {
  const pods = await openNamespace(stage.world, `ends-${stage.input.clusterName}`);
  await pods.create(podOf('count', 'exit 3', { ...here(stage), restartPolicy: 'Never' }));
  const pod = await pods.until('count', 'is Failed', ({ status }) => status?.phase === 'Failed');
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
  await pods.remove('count');
  await pods.gone('count');
}

/** A pod that refers to what is not there waits, says why, and the event is counted when it comes again. */
export async function tellsWhatIsMissing(stage: IdentityStage): Promise<void> {
  const { world, input } = stage;
  const pods = await openNamespace(world, `waits-${input.clusterName}`);
  const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'a' } } }];
  const containers = [shell('main', 'sleep infinity', { env })];
  await pods.create(podOf('waits', undefined, { ...here(stage), containers }));
  // Outside of the namespaces in which the right is given nobody can know that it is not there.
  const isReadable = input.podConfigNamespaces === undefined;
  const words = isReadable ? 'configmap "none" not found' : 'cannot get resource "configmaps"';
  expect(await eventOf({ world }, pods, 'waits', 'Failed', words)).toContain(words);
  await eventually(world, 'the event is counted', async () =>
    (await pods.events('waits')).some(({ count = 1 }) => count > 1) ? true : undefined,
  );
  await pods.remove('waits', 0);
  await pods.gone('waits');
}

/** A DaemonSet that tolerates every taint comes to the node, and leaves it with the patch. */
export async function keepsDaemonSetOff(stage: IdentityStage): Promise<void> {
  const { world, cluster, input } = stage;
  const { name: namespace } = await openNamespace(world, `daemons-${input.clusterName}`);
  const labels = { app: 'agent' };
  const containers = [shell('main', 'sleep infinity', {})];
  await cluster.apply({
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace } },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...here(stage), containers, tolerations: [{ operator: 'Exists' }] },
      },
    },
  });
  const podsHere = async (): Promise<number> => {
    const selector = `--field-selector=spec.nodeName=${world.node}`;
    const names = await cluster.kubectl(
      'get',
      'pods',
      '--namespace',
      namespace,
      selector,
      '--output',
      'name',
    );
    return names.split('\n').filter(Boolean).length;
  };
  await eventually(world, 'the DaemonSet comes', async () => ((await podsHere()) === 1 ? true : undefined));
  const patch = ['patch', 'daemonset', 'agent', '--namespace', namespace, '--patch', renderDaemonSetPatch()];
  await cluster.kubectl(...patch);
  await eventually(world, 'the DaemonSet leaves', async () => ((await podsHere()) === 0 ? true : undefined));
  await cluster.kubectl('delete', 'daemonset', 'agent', '--namespace', namespace);
}

/** The teardown takes a pod that runs, the Lease and the Node away. */
export async function leaves(stage: IdentityStage): Promise<void> {
  const { world, input } = stage;
  const pods = await openNamespace(world, `stays-${input.clusterName}`);
  await pods.create(podOf('stays', undefined, here(stage)));
  await pods.until('stays', 'runs', isRunning);
  expect(await leaveCluster(world)).toBe(`node ${world.node} and its lease are removed`);
  expect(await world.listTasks('RUNNING')).toEqual([]);
  const lease = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${world.node}`;
  expect((await world.user.ask('GET', lease)).status).toBe(404);
  expect((await world.user.ask('GET', `/api/v1/nodes/${world.node}`)).status).toBe(404);
}

/** A token without an end gets a successor at once, by which everything goes on when the first one is revoked. */
export async function renewsToken(stage: IdentityStage, revoke: () => Promise<unknown>): Promise<void> {
  const { world } = stage;
  const read = (): Record<string, string> => JSON.parse(stage.stored()) as Record<string, string>;
  const { serviceAccount, token, issuedAt, expiresAt } = await eventually(
    world,
    'the token is renewed',
    () => (read()['expiresAt'] === undefined ? undefined : read()),
  );
  expect(serviceAccount).toBe('lambdalet-token/lambdalet-token');
  const lifeMs = Date.parse(expiresAt ?? '') - Date.parse(issuedAt ?? '');
  // The API server counts whole seconds.
  expect(Math.abs(lifeMs - 86_400_000)).toBeLessThan(2_000);
  await revoke();
  expect(await world.user.demand('POST', REVIEWS, { spec: { token } })).toMatchObject({
    status: {
      authenticated: true,
      user: { username: 'system:serviceaccount:lambdalet-token:lambdalet-token' },
    },
  });
}
