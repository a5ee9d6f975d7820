import { describe, expect, it } from 'vitest';
import type { ApiAnswer, ApiOutcome } from '../../../lib/kubelet-api/exchange.ts';
import {
  createMetricsResourceHandler,
  createStatsSummaryHandler,
  type ServeStatsDeps,
} from '../../../lib/kubelet-api/stats/serve-stats.ts';
import type { Pod, PodStatus } from '../../../lib/core/kubernetes.ts';
import { createManualClock } from '../../memory/manual-clock.ts';
import { createMemoryContainerUses, type MemoryContainerUses } from '../../memory/memory-container-uses.ts';
import { createMemoryKubernetes, type MemoryKubernetes } from '../../memory/memory-kubernetes.ts';
import { createMemoryRecords, type MemoryRecords } from '../../memory/memory-records.ts';
import { createMemoryTelemetry } from '../../memory/memory-telemetry.ts';
import { aLaunch, aTask, seen } from '../../support/vocabulary.ts';
import { createMetricsServerLike, decodeBatch } from './metrics-server-like.ts';

const NODE = 'node-1';
const START = Date.UTC(2026, 2, 4, 9, 15);
const MINUTE_MS = 60_000;
const TASK = '0123456789abcdef0123456789abcdef';

interface Summary {
  readonly node: unknown;
  readonly pods: readonly { readonly containers: unknown }[];
}

interface Bench {
  readonly kubernetes: MemoryKubernetes;
  readonly uses: MemoryContainerUses;
  readonly records: MemoryRecords;
  readonly metrics: (node?: string) => Promise<string>;
  readonly summary: (query?: string) => Promise<Summary>;
  readonly deps: ServeStatsDeps;
}

function open({ isMeasured = true } = {}): Bench {
  const clock = createManualClock(START);
  const kubernetes = createMemoryKubernetes({ now: () => clock.now(), podsPerPage: 2 });
  const uses = createMemoryContainerUses();
  const records = createMemoryRecords();
  const deps: ServeStatsDeps = {
    ...{ pods: kubernetes.pods, records, clock, telemetry: createMemoryTelemetry() },
    ...(isMeasured && { uses }),
  };
  const metrics = createMetricsResourceHandler(deps);
  const summary = createStatsSummaryHandler(deps);
  return {
    ...{ kubernetes, uses, records, deps },
    metrics: async (node = NODE) => textOf(await metrics(request('/metrics/resource', node))),
    summary: async (query = '') =>
      JSON.parse(textOf(await summary(request('/stats/summary', NODE, query)))) as Summary,
  };
}

function request(path: string, node = NODE, query = '') {
  const { signal } = new AbortController();
  return { node, method: 'GET', path, query: new URLSearchParams(query), headers: {}, signal };
}

function answerOf(outcome: ApiOutcome): ApiAnswer {
  if (outcome.kind === 'upgrade') throw new Error('no upgrade was asked for');
  return outcome;
}

function textOf(outcome: ApiOutcome): string {
  const { body } = answerOf(outcome);
  if (typeof body !== 'string') throw new Error('the body is no text');
  return body;
}

/** The status of a pod whose containers run in a task. */
function running(task: string, ...names: readonly string[]): Partial<PodStatus> {
  return {
    phase: 'Running',
    containerStatuses: names.map((name, index) => ({
      ...{ name, image: 'web', imageID: '', ready: true, restartCount: 0 },
      containerID: `ecs://${task}-${1_000 + index}`,
      state: { running: { startedAt: new Date(START).toISOString() } },
    })),
  };
}

function addPod(bench: Bench, name: string, task: string, ...containers: readonly string[]): Pod {
  const pod = bench.kubernetes.controls.addPod({
    ...{ name, uid: `uid-of-${name}` },
    spec: { containers: containers.map((one) => ({ name: one, image: 'web' })) },
    status: running(task, ...containers),
  });
  record(bench, pod, task);
  return pod;
}

/** Records a pod as it shows itself, in a task. */
function record({ records }: Bench, { metadata, status = {} }: Pod, task: string): void {
  const { name, namespace, uid } = metadata;
  const shown = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const containers = shown.map((one) => seen(one.name, { runtimeId: one.containerID!.slice(6) }));
  const arn = `arn:aws:ecs:eu-west-1:111122223333:task/pods/${task}`;
  records.put(aLaunch(aTask({ arn, containers }), { name, namespace, uid, node: NODE, taskArn: arn }));
}

