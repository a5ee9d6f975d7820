import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseKubeconfig } from '../../../lib/adapters/kubernetes/parse-kubeconfig.ts';
import { createTransport } from '../../../lib/adapters/kubernetes/send-request.ts';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import type { World } from '../../../lib/local/world/world.ts';
import { eventually, isReady } from '../world-under-test.ts';

/** The cluster as the acceptance suite of virtual-kubelet sees it. */
interface Suite {
  readonly world: World;
  /** What the node's kubelet API answers through the API server. */
  readonly kubelet: (path: string) => Promise<string>;
}

/** The nine scenarios by their names there (github.com/virtual-kubelet/virtual-kubelet, test/e2e). Each rejects when it does not hold. */
export const SCENARIOS: Readonly<Record<string, (suite: Suite) => Promise<void>>> = {
  TestGetPods: async (suite) => {
    const pod = await create(suite, ['foo']);
    const { items } = JSON.parse(await suite.kubelet('/pods')) as List;
    for (const { spec } of items) assert.equal(spec.nodeName, suite.world.node);
    assert.ok(items.some(({ metadata }) => metadata.uid === pod.metadata.uid));
  },
  TestGetStatsSummary: async (suite) => {
    const pod = await createReady(suite, ['foo', 'bar', 'baz']);
    const summary = JSON.parse(await suite.kubelet('/stats/summary')) as Summary;
    assert.equal(summary.node.nodeName, suite.world.node);
    const found = summary.pods.find(({ podRef }) => podRef.uid === pod.metadata.uid);
    assert.deepEqual(found?.podRef, {
      ...{ name: pod.metadata.name, namespace: 'default', uid: pod.metadata.uid },
    });
    assert.equal(found.containers.length, 3);
  },
  TestGetMetricsResource: async (suite) => {
    const pod = await createReady(suite, ['foo', 'bar', 'baz']);
    /** By the value of the second label, as the suite finds them. */
    const countOf = (lines: readonly string[], metric: string): number =>
      lines.filter((line) => {
        const [, labels = ''] = new RegExp(`^${metric}\\{([^}]*)\\} [0-9.e+-]+( \\d+)?$`).exec(line) ?? [];
        return labels.split(',')[1]?.endsWith(`="${pod.metadata.name}"`) === true;
      }).length;
    // What nobody has measured yet is told by no line.
    await eventually(suite.world, `metrics of ${pod.metadata.name}`, async () => {
      const lines = (await suite.kubelet('/metrics/resource')).split('\n');
      const isThere =
        countOf(lines, 'pod_cpu_usage_seconds_total') === 1 &&
        countOf(lines, 'container_cpu_usage_seconds_total') === 3;
      return isThere ? true : undefined;
    });
  },
  TestPodLifecycleGracefulDelete: async (suite) => {
    const pod = await createReady(suite, ['foo']);
    assert.ok(await isRunningThere(suite, pod));
    await remove(suite, pod);
    const deleted = await until(
      suite,
      pod,
      'is deleted',
      (seen) => seen.metadata.deletionTimestamp !== undefined,
    );
    await sleep(1_000);
    assert.ok(!(await isRunningThere(suite, pod)));
    assert.ok((deleted.metadata.deletionGracePeriodSeconds ?? 0) > 0);
  },
  TestPodLifecycleForceDelete: async (suite) => {
    const pod = await createReady(suite, ['foo']);
    assert.ok(await isRunningThere(suite, pod));
    await remove(suite, pod, 0);
    await sleep(1_000);
    assert.ok(!(await isRunningThere(suite, pod)));
    assert.equal(await find(suite, pod), undefined);
  },
  TestCreatePodWithOptionalInexistentSecrets: (suite) =>
    withOptional(suite, 'secretKeyRef', 'OptionalSecretNotFound'),
  TestCreatePodWithOptionalInexistentConfigMap: (suite) =>
    withOptional(suite, 'configMapKeyRef', 'OptionalConfigMapNotFound'),
  TestCreatePodWithMandatoryInexistentSecrets: (suite) =>
    withMandatory(suite, 'secretKeyRef', 'MandatorySecretNotFound'),
  TestCreatePodWithMandatoryInexistentConfigMap: (suite) =>
    withMandatory(suite, 'configMapKeyRef', 'MandatoryConfigMapNotFound'),
};

