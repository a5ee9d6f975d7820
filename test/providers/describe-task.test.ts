import { describe, expect, it } from 'vitest';
import { costTags } from '../../lib/providers/ecs-fargate/plan/cost-tags.ts';
import { describeTask, priceInWords } from '../../lib/providers/ecs-fargate/plan/describe-task.ts';
import { envFileKey, envFilePrefix } from '../../lib/providers/ecs-fargate/plan/env-file-key.ts';
import { hourlyPrice } from '../../lib/providers/ecs-fargate/plan/price-task.ts';
import { aPod } from './fixtures.ts';

const ONE = { cpu: 1024, memory: 2048 };
const VIRGINIA = { region: 'us-east-1', architecture: 'amd64', capacityType: 'on-demand' } as const;

describe('pricing a task', () => {
  it.each([
    ['x86 on demand', VIRGINIA, 0.04937, 'us-east-1'],
    ['arm64 on demand', { ...VIRGINIA, architecture: 'arm64' as const }, 0.0395, 'us-east-1'],
    [
      'Spot at the least that it can be',
      { ...VIRGINIA, capacityType: 'spot' as const },
      0.014811,
      'us-east-1',
    ],
    ['disk above 20 GiB', { ...VIRGINIA, diskGiB: 120 }, 0.06047, 'us-east-1'],
    ['Frankfurt', { ...VIRGINIA, region: 'eu-central-1' }, 0.05678, 'eu-central-1'],
    [
      'a Region that is not known as if it were us-east-1',
      { ...VIRGINIA, region: 'mx-central-1' },
      0.04937,
      'us-east-1',
    ],
    [
      'arm64 where only x86 is known',
      { ...VIRGINIA, region: 'us-west-2', architecture: 'arm64' as const },
      0.0395,
      'us-east-1',
    ],
  ])('knows %s', (_, of, usd, region) => {
    const price = hourlyPrice(ONE, of);
    expect(price.usd).toBeCloseTo(usd, 6);
    expect(price.region).toBe(region);
  });

  it('says what kind of price it is', () => {
    expect(priceInWords(hourlyPrice({ cpu: 256, memory: 512 }, VIRGINIA))).toBe(
      '0.0123 USD (on-demand, us-east-1 list price)',
    );
    expect(priceInWords(hourlyPrice(ONE, { ...VIRGINIA, capacityType: 'spot' }))).toBe(
      '0.0148 USD (Spot, us-east-1 list price less 70 %)',
    );
  });
});

describe('describing a task to its pod', () => {
  it('tells size, slack and price', () => {
    const price = hourlyPrice(ONE, VIRGINIA);
    expect(describeTask({ size: ONE, need: { cpu: 100, memory: 2049 }, price })).toEqual({
      'lambdalet.dev/task-size': '1 vCPU, 2 GiB',
      'lambdalet.dev/task-slack': '0.902 vCPU, 0 GiB',
      'lambdalet.dev/hourly-price': '0.0494 USD (on-demand, us-east-1 list price)',
    });
  });
});

describe('tagging a task for cost reports', () => {
  const tagged = (labels: Record<string, string>, costLabels?: readonly string[]) =>
    costTags(aPod({}, { labels }), costLabels === undefined ? {} : { costLabels }).map(
      ({ key, value }) => `${key}=${value}`,
    );

  it('takes the labels in the order of their keys, without what controllers add', () => {
    expect(
      tagged({ team: 'red', app: 'web', 'pod-template-hash': '1', 'controller-uid': '2', 'job-name': '3' }),
    ).toEqual(['app=web', 'team=red']);
  });

  it('takes exactly the labels that are asked for', () => {
    expect(tagged({ team: 'red', app: 'web', 'job-name': 'nightly' }, ['job-name', 'team'])).toEqual([
      'job-name=nightly',
      'team=red',
    ]);
  });

  it('leaves out what AWS does not take', () => {
    const long = `${'x'.repeat(100)}.example.com/${'y'.repeat(30)}`;
    expect(tagged({ [long]: 'a', 'aws:mine': 'b', 'odd#key': 'c', good: 'd' })).toEqual(['good=d']);
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`label-${index}`, 'x']));
    expect(tagged(many)).toHaveLength(50);
  });
});

describe('naming an env file', () => {
  it('keeps the files of one attempt together', () => {
    const attempt = { cluster: 'demo', node: 'fargate-1', uid: 'u-1', attempt: 3 };
    expect(envFileKey({ ...attempt, container: 'app' })).toBe('demo/fargate-1/u-1/3/app.env');
    expect(envFilePrefix(attempt)).toBe('demo/fargate-1/u-1/3/');
  });
});