/** The pod runs anew, in another task, three minutes later. */
function addedRun({ kubernetes }: Bench, name: string, task: string): Pod {
  return kubernetes.controls.changePod('default', name, ({ status }) => {
    const [shown] = status!.containerStatuses!;
    shown!.containerID = `ecs://${task}-1`;
    shown!.state = { running: { startedAt: new Date(START + 3 * MINUTE_MS).toISOString() } };
  });
}

/** A minute of a container. */
function measure({ uses }: Bench, container: string, minute: number, cores: number, task = TASK): void {
  const at = START + minute * MINUTE_MS;
  uses.measure(task, { container, at, cpuCores: cores, seconds: cores * 60, workingSetBytes: 5_000_000 });
}

describe('/metrics/resource', () => {
  it('is what the kubelet writes, with its names, its order of labels and times', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main', 'side');
    measure(bench, 'main', 1, 0.5);
    measure(bench, 'side', 1, 0.25);
    expect(await bench.metrics()).toBe(
      [
        '# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds',
        '# TYPE container_cpu_usage_seconds_total counter',
        'container_cpu_usage_seconds_total{container="main",pod="web",namespace="default"} 30 1772615760000',
        'container_cpu_usage_seconds_total{container="side",pod="web",namespace="default"} 15 1772615760000',
        '# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes',
        '# TYPE container_memory_working_set_bytes gauge',
        'container_memory_working_set_bytes{container="main",pod="web",namespace="default"} 5000000 1772615760000',
        'container_memory_working_set_bytes{container="side",pod="web",namespace="default"} 5000000 1772615760000',
        '# HELP container_start_time_seconds [STABLE] Start time of the container since unix epoch in seconds',
        '# TYPE container_start_time_seconds gauge',
        'container_start_time_seconds{container="main",pod="web",namespace="default"} 1772615700',
        'container_start_time_seconds{container="side",pod="web",namespace="default"} 1772615700',
        '# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds',
        '# TYPE node_cpu_usage_seconds_total counter',
        'node_cpu_usage_seconds_total 45 1772615760000',
        '# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes',
        '# TYPE node_memory_working_set_bytes gauge',
        'node_memory_working_set_bytes 10000000 1772615760000',
        '# HELP pod_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the pod in core-seconds',
        '# TYPE pod_cpu_usage_seconds_total counter',
        'pod_cpu_usage_seconds_total{namespace="default",pod="web"} 45 1772615760000',
        '# HELP pod_memory_working_set_bytes [STABLE] Current working set of the pod in bytes',
        '# TYPE pod_memory_working_set_bytes gauge',
        'pod_memory_working_set_bytes{namespace="default",pod="web"} 10000000 1772615760000',
        '# HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
        '# TYPE resource_scrape_error gauge',
        'resource_scrape_error 0',
        '',
      ].join('\n'),
    );
  });

  it('is Prometheus text of version 0.0.4', async () => {
    const { deps } = open();
    const answer = answerOf(await createMetricsResourceHandler(deps)(request('/metrics/resource')));
    expect(answer).toMatchObject({ status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8' });
  });

  it('has no number where nothing was measured: neither zeros nor a node', async () => {
    for (const isMeasured of [true, false]) {
      const bench = open({ isMeasured });
      addPod(bench, 'web', TASK, 'main');
      const series = (await bench.metrics()).split('\n').filter((line) => !/^(#|$)/.test(line));
      expect(series).toEqual(['resource_scrape_error 0']);
    }
  });

  it('says that it is an error, and nothing else, where the uses cannot be had', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main');
    bench.uses.fail({ kind: 'auth', message: 'logs:FilterLogEvents: no' });
    expect((await bench.metrics()).split('\n').filter((line) => !/^(#|$)/.test(line))).toEqual([
      'resource_scrape_error 1',
    ]);
  });

  it('shows only the pods of its own node that are not over', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main');
    measure(bench, 'main', 1, 1);
    bench.kubernetes.controls.addPod({
      name: 'other',
      node: 'node-2',
      status: running('f'.repeat(32), 'main'),
    });
    bench.kubernetes.controls.addPod({
      name: 'done',
      status: { ...running(TASK, 'main'), phase: 'Succeeded' },
    });
    const text = await bench.metrics();
    expect(text).not.toContain('elsewhere');
    expect(text).not.toContain('"done"');
    expect(await bench.metrics('node-2')).not.toContain('"web"');
  });

  it('finds the task by the record also where the status does not name it', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main');
    bench.kubernetes.controls.changePod('default', 'web', (pod) => {
      delete pod.status!.containerStatuses![0]!.containerID;
    });
    measure(bench, 'main', 1, 1);
    expect(await bench.metrics()).toContain('container_cpu_usage_seconds_total{container="main",pod="web"');
  });

  it.each<[string, (bench: Bench, thief: Pod) => void]>([
    ['names the task of another pod in its status', () => undefined],
    [
      'has a record that is of another pod',
      ({ records }, { metadata }) =>
        records.put({ ...records.stored('uid-of-victim')!, uid: metadata.uid, name: 'victim' }),
    ],
    [
      'has a record whose task is over',
      (bench, thief) => {
        record(bench, thief, TASK);
        const { task, ...rest } = bench.records.stored(thief.metadata.uid)!;
        bench.records.put({ ...rest, task: { ...task!, state: 'stopped' } });
      },
    ],
    [
      'has a record that is not launched',
      (bench, thief) => {
        record(bench, thief, TASK);
        bench.records.put({ ...bench.records.stored(thief.metadata.uid)!, state: 'claimed' });
      },
    ],
    [
      'has a record that cannot be read',
      (bench, thief) => {
        record(bench, thief, TASK);
        bench.records.spoil(thief.metadata.uid);
      },
    ],
  ])('never shows the use of another pod to one that %s', async (_, prepare) => {
    const bench = open();
    addPod(bench, 'victim', TASK, 'main');
    const thief = addPod(bench, 'thief', 'e'.repeat(32), 'main');
    bench.kubernetes.controls.changePod('default', 'thief', (pod) => {
      pod.status!.containerStatuses = running(TASK, 'main').containerStatuses!;
    });
    prepare(bench, thief);
    measure(bench, 'main', 1, 1);
    const text = await bench.metrics();
    expect(text).toContain('{container="main",pod="victim"');
    expect(text).not.toContain('pod="thief"');
  });

  it('reads a record once for each run, not for each scrape', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main');
    addPod(bench, 'other', 'd'.repeat(32), 'main');
    addPod(bench, 'third', 'c'.repeat(32), 'main');
    for (let scrape = 0; scrape < 10; scrape += 1) await bench.metrics();
    const asked = bench.records.calls.flatMap(({ uids = [] }) => uids);
    expect(asked.toSorted()).toEqual(['uid-of-other', 'uid-of-third', 'uid-of-web']);
    bench.records.forgetCalls();
    const next = addedRun(bench, 'web', 'e'.repeat(32));
    record(bench, next, 'e'.repeat(32));
    await bench.metrics();
    expect(bench.records.calls).toMatchObject([{ method: 'getMany', uids: ['uid-of-web'] }]);
  });

  it('has sidecars in it, and no init containers that run to their end', async () => {
    const bench = open();
    const pod = bench.kubernetes.controls.addPod({
      name: 'web',
      spec: {
        initContainers: [
          { name: 'mesh', image: 'mesh', restartPolicy: 'Always' },
          { name: 'prepare', image: 'prepare' },
        ],
        containers: [{ name: 'main', image: 'web' }],
      },
      status: {
        ...running(TASK, 'main'),
        initContainerStatuses: [...running(TASK, 'mesh', 'prepare').containerStatuses!],
      },
    });
    record(bench, pod, TASK);
    for (const name of ['main', 'mesh', 'prepare']) measure(bench, name, 1, 0.1);
    const { pods } = decodeBatch(await bench.metrics(), START);
    expect([...(pods.get('default/web')?.keys() ?? [])].sort()).toEqual(['main', 'mesh']);
  });

  it('escapes what Prometheus wants escaped', async () => {
    const bench = open();
    addPod(bench, 'a"b\\c\nd', TASK, 'main');
    measure(bench, 'main', 1, 1);
    expect(await bench.metrics()).toContain(String.raw`pod="a\"b\\c\nd"`);
  });
});

