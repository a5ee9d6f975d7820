import { describe, expect, it } from 'vitest';
import type { Provider } from '../../lib/ports/provider.ts';
import { FailureError } from '../../lib/core/failure.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { largeRegionRates } from '../../lib/local/aws/ecs/ecs-rates.ts';
import { ecsRates } from '../../lib/providers/ecs-fargate/calls/ecs-rates.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import { aPodWith, aRecord, T0 } from './fixtures.ts';
import { launchedTask, startProvider, type StartedProvider } from './start-provider.ts';

const DAY = 24 * 3_600_000;
const RATES = ecsRates({ region: 'eu-west-1', share: 1 });
type IsUsed = Parameters<Provider['retireDefinitions']>[0];
const nobody: IsUsed = () => false;

const images = (count: number) => Array.from({ length: count }, (_, nth) => `nginx:${nth}`);

/** Registers a definition for each image and lets them grow old. */
async function withOld(
  count: number,
  ...options: Parameters<typeof startProvider>
): Promise<StartedProvider> {
  const started = startProvider(...options);
  for (const image of images(count))
    launchedTask(await started.clock.runUntil(started.launch(aPodWith({ image }))));
  await started.clock.advance(DAY + 1);
  return started;
}

function active({ ecs, clock }: StartedProvider): readonly string[] {
  const found: string[] = [];
  for (let nextToken: string | undefined, more = true; more; more = nextToken !== undefined) {
    const query = { familyPrefix: 'lambdalet-demo-', status: 'ACTIVE', ...(nextToken && { nextToken }) };
    const page = ecs.model.handle('ListTaskDefinitionFamilies', query, clock.now());
    found.push(...(page as { families: string[] }).families);
    ({ nextToken } = page as { nextToken?: string });
  }
  return found;
}

