import { describe, expect, it } from 'vitest';
import { billedUse } from '../../lib/providers/ecs-fargate/tasks/billed-use.ts';

const arnIn = (region: string): string => `arn:aws:ecs:${region}:111122223333:task/demo/1`;
const SMALL = { cpu: '256', memory: '512' };
const arm64 = { attributes: [{ name: 'ecs.cpu-architecture', value: 'arm64' }] };

describe('what a described task uses', () => {
  it.each([
    ['on demand', SMALL, 'eu-west-1', { vcpu: 0.25, usdPerHour: 0.0123425, capacityType: 'on-demand' }],
    [
      'on Spot',
      { ...SMALL, capacityProviderName: 'FARGATE_SPOT' },
      'eu-west-1',
      { vcpu: 0.25, usdPerHour: 0.00370275, capacityType: 'spot' },
    ],
    [
      'on demand by a capacity provider',
      { ...SMALL, capacityProviderName: 'FARGATE' },
      'eu-west-1',
      { capacityType: 'on-demand' },
    ],
    ['of another processor', { ...SMALL, ...arm64 }, 'eu-west-1', { usdPerHour: 0.009875 }],
    ['in another Region', SMALL, 'eu-central-1', { usdPerHour: 0.014195 }],
    [
      'with more disk',
      { ...SMALL, ephemeralStorage: { sizeInGiB: 120 } },
      'eu-west-1',
      { usdPerHour: 0.0234425 },
    ],
    [
      'with the disk that every task has',
      { ...SMALL, ephemeralStorage: {} },
      'eu-west-1',
      { usdPerHour: 0.0123425 },
    ],
  ])('is known %s', (_, task, region, expected) => {
    expect(billedUse(arnIn(region), task)).toMatchObject(expected);
  });

  it.each([
    ['its size', {}],
    ['its memory', { cpu: '256' }],
    ['a size that is a number', { cpu: 'much', memory: '512' }],
  ])('is not known where it does not tell %s', (_, task) => {
    expect(billedUse(arnIn('eu-west-1'), task)).toBeUndefined();
  });
});