describe('metrics-server', () => {
  it('takes the numbers after two minutes: the rate of CPU between them, and the memory', async () => {
    const bench = open();
    const server = createMetricsServerLike();
    addPod(bench, 'web', TASK, 'main', 'side');
    const scrape = async (at: number): Promise<void> => server.scrape(await bench.metrics(), at);
    await scrape(START);
    expect(server.podUsage('default/web')).toBeUndefined();
    for (const minute of [1, 2]) {
      measure(bench, 'main', minute, 0.5);
      measure(bench, 'side', minute, 0.25);
      // It asks four times a minute, and gets the same point again.
      for (let quarter = 0; quarter < 4; quarter += 1)
        await scrape(START + minute * MINUTE_MS + quarter * 15_000);
    }
    const usage = server.podUsage('default/web');
    expect(usage?.get('main')).toMatchObject({ cpuNanos: 0.5e9, memory: 5_000_000, windowMs: MINUTE_MS });
    expect(usage?.get('side')?.cpuNanos).toBe(0.25e9);
    expect(server.nodeUsage()).toMatchObject({ cpuNanos: 0.75e9, memory: 10_000_000 });
  });

  it('keeps the metrics of a pod of which one container was not measured yet', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main', 'new');
    measure(bench, 'main', 1, 0.5);
    const { pods } = decodeBatch(await bench.metrics(), START);
    // Of a container without CPU, such as one of which only the start is told, it drops the whole pod.
    expect([...(pods.get('default/web')?.keys() ?? [])]).toEqual(['main']);
  });

  it('sees a new task of the pod as another start, not as a counter that fell', async () => {
    const bench = open();
    const server = createMetricsServerLike();
    addPod(bench, 'web', TASK, 'main');
    for (const minute of [1, 2]) {
      measure(bench, 'main', minute, 0.5);
      server.scrape(await bench.metrics(), START + minute * MINUTE_MS);
    }
    const next = 'e'.repeat(32);
    record(bench, addedRun(bench, 'web', next), next);
    for (const minute of [4, 5]) {
      measure(bench, 'main', minute, 1, next);
      server.scrape(await bench.metrics(), START + minute * MINUTE_MS);
    }
    expect(server.podUsage('default/web')?.get('main')?.cpuNanos).toBe(1e9);
    // Of the node it never fell: the first task is in it still.
    expect(server.nodeUsage()?.cpuNanos).toBe(1e9);
  });

  it('has no node before anything was measured', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main');
    expect(decodeBatch(await bench.metrics(), START).node).toBeUndefined();
  });
});