describe('retiring definitions', () => {
  it('makes no call for those that are used by their hash, however many', async () => {
    const { ecs, provider } = await withOld(120);
    const seen: string[] = [];
    const all: IsUsed = ({ specHash }) => seen.push(specHash) > 0;
    expect(await provider.retireDefinitions(all, 10)).toBe(0);
    expect(new Set(seen)).toEqual(
      new Set(
        images(120).map((image) => {
          const assessment = provider.assess(aPodWith({ image }), 'fargate-1');
          return assessment.kind === 'runnable' ? assessment.specHash : '';
        }),
      ),
    );
    expect(ecs.requests('ListTaskDefinitionFamilies')).toBe(2);
    expect(ecs.requests('DescribeTaskDefinition')).toBe(0);
  });

  it('leaves alone what is not exactly ours: other clusters, longer names, strangers', async () => {
    const started = await withOld(1);
    const { ecs, clock, provider, create } = started;
    const longer = create({ cluster: 'demo-eu' });
    const pod = aPodWith({ image: 'theirs' });
    launchedTask(await longer.launch(pod, aRecord(pod), clock.now() + DAY, noInputs()));
    const [ours] = active(started);
    const definition = ecs.model.handle('DescribeTaskDefinition', { taskDefinition: ours }, clock.now()) as {
      taskDefinition: Record<string, unknown>;
    };
    const strange = [
      `${ours!}0`,
      ours!.slice(0, -1),
      'lambdalet-demo-web',
      `lambdalet-demo-${'A'.repeat(32)}`,
    ];
    for (const family of strange)
      ecs.model.handle('RegisterTaskDefinition', { ...definition.taskDefinition, family }, clock.now());
    await clock.advance(DAY + 1);
    expect(await provider.retireDefinitions(nobody, 100)).toBe(1);
    expect(active(started)).toHaveLength(1 + strange.length);
    expect(active(started)).not.toContain(ours);
  });

  it('does not look at a young definition again before it is old enough', async () => {
    const started = startProvider();
    const { ecs, clock, provider } = started;
    launchedTask(await started.launch(aPodWith({ image: 'young' })));
    await provider.retireDefinitions(nobody, 10);
    await clock.advance(DAY - 1);
    expect(await provider.retireDefinitions(nobody, 10)).toBe(0);
    expect(ecs.requests('DescribeTaskDefinition')).toBe(1);
    await clock.advance(1);
    expect(await provider.retireDefinitions(nobody, 10)).toBe(1);
  });

  it('gets further with every run when many are kept', async () => {
    const started = await withOld(150);
    const { ecs, provider } = started;
    const [last] = active(started).toReversed();
    const allButLast: IsUsed = ({ name }) =>
      name.includes(':task-definition/') && !name.includes(`/${last!}:`);
    expect(await provider.retireDefinitions(allButLast, 10)).toBe(0);
    expect(ecs.requests('DescribeTaskDefinition')).toBe(100);
    expect(await provider.retireDefinitions(allButLast, 10)).toBe(1);
  });

  it('launches by a definition that was retired after registering it anew', async () => {
    const started = await withOld(1);
    const { clock, provider, launch, ecs } = started;
    expect(await provider.retireDefinitions(nobody, 10)).toBe(1);
    const outcome = await clock.runUntil(launch(aPodWith({ image: 'nginx:0' })));
    expect(outcome).toMatchObject({ taskDefinition: expect.stringMatching(/:2$/) as string });
    expect(ecs.requests('RegisterTaskDefinition')).toBe(2);
  });

  it('ends with a failure in the middle, and goes on the next time', async () => {
    const started = await withOld(3);
    const { clock, ecs, provider } = started;
    ecs.model.failNext('DeregisterTaskDefinition', new AwsError('AccessDeniedException', 'not authorized'));
    const run = provider.retireDefinitions(nobody, 10);
    await expect(run).rejects.toBeInstanceOf(FailureError);
    await expect(run).rejects.toMatchObject({ failure: { kind: 'auth' } });
    expect(active(started)).toHaveLength(3);
    expect(await clock.runUntil(provider.retireDefinitions(nobody, 10))).toBe(3);
  });

  it('passes over a definition that somebody else has retired meanwhile', async () => {
    const started = await withOld(2);
    const { ecs, clock, provider } = started;
    const isUsed: IsUsed = ({ name }) => {
      const [family] = active(started);
      if (name === family)
        ecs.model.handle('DeregisterTaskDefinition', { taskDefinition: `${family}:1` }, clock.now());
      return false;
    };
    expect(await provider.retireDefinitions(isUsed, 10)).toBe(0);
    expect(active(started)).toEqual([]);
  });
});

describe('retiring within the rates of ECS', () => {
  it('never delays a registration', async () => {
    const started = await withOld(30, { rates: largeRegionRates }, { rates: RATES });
    const { clock, provider, launch } = started;
    const retirement = provider.retireDefinitions(nobody, 30);
    await clock.advance(5_000);
    const before = clock.now();
    launchedTask(await clock.runUntil(launch(aPodWith({ image: 'new' }))));
    expect(clock.now()).toBe(before);
    expect(await clock.runUntil(retirement)).toBe(30);
    expect(clock.now() - T0 - DAY).toBeGreaterThan(15_000);
  });

  it('gives up for now when registrations take everything', async () => {
    const started = await withOld(5, { rates: largeRegionRates }, { rates: RATES });
    const { clock, provider } = started;
    const pods = images(100).map((image) => aPodWith({ image: `new-${image}` }));
    const launches = Promise.all(
      pods.map((pod) => provider.launch(pod, aRecord(pod), clock.now() + 60_000, noInputs())),
    );
    expect(await clock.runUntil(provider.retireDefinitions(nobody, 10))).toBe(0);
    await clock.runUntil(launches);
    await clock.advance(60_000);
    expect(await clock.runUntil(provider.retireDefinitions(nobody, 10))).toBe(5);
  });
});
