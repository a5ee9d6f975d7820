// A node whose pods run on Spot and on demand: which of both, what the pod is told, and what is tried next.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCapacityType, type CapacityType } from '../../lib/core/capacity-type.ts';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { placementOf } from '../../lib/providers/ecs-fargate/support/support-annotations.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import { aContainer, aPod, aPodWith, aRecord, ON_DEMAND, T0 } from './fixtures.ts';
import { failureIn, launchedTask, startProvider, type StartedProvider } from './start-provider.ts';

const MIXED: NodeSettings = { ...ON_DEMAND, name: 'fargate-1', capacityType: 'mixed', spotPercent: 50 };
const CAPACITY =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone';

const start = (node: NodeSettings = MIXED): StartedProvider => startProvider({}, { nodes: [node] });
const asking = (capacityType: string): Pod =>
  aPod({}, { annotations: { 'lambdalet.dev/capacity-type': capacityType } });
const typeOf = (pod: Pod, more: Partial<PodRecord> = {}): CapacityType =>
  chooseCapacityType(MIXED, aRecord(pod, more));
/** A pod whose first try is of that type. */
function podOf(type: CapacityType, make: () => Pod = aPod): Pod {
  for (;;) {
    const pod = make();
    if (typeOf(pod) === type) return pod;
  }
}
/** What a launch is told by the annotations of its pod. */
async function priceOf(
  { launch }: StartedProvider,
  pod: Pod,
  more: Partial<PodRecord> = {},
): Promise<string> {
  const outcome = await launch(pod, more);
  return (outcome.kind === 'launched' && outcome.annotations?.['lambdalet.dev/hourly-price']) || '';
}
const SAID = { spot: /Spot, eu-west-1/, 'on-demand': /on-demand, eu-west-1/ } as const;

describe('a pod of a mixed node', () => {
  it.each(['spot', 'on-demand'] as const)(
    'runs on %s where its first try is that, and is told so',
    async (type) => {
      const started = start();
      const pod = podOf(type);
      const outcome = await started.launch(pod);
      expect(outcome).toMatchObject({ kind: 'launched', found: { use: { capacityType: type } } });
      expect(started.provider.useOf(pod, aRecord(pod))).toMatchObject({ capacityType: type });
      expect(await priceOf(started, pod)).toMatch(SAID[type]);
    },
  );

  it('has one task for one token, however often it is sent', async () => {
    const started = start();
    const pod = aPod();
    const arns = [
      launchedTask(await started.launch(pod)).arn,
      launchedTask(await started.launch(pod, { replayed: true })).arn,
    ];
    expect(new Set(arns).size).toBe(1);
  });

  it('has the other type with its next try', async () => {
    const started = start();
    const pod = podOf('spot');
    expect(await priceOf(started, pod)).toMatch(SAID.spot);
    expect(await priceOf(started, pod, { try: 1 })).toMatch(SAID['on-demand']);
    expect(await priceOf(started, pod, { try: 2 })).toMatch(SAID.spot);
  });

  it('keeps the type that its claim says when the share changes between two sends of a token', async () => {
    const { create, ecs, clock, launch } = start();
    await launch(aPod());
    const pod = podOf('spot');
    const [before, after] = [MIXED, { ...MIXED, spotPercent: 1 }].map((node) => create({ nodes: [node] }));
    const use = before!.useOf(pod, aRecord(pod))!;
    const record = aRecord(pod, { use });
    const first = launchedTask(await before!.launch(pod, record, clock.now() + 60_000, noInputs()));
    const sends = ecs.requests('RunTask');
    const second = launchedTask(await after!.launch(pod, record, clock.now() + 60_000, noInputs()));
    expect(second.arn).toBe(first.arn);
    expect(ecs.requests('DescribeTasks'), 'ECS saw no other parameters').toBe(0);
    expect(ecs.requests('RunTask')).toBe(sends + 1);
  });

  it('shares its definition with all replicas, whatever they run on', async () => {
    const { ecs, launch } = start();
    for (const type of ['spot', 'on-demand', 'spot'] as const) await launch(podOf(type));
    expect(ecs.requests('RegisterTaskDefinition')).toBe(1);
  });
});