describe('/stats/summary', () => {
  it('is what the kubelet writes of CPU and memory', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main');
    measure(bench, 'main', 1, 0.5);
    const cpu = { time: '2026-03-04T09:16:00Z', usageNanoCores: 5e8, usageCoreNanoSeconds: 30e9 };
    const memory = { time: '2026-03-04T09:16:00Z', workingSetBytes: 5_000_000 };
    const startTime = '2026-03-04T09:15:00Z';
    expect(await bench.summary()).toEqual({
      node: { nodeName: NODE, startTime, cpu, memory },
      pods: [
        {
          podRef: { name: 'web', namespace: 'default', uid: 'uid-of-web' },
          ...{ startTime, cpu, memory },
          containers: [{ name: 'main', startTime, cpu, memory }],
        },
      ],
    });
  });

  it('has one entry for each container, also where nothing was measured and nothing runs yet', async () => {
    const bench = open({ isMeasured: false });
    bench.kubernetes.controls.addPod({
      name: 'web',
      spec: { containers: ['foo', 'bar', 'baz'].map((name) => ({ name, image: name })) },
      status: running(TASK, 'foo'),
    });
    const { node, pods } = await bench.summary();
    expect(node).toEqual({ nodeName: NODE, startTime: '2026-03-04T09:15:00Z' });
    expect(pods[0]?.containers).toEqual([
      { name: 'foo', startTime: '2026-03-04T09:15:00Z' },
      { name: 'bar', startTime: null },
      { name: 'baz', startTime: null },
    ]);
  });

  it('is the same with only_cpu_and_memory, because nothing else is measured', async () => {
    const bench = open();
    addPod(bench, 'web', TASK, 'main');
    measure(bench, 'main', 1, 0.5);
    expect(await bench.summary('only_cpu_and_memory=true')).toEqual(await bench.summary());
  });

  it('fails as the kubelet does where the uses cannot be had', async () => {
    const { deps, uses } = open();
    uses.fail({ kind: 'auth', message: 'logs:FilterLogEvents: no' });
    expect(answerOf(await createStatsSummaryHandler(deps)(request('/stats/summary')))).toMatchObject({
      status: 500,
      body: 'Internal Error: logs:FilterLogEvents: no\n',
    });
  });
});
