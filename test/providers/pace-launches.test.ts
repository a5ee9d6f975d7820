import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { AwsError } from '../../lib/local/aws/aws-model.ts';
import { largeRegionRates } from '../../lib/local/aws/ecs/ecs-rates.ts';
import { ecsRates } from '../../lib/providers/ecs-fargate/calls/ecs-rates.ts';
import { noInputs } from '../support/vocabulary-inputs.ts';
import { aPod, aPodWith, aRecord, T0 } from './fixtures.ts';
import { failureIn, launchedTask, startProvider, type StartedProvider } from './start-provider.ts';

const RATES = ecsRates({ region: 'eu-west-1', share: 1 });
const THROTTLE = new AwsError('ThrottlingException', 'Rate exceeded');
const aHundredKinds = Array.from({ length: 100 }, (_, nth) => `nginx:${nth}`);

/** The provider within the rates that the emulator enforces. */
const paced = (more: Parameters<typeof startProvider>[1] = {}) =>
  startProvider({ rates: largeRegionRates }, { rates: RATES, ...more });

const launchAll = ({ clock, provider }: StartedProvider, pods: readonly Pod[], claimMs: number) =>
  clock.runUntil(
    Promise.all(pods.map((pod) => provider.launch(pod, aRecord(pod), clock.now() + claimMs, noInputs()))),
  );

describe('launching within the rates of ECS', () => {
  it('starts a thousand replicas as fast as RunTask allows, and is never throttled', async () => {
    const started = paced();
    const { clock, ecs } = started;
    const pods = Array.from({ length: 1000 }, () => aPod());
    (await launchAll(started, pods, 120_000)).forEach(launchedTask);
    expect(ecs.requests('RunTask')).toBe(1001);
    expect(clock.now() - T0).toBeLessThanOrEqual(((1001 - 20) / 20) * 1000 * 1.01);
  });

  it('sends launches that waited for one registration no faster than the rate', async () => {
    const started = paced();
    const { clock, ecs } = started;
    ecs.model.failNext('RegisterTaskDefinition', new AwsError('ServerException', 'Internal error'));
    ecs.model.failNext('RegisterTaskDefinition', new AwsError('ServerException', 'Internal error'));
    const pods = Array.from({ length: 60 }, () => aPod());
    (await launchAll(started, pods, 120_000)).forEach(launchedTask);
    expect(clock.now() - T0).toBeGreaterThanOrEqual(2_000);
  });

  it('counts On-Demand and Spot apart, in a small Region', async () => {
    const started = startProvider({}, { rates: ecsRates({ region: 'eu-south-2', share: 1 }) });
    const onDemand = Array.from({ length: 30 }, () => aPod());
    (await launchAll(started, onDemand, 60_000)).forEach(launchedTask);
    expect(started.clock.now() - T0).toBeGreaterThanOrEqual(1_000);
    const spot = aPod({ nodeName: 'spot-1' });
    const before = started.clock.now();
    const launch = started.provider.launch(
      spot,
      aRecord(spot, { node: 'spot-1' }),
      before + 60_000,
      noInputs(),
    );
    launchedTask(await started.clock.runUntil(launch));
    expect(started.clock.now() - before).toBeLessThan(500);
  });

  it('sends nothing for a claim that runs out while it waits, and gives its tokens back', async () => {
    const started = paced();
    const { ecs } = started;
    await launchAll(started, [aPod()], 60_000);
    const outcomes = await launchAll(
      started,
      Array.from({ length: 60 }, () => aPod()),
      1_000,
    );
    const late = outcomes.filter(({ kind }) => kind === 'failed');
    expect(late.length).toBeGreaterThan(10);
    for (const outcome of late) expect(failureIn(outcome).kind).toBe('transient');
    expect(ecs.model.taskCount()).toBe(61 - late.length);
    launchedTask(await started.clock.runUntil(started.launch(aPod())));
  });

  it('registers at the rate of the account; who waits too long says what for, and asks only once more', async () => {
    const started = paced();
    const { clock, ecs } = started;
    const pods = aHundredKinds.map((image) => aPodWith({ image }));
    const outcomes = await launchAll(started, pods, 60_000);
    const waiting = outcomes.flatMap((outcome, nth) => (outcome.kind === 'failed' ? [pods[nth]!] : []));
    expect(pods.length - waiting.length).toBeGreaterThanOrEqual(40);
    expect(ecs.requests('RegisterTaskDefinition')).toBe(pods.length - waiting.length);
    for (const outcome of outcomes.filter(({ kind }) => kind === 'failed'))
      expect(failureIn(outcome)).toMatchObject({
        kind: 'throttled',
        message: expect.stringContaining('register a task definition') as string,
      });
    expect(clock.now() - T0).toBeLessThan(30_000);
    const sent = ecs.requests('RunTask');
    const [first] = waiting;
    launchedTask(await clock.runUntil(started.launch(first!)));
    expect(ecs.requests('RunTask') - sent).toBe(1);
  });

  it('fails all replicas as their one registration does', async () => {
    const started = paced();
    const { clock, ecs, launch } = started;
    for (let nth = 0; nth < 20; nth += 1) await clock.runUntil(launch(aPodWith({ image: `used-up:${nth}` })));
    for (let nth = 0; nth < 3; nth += 1) ecs.model.failNext('RegisterTaskDefinition', THROTTLE);
    const before = ecs.requests('RunTask');
    const outcomes = await launchAll(
      started,
      Array.from({ length: 50 }, () => aPod()),
      60_000,
    );
    expect(new Set(outcomes.map((outcome) => failureIn(outcome).kind))).toEqual(new Set(['throttled']));
    expect(ecs.requests('RunTask') - before).toBe(1);
  });

  it('asks whoever paces launches before each further RunTask of a launch', async () => {
    let asked = 0;
    const started = paced({ paceResend: () => Promise.resolve(void (asked += 1)) });
    await launchAll(started, [aPod()], 60_000);
    expect(asked).toBe(1);
    await launchAll(started, [aPod(), aPod()], 60_000);
    expect(asked).toBe(1);
  });

  it('tells of a throttled RunTask, goes on at half the pace, and lets stops pass', async () => {
    let told = 0;
    const started = paced({ onLaunchThrottled: () => void (told += 1) });
    const { clock, ecs, provider, launch } = started;
    const { arn } = launchedTask(await clock.runUntil(launch(aPod())));
    ecs.model.failNext('RunTask', THROTTLE);
    expect(failureIn(await clock.runUntil(launch(aPod()))).kind).toBe('throttled');
    expect(told).toBe(1);
    const before = clock.now();
    await provider.stop(arn, 'at once');
    expect(clock.now()).toBe(before);
    const pods = Array.from({ length: 10 }, () => aPod());
    (await launchAll(started, pods, 60_000)).forEach(launchedTask);
    expect(clock.now() - before).toBeGreaterThan(800);
  });
});

