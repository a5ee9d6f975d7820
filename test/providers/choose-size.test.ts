import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSize, describeSize, sizes } from '../../lib/providers/ecs-fargate/choose-size.ts';
import { parseQuantity, quantityIn } from '../../lib/core/parse-quantity.ts';
import { shareOf, sizeOf } from '../../lib/providers/ecs-fargate/sum-resources.ts';
import { aContainer, aPod, aPodWith } from './fixtures.ts';

const GIB = 1024;
const asking = (requests: Record<string, string>, limits: Record<string, string> = {}) =>
  aPodWith({ resources: { requests, limits } }).spec;

describe('choosing a Fargate size', () => {
  it.each([
    ['nothing', 0, 0, 256, 512],
    ['exactly a size', 256, 512, 256, 512],
    ['a little more memory', 256, 513, 256, GIB],
    ['a little more CPU', 257, 100, 512, GIB],
    ['memory that forces more CPU', 256, 3 * GIB, 512, 3 * GIB],
    ['the top of 4 vCPU', 4096, 30 * GIB, 4096, 30 * GIB],
    ['memory between the steps of 8 vCPU', 4096, 31 * GIB, 8192, 32 * GIB],
    ['memory between the steps of 16 vCPU', 9000, 33 * GIB, 16384, 40 * GIB],
    ['more than 16 vCPU has', 100, 121 * GIB, 32768, 244 * GIB],
    ['32 vCPU', 32768, 1, 32768, 60 * GIB],
  ])('takes the smallest for %s', (_, cpu, memory, expectedCpu, expectedMemory) => {
    expect(chooseSize({ cpu, memory })).toEqual({
      kind: 'fits',
      size: { cpu: expectedCpu, memory: expectedMemory },
    });
  });

  it.each([
    ['too much CPU', 40_000, 10 * GIB, 60],
    ['too much memory', 256, 300 * GIB, 244],
    ['too much CPU and half the memory', 40_000, 100 * GIB, 120],
  ])('names the nearest size for %s', (_, cpu, memory, nearestGib) => {
    const nearest = { cpu: 32768, memory: nearestGib * GIB };
    expect(chooseSize({ cpu, memory })).toEqual({ kind: 'tooLarge', nearest });
  });

  it('always fits, and no cheaper size would', () => {
    fc.assert(
      fc.property(fc.nat(32768), fc.nat(244 * GIB), (cpu, memory) => {
        const choice = chooseSize({ cpu, memory });
        if (choice.kind !== 'fits') throw new Error(`${cpu}/${memory} should fit`);
        expect(choice.size.cpu).toBeGreaterThanOrEqual(cpu);
        expect(choice.size.memory).toBeGreaterThanOrEqual(memory);
        const smaller = sizes().filter(
          (size) =>
            size.cpu <= choice.size.cpu &&
            size.memory <= choice.size.memory &&
            !(size.cpu === choice.size.cpu && size.memory === choice.size.memory),
        );
        expect(smaller.some((size) => size.cpu >= cpu && size.memory >= memory)).toBe(false);
      }),
    );
  });

  it('says a size in vCPU and GiB', () => {
    expect(describeSize({ cpu: 256, memory: 512 })).toBe('0.25 vCPU with 0.5 GiB of memory');
  });
});

describe('summing what containers ask for', () => {
  it.each([
    ['requests', asking({ cpu: '500m', memory: '1Gi' }), 512, GIB],
    ['a memory limit above its request', asking({ memory: '1Gi' }, { memory: '3Gi' }), 512, 3 * GIB],
    ['a CPU limit above its request by the request', asking({ cpu: '250m' }, { cpu: '4' }), 256, 512],
    ['nothing at all', aPod().spec, 256, 512],
    [
      'two containers together',
      aPod({
        containers: [
          aContainer({ resources: { requests: { cpu: '1', memory: '1Gi' } } }),
          aContainer({ name: 'side', resources: { requests: { cpu: '500m', memory: '4000Mi' } } }),
        ],
      }).spec,
      2048,
      5 * GIB,
    ],
    ['pod resources that are more', aPod({ resources: { requests: { cpu: '2' } } }).spec, 2048, 4 * GIB],
    ['overhead on top', aPod({ overhead: { cpu: '300m', memory: '600Mi' } }).spec, 512, GIB],
  ])('counts %s', (_, spec, cpu, memory) => {
    expect(sizeOf(spec)).toEqual({ kind: 'fits', size: { cpu, memory } });
  });

  it('enlarges the disk only above the 20 GiB that are there', () => {
    expect(sizeOf(asking({ 'ephemeral-storage': '20Gi' }))).not.toHaveProperty('diskGiB');
    expect(sizeOf(asking({ 'ephemeral-storage': '20500Mi' }))).toHaveProperty('diskGiB', 21);
  });

  it('refuses more CPU and more disk than there is, both at once, naming the nearest size', () => {
    expect(sizeOf(asking({ cpu: '40', 'ephemeral-storage': '1Ti' }))).toEqual({
      kind: 'tooLarge',
      faults: [
        {
          path: 'spec.containers[0].resources',
          note: expect.stringContaining('The nearest is 32 vCPU with 60 GiB of memory') as string,
        },
        {
          path: 'spec.containers[0].resources',
          note: expect.stringContaining('at most 200 GiB') as string,
        },
      ],
    });
  });

  it('gives a container its request as reservation below its limit', () => {
    const container = aContainer({
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    });
    expect(shareOf(container)).toEqual({ cpu: 102, memory: 128, memoryReservation: 64 });
  });

  it('gives no container less memory than ECS takes', () => {
    expect(shareOf(aContainer({ resources: { limits: { memory: '1Mi' } } }))).toEqual({ memory: 6 });
  });
});

describe('parsing a quantity', () => {
  it.each([
    ['1', 1],
    ['100m', 0.1],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['2k', 2000],
    ['3M', 3e6],
    ['1G', 1e9],
    ['1Ki', 1024],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['12e6', 12e6],
    ['1E3', 1000],
    ['1E', 1e18],
    ['12e-3', 0.012],
    ['-2', -2],
    ['+2', 2],
    ['100n', 1e-7],
    ['1u', 1e-6],
  ])('reads %s', (text, value) => {
    expect(Number(parseQuantity(text)) / 1e9).toBeCloseTo(value, 9);
  });

  it.each(['', 'a', '1.2.3', '1 Gi', '1gi', '--1', '1e', '.', 'Ki'])('does not read "%s"', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it('rounds up to what surely suffices', () => {
    expect(quantityIn(parseQuantity('1001k')!, 'mebi')).toBe(1);
    expect(quantityIn(parseQuantity('0.1m')!, 'milli')).toBe(1);
    expect(quantityIn(parseQuantity('1500m')!, 'one')).toBe(2);
  });
});