describe('where a mixed node finds no capacity', () => {
  it.each([
    ['spot', 'Fargate Spot'],
    ['on-demand', 'Fargate on demand'],
  ] as const)('of %s for a first try, the next try need not wait', async (type, words) => {
    const { ecs, launch } = start();
    const pod = podOf(type);
    await launch(podOf(type));
    ecs.model.failNext('RunTask', new AwsError('ClientException', CAPACITY));
    expect(await launch(pod)).toMatchObject({
      kind: 'failed',
      failure: { kind: 'capacity', message: `${words}: ${CAPACITY}` },
      hasAlternative: true,
    });
  });

  it('for the second try either, the third waits', async () => {
    const { ecs, launch } = start();
    const pod = aPod();
    await launch(aPod());
    ecs.model.failNext('RunTask', new AwsError('ClientException', CAPACITY));
    expect(await launch(pod, { try: 1 })).not.toHaveProperty('hasAlternative');
  });

  it('because its quota is used up, the other type has another quota', async () => {
    const { ecs, launch } = start();
    ecs.model.capacity.spotVcpus = 0;
    const pod = podOf('spot');
    expect(await launch(pod)).toMatchObject({ failure: { kind: 'quota' }, hasAlternative: true });
    expect(launchedTask(await launch(pod, { try: 1 })).state).toBe('pending');
  });

  it('but for another reason, nothing says that the other type fares better', async () => {
    const { ecs, launch } = start();
    await launch(aPod());
    ecs.model.failNext('RunTask', new AwsError('ThrottlingException', 'Rate exceeded'));
    const outcome = await launch(aPod());
    expect(failureIn(outcome)).toMatchObject({ kind: 'throttled', message: 'Rate exceeded' });
    expect(outcome).not.toHaveProperty('hasAlternative');
  });

  it('a node of one type has no alternative', async () => {
    const { ecs, launch } = start({ ...ON_DEMAND, name: 'fargate-1' });
    await launch(aPod());
    ecs.model.failNext('RunTask', new AwsError('ClientException', CAPACITY));
    const outcome = await launch(aPod());
    expect(failureIn(outcome).message).toBe(CAPACITY);
    expect(outcome).not.toHaveProperty('hasAlternative');
  });
});

describe('a pod of a mixed node that asks for a type', () => {
  const allow = [{ namespace: 'shop', serviceAccount: '*', capacityTypes: ['spot' as const] }];

  it('has it with every try where a rule allows it, and no alternative', async () => {
    const { ecs, provider, launch } = start({ ...MIXED, allow });
    await launch(asking('spot'));
    for (const nth of [0, 1]) {
      const pod = asking('spot');
      expect(provider.useOf(pod, aRecord(pod, { try: nth }))).toMatchObject({ capacityType: 'spot' });
      expect(await launch(pod, { try: nth })).toMatchObject({ found: { use: { capacityType: 'spot' } } });
    }
    ecs.model.failNext('RunTask', new AwsError('ClientException', CAPACITY));
    const outcome = await launch(asking('spot'));
    expect(failureIn(outcome).message).toBe(CAPACITY);
    expect(outcome).not.toHaveProperty('hasAlternative');
  });

  it.each(['spot', 'on-demand'])('%s needs a rule: the node gives neither for certain', (type) => {
    expect(placementOf(asking(type), MIXED).faults).toMatchObject([
      { note: expect.stringContaining(`have ${type}`) as string },
    ]);
  });
});

describe('what a task uses', () => {
  const amounts = fc.record({
    cpu: fc.integer({ min: 1, max: 16_000 }).map((milli) => `${milli}m`),
    memory: fc.integer({ min: 1, max: 30_000 }).map((mebi) => `${mebi}Mi`),
  });

  it.each(['amd64', 'arm64'] as const)(
    'is known before the launch as ECS bills it, and as the pod is told (%s)',
    async (architecture) => {
      const { provider, launch } = start({ ...MIXED, architecture });
      await fc.assert(
        fc.asyncProperty(amounts, async (requests) => {
          const pod = aPodWith({ resources: { requests, limits: { 'ephemeral-storage': '30Gi' } } });
          const use = provider.useOf(pod, aRecord(pod));
          const outcome = await launch(pod);
          if (outcome.kind !== 'launched') throw new Error('not launched');
          expect(outcome.found.use).toEqual(use);
          expect(outcome.annotations?.['lambdalet.dev/task-size']).toMatch(new RegExp(`^${use?.vcpu} vCPU,`));
          const told = Number(outcome.annotations?.['lambdalet.dev/hourly-price']?.split(' ')[0]);
          expect(Math.abs(told - (use?.usdPerHour ?? NaN))).toBeLessThanOrEqual(0.000_050_1);
        }),
        { numRuns: 25 },
      );
    },
  );

  it('is what is bought, not what is asked for, with nine decimals at most', () => {
    const { provider } = start({ ...ON_DEMAND, name: 'fargate-1' });
    const pod = aPodWith({ resources: { requests: { cpu: '300m', memory: '1Gi' } } });
    expect(provider.useOf(pod, aRecord(pod))).toEqual({
      ...{ vcpu: 0.5, usdPerHour: 0.024685, capacityType: 'on-demand' },
    });
  });

  it('is not known of a pod that nothing is large enough for', () => {
    const { provider } = start();
    const large = aContainer({ resources: { requests: { cpu: '64' } } });
    expect(provider.useOf(aPod({ containers: [large] }), aRecord(aPod()))).toBeUndefined();
  });

  it('is asked for every pod of a node: five thousand take less than a second', () => {
    const { provider } = start();
    const pods = Array.from({ length: 5000 }, () => aPodWith({ resources: { requests: { cpu: '1' } } }));
    const begun = performance.now();
    for (const pod of pods) provider.useOf(pod, aRecord(pod, { launchBefore: T0 }));
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