describe('other calls within the rates of ECS', () => {
  it('describes five thousand tasks in fifty calls', async () => {
    const { provider, ecs } = paced();
    const arns = Array.from(
      { length: 5000 },
      (_, nth) => `arn:aws:ecs:eu-west-1:1:task/lambdalet-demo/${nth}`,
    );
    expect((await provider.describe(arns)).size).toBe(0);
    expect(ecs.requests('DescribeTasks')).toBe(50);
  });

  it('waits for the rate of reads rather than be throttled', async () => {
    const { clock, provider, ecs } = paced();
    // The first call of an SDK client reads its configuration from files, in real time: meanwhile others would gather.
    await clock.runUntil(provider.listLive());
    await clock.advance(60_000);
    const begun = clock.now();
    await clock.runUntil(Promise.all(Array.from({ length: 140 }, () => provider.listLive())));
    expect(ecs.requests('ListTasks')).toBe(141);
    expect(clock.now() - begun, '80 at once, then 20 a second').toBe(3_000);
  });

  it.each([
    ['ListTasks', (started: StartedProvider) => started.provider.listLive()],
    ['DescribeTasks', (started: StartedProvider) => started.provider.describe(['arn:x'])],
    ['StopTask', (started: StartedProvider) => started.provider.stop('arn:x', 'why')],
  ])('tries %s again after a throttle, more slowly', async (operation, call) => {
    const started = paced();
    started.ecs.model.failNext(operation, THROTTLE);
    await started.clock.runUntil<unknown>(call(started));
    expect(started.ecs.requests(operation)).toBe(2);
    const before = started.clock.now();
    await started.clock.runUntil(Promise.all(Array.from({ length: 20 }, () => call(started))));
    expect(started.clock.now() - before).toBeGreaterThan(600);
  });

  it('gives up on a call after three tries', async () => {
    const { clock, ecs, provider } = paced();
    for (let nth = 0; nth < 3; nth += 1) ecs.failWire('ListTasks', 'loses the answer');
    await expect(clock.runUntil(provider.listLive())).rejects.toMatchObject({
      failure: { kind: 'transient' },
    });
    expect(ecs.requests('ListTasks')).toBe(3);
  });

  it('does not repeat a call that was refused', async () => {
    const { ecs, provider } = startProvider({ clusters: [] });
    await expect(provider.listLive()).rejects.toMatchObject({ failure: { kind: 'auth' } });
    expect(ecs.requests('ListTasks')).toBe(1);
  });

  it('stops tasks before it launches others, however many wait to be launched', async () => {
    const one = { burst: 1, perSecond: 1 };
    const started = startProvider({}, { rates: { ...RATES, modify: one } });
    const { clock, provider, ecs, launch } = started;
    const { arn } = launchedTask(await clock.runUntil(launch(aPod())));
    const launches = Promise.all(Array.from({ length: 5 }, () => launch(aPod())));
    await clock.advance(100);
    const sent = ecs.requests('RunTask');
    const stop = provider.stop(arn, 'first');
    await clock.runUntil(stop);
    expect(ecs.requests('RunTask')).toBe(sent);
    (await clock.runUntil(launches)).forEach(launchedTask);
  });
});
