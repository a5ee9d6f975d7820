import { beforeAll, describe, expect, it } from 'vitest';
import { SECTIONS } from '../../infra/dashboard/dashboard-rows.ts';
import { METRIC_NAMESPACE, METRICS, type MetricName } from '../../lib/core/metrics.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { readEmf, type Sample } from '../../lib/local/picture/read-emf.ts';
import type { World } from '../../lib/local/world/world.ts';
import { aNodeSettings } from '../support/vocabulary.ts';
import { eventually, isRunning, openNamespace, openWorld, podOf } from './world-under-test.ts';

const NODES = ['lambdalet', 'further'];
const samples: Sample[] = [];
const namesSeen = (): Set<string> => new Set(samples.map(({ metric }) => metric));

/** The metrics that CloudWatch would bill: each name with each set of dimension values. */
const billed = (): readonly string[] => [
  ...new Set(samples.map(({ metric, dimensions }) => `${metric} of ${Object.values(dimensions).join('/')}`)),
];

/** Everything that can happen to two nodes, on the real functions: what they write is what there is. */
beforeAll(async () => {
  const nodes = NODES.map((name) => aNodeSettings({ name, podsReady: true }));
  const world = await openWorld({
    settings: { LAMBDALET_NODES: JSON.stringify(nodes) },
    onLine: (line) => samples.push(...readEmf(line)),
  });
  try {
    await haveTrouble(world);
  } finally {
    await world.close();
  }
}, 120_000);

async function haveTrouble(world: World): Promise<void> {
  const refusals = [
    new AwsError('ThrottlingException', 'Rate exceeded'),
    new AwsError('ClientException', 'Capacity is unavailable at this time. Please try again later.'),
    new AwsError('AccessDeniedException', 'not authorized to perform: ecs:RunTask'),
  ];
  for (const refusal of refusals) world.models.ecs.failNext('RunTask', refusal);
  const pods = await openNamespace(world, 'metrics');
  const names = ['throttled', 'waiting', 'denied', 'web'];
  for (const name of names)
    await pods.create(podOf(name, undefined, { nodeSelector: { 'kubernetes.io/hostname': NODES[0] } }));
  await eventually(world, 'one of the pods runs', async () => {
    const seen = await Promise.all(names.map((name) => pods.find(name)));
    return seen.find((pod) => pod !== undefined && isRunning(pod));
  });
  await eventually(world, 'the functions have told of it', () => {
    const missing = Object.keys(METRICS).filter((name) => name !== 'ApiErrors' && !namesSeen().has(name));
    return missing.length === 0 ? true : undefined;
  });
  await world.cluster.close();
  await world.invoke('node-heartbeat', {});
  await eventually(world, 'the lost API server is told', () => namesSeen().has('ApiErrors') || undefined);
}

describe('the metrics that the functions write', () => {
  it('are exactly those that are listed', () => {
    expect([...namesSeen()].sort()).toEqual(Object.keys(METRICS).sort());
    expect(new Set(samples.map(({ namespace }) => namespace))).toEqual(new Set([METRIC_NAMESPACE]));
  });

  it('are exactly those that the dashboard shows', () => {
    const lines = SECTIONS.flatMap(({ panels }) =>
      panels.flatMap((panel) => ('lines' in panel ? panel.lines : [])),
    );
    const shown = lines.flatMap((line) => (line.of === 'lambdalet' ? [line.metric] : []));
    expect([...new Set<string>(shown)].sort()).toEqual([...namesSeen()].sort());
  });

  it('have the dimensions of their scope', () => {
    for (const { metric, dimensions } of samples) {
      const names = METRICS[metric as MetricName].scope === 'node' ? ['cluster', 'node'] : ['cluster'];
      expect(Object.keys(dimensions), metric).toEqual(names);
    }
  });

  it('are at most 15 for a cluster with one node, and 11 for each further one: that is what is billed', () => {
    const further = billed().filter((name) => name.endsWith(`/${NODES[1]}`));
    expect(billed().length - further.length).toBe(15);
    expect(further.length).toBeLessThanOrEqual(11);
    expect(further.length, 'it beats and is passed over').toBeGreaterThan(0);
    const perNode = Object.values(METRICS).filter(({ scope }) => scope === 'node');
    expect(perNode).toHaveLength(11);
  });
});