interface List {
  readonly items: readonly Pod[];
}

interface Summary {
  readonly node: { readonly nodeName: string };
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
    readonly containers: readonly object[];
  }[];
}

/** Through the API server, with the administrator's rights. */
export function openSuite(world: World): Suite {
  const access = parseKubeconfig(world.cluster.kubeconfig);
  const transport = createTransport();
  return {
    world,
    kubelet: async (path) => {
      const answer = await transport.send(access, {
        ...{ method: 'GET', path: `/api/v1/nodes/${world.node}/proxy${path}` },
      });
      assert.equal(answer.status, 200, `GET ${path}: ${answer.body}`);
      return answer.body;
    },
  };
}

async function withOptional(suite: Suite, source: Source, reason: string): Promise<void> {
  const pod = await createReady(suite, ['foo'], variableFrom(source, true));
  await untilTold(suite, pod, reason);
  assert.ok(await isRunningThere(suite, pod));
}

async function withMandatory(suite: Suite, source: Source, reason: string): Promise<void> {
  const pod = await create(suite, ['foo'], variableFrom(source, false));
  await untilTold(suite, pod, reason);
  assert.ok(!(await isRunningThere(suite, pod)));
}

type Source = 'secretKeyRef' | 'configMapKeyRef';

function variableFrom(source: Source, optional: boolean): readonly object[] {
  return [{ name: 'FROM', valueFrom: { [source]: { name: 'this-does-not-exist', key: 'key', optional } } }];
}

/** As the suite makes its pods: bound by name, images that exist nowhere, no resources. */
async function create(
  { world }: Suite,
  containers: readonly string[],
  env: readonly object[] = [],
): Promise<Pod> {
  const created = await world.user.demand('POST', '/api/v1/namespaces/default/pods', {
    metadata: { generateName: 'suite-' },
    spec: {
      ...{ nodeName: world.node, enableServiceLinks: false },
      containers: containers.map((name) => ({ name, image: name, env })),
    },
  });
  return created as Pod;
}

async function createReady(
  suite: Suite,
  containers: readonly string[],
  env: readonly object[] = [],
): Promise<Pod> {
  const pod = await create(suite, containers, env);
  return until(
    suite,
    pod,
    'is ready',
    (seen) => seen.status?.phase === 'Running' && isReady(seen) && (seen.status.podIP ?? '') !== '',
  );
}

async function find({ world }: Suite, { metadata }: Pod): Promise<Pod | undefined> {
  const { status, body } = await world.user.ask('GET', `/api/v1/namespaces/default/pods/${metadata.name}`);
  return status === 200 ? (body as Pod) : undefined;
}

function until(suite: Suite, pod: Pod, what: string, holds: (pod: Pod) => boolean): Promise<Pod> {
  return eventually(suite.world, `pod ${pod.metadata.name} ${what}`, async () => {
    const seen = await find(suite, pod);
    return seen !== undefined && holds(seen) ? seen : undefined;
  });
}

async function remove({ world }: Suite, { metadata }: Pod, gracePeriodSeconds?: number): Promise<void> {
  const options = gracePeriodSeconds === undefined ? undefined : { gracePeriodSeconds };
  await world.user.demand('DELETE', `/api/v1/namespaces/default/pods/${metadata.name}`, options);
}

async function isRunningThere({ kubelet }: Suite, { metadata }: Pod): Promise<boolean> {
  const { items } = JSON.parse(await kubelet('/runningpods/')) as List;
  return items.some((pod) => pod.metadata.uid === metadata.uid);
}

/** One event of that reason on the UID of the pod. */
async function untilTold({ world }: Suite, { metadata }: Pod, reason: string): Promise<void> {
  const selector = `involvedObject.uid=${metadata.uid},reason=${reason}`;
  const path = `/api/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(selector)}`;
  await eventually(world, `event ${reason} of ${metadata.name}`, async () => {
    const { items } = (await world.user.demand('GET', path)) as { readonly items: readonly object[] };
    assert.ok(items.length < 2, `${items.length} events ${reason} for one missing object`);
    return items[0];
  });
}
