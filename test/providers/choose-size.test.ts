import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSize, describeSize, sizes } from '../../lib/providers/ecs-fargate/plan/choose-size.ts';
import { parseQuantity, quantityIn } from '../../lib/core/parse-quantity.ts';
import { shareResources } from '../../lib/providers/ecs-fargate/plan/share-resources.ts';
import { sizeOf } from '../../lib/providers/ecs-fargate/plan/sum-resources.ts';
import { aContainer, aPod, aPodWith } from './fixtures.ts';

const GIB = 1024;
const asking = (requests: Record<string, string>, limits: Record<string, string> = {}) =>
  aPodWith({ resources: { requests, limits } }).spec;

const asks = (name: string, requests: Record<string, string>, restartPolicy?: string) =>
  aContainer({ name, resources: { requests }, ...(restartPolicy === undefined ? {} : { restartPolicy }) });

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
    ['too much CPU', 40_000, 10 * GIB, 60, 'cpu'],
    ['too much memory', 256, 300 * GIB, 244, 'memory'],
    ['too much CPU and half the memory', 40_000, 100 * GIB, 120, 'cpu'],
  ])('names the nearest size for %s', (_, cpu, memory, nearestGib, lacks) => {
    const nearest = { cpu: 32768, memory: nearestGib * GIB };
    expect(chooseSize({ cpu, memory })).toEqual({ kind: 'tooLarge', nearest, lacks });
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
    [
      'the largest init container with the sidecars before it, but not those after it',
      aPod({
        initContainers: [
          asks('early', { cpu: '1' }, 'Always'),
          asks('setup', { cpu: '2500m' }),
          asks('late', { cpu: '1' }, 'Always'),
        ],
        containers: [asks('main', { cpu: '1' })],
      }).spec,
      4096,
      8 * GIB,
    ],
    [
      'sidecars and app containers together',
      aPod({
        initContainers: [asks('side', { memory: '1500Mi' }, 'Always'), asks('setup', { memory: '2Gi' })],
        containers: [asks('main', { memory: '2500Mi' })],
      }).spec,
      512,
      4 * GIB,
    ],
    [
      'the memory limit of the pod instead of those of its containers',
      aPod({
        resources: { limits: { memory: '2Gi' } },
        containers: [asks('a', { memory: '2Gi' }), asks('b', { memory: '2Gi' })],
      }).spec,
      256,
      2 * GIB,
    ],
    ['overhead on top', aPod({ overhead: { cpu: '300m', memory: '600Mi' } }).spec, 512, GIB],
  ])('counts %s', (_, spec, cpu, memory) => {
    expect(sizeOf(spec)).toMatchObject({ kind: 'fits', size: { cpu, memory } });
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
      lacks: 'cpu',
    });
    expect(sizeOf(asking({ 'ephemeral-storage': '1Ti' }))).toMatchObject({ lacks: 'ephemeral-storage' });
    expect(sizeOf(asking({ memory: '300Gi' }))).toMatchObject({ lacks: 'memory' });
  });

  it('names the container that takes most, or the pod as a whole', () => {
    const paths = (spec: ReturnType<typeof asking>) => {
      const size = sizeOf(spec);
      return size.kind === 'fits' ? [] : size.faults.map(({ path }) => path);
    };
    const containers = [asks('a', { cpu: '20', memory: '1Gi' }), asks('b', { cpu: '21' })];
    expect(paths(aPod({ containers }).spec)).toEqual(['spec.containers[1].resources']);
    expect(paths(aPod({ containers, resources: { requests: { cpu: '50' } } }).spec)).toEqual([
      'spec.resources',
    ]);
    const initContainers = [asks('i', { memory: '1Ti' })];
    expect(paths(aPod({ initContainers }).spec)).toEqual(['spec.initContainers[0].resources']);
    const volumes = [
      { name: 'v', emptyDir: { sizeLimit: '1Ti' } },
      { name: 'm', emptyDir: { sizeLimit: '1Ti', medium: 'Memory' } },
    ];
    expect(paths(aPod({ volumes }).spec)).toEqual(['spec.volumes']);
  });
});

describe('sharing a task among its containers', () => {
  const SIZE = { cpu: 1024, memory: 2 * GIB };
  const shares = (spec: Parameters<typeof aPod>[0], size = SIZE) =>
    Object.fromEntries(shareResources(aPod(spec).spec, size));

  it('gives a container its request as reservation below its limit', () => {
    const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } };
    expect(shares({ containers: [aContainer({ resources })] })).toEqual({
      main: { cpu: 102, memory: 128, memoryReservation: 64 },
    });
  });

  it('gives no container less than ECS takes', () => {
    const resources = { requests: { cpu: '1m' }, limits: { memory: '1Mi' } };
    expect(shares({ containers: [aContainer({ resources })] })).toEqual({ main: { memory: 6 } });
    const tiny = { requests: { memory: '1Mi' }, limits: { memory: '2Mi' } };
    expect(shares({ containers: [aContainer({ resources: tiny })] })).toEqual({ main: { memory: 6 } });
  });

  it('gives init containers a share only where all fit together', () => {
    const spec = {
      initContainers: [asks('setup', { cpu: '1' }), asks('side', { cpu: '100m' }, 'Always')],
      containers: [asks('main', { cpu: '500m' })],
    };
    expect(shares(spec, { cpu: 2048, memory: 4 * GIB })).toHaveProperty('setup');
    expect(shares(spec)).toEqual({ side: { cpu: 102 }, main: { cpu: 512 } });
  });

  it('reserves instead of limiting where the limits do not fit, and leaves the rest to the task', () => {
    const limited = (name: string, request: string) =>
      aContainer({ name, resources: { requests: { memory: request }, limits: { memory: '2Gi' } } });
    expect(shares({ containers: [limited('a', '1Gi'), limited('b', '500Mi')] })).toEqual({
      a: { memoryReservation: 1024 },
      b: { memoryReservation: 500 },
    });
    expect(shares({ containers: [limited('a', '2Gi'), limited('b', '500Mi')] })).toEqual({});
  });

  it('never gives more than the task has', () => {
    const size = fc.integer({ min: 1, max: 3000 });
    const some = fc.record({ cpu: size, memory: size, limit: size });
    fc.assert(
      fc.property(
        fc.array(some, { maxLength: 3 }),
        fc.array(some, { minLength: 1, maxLength: 3 }),
        (inits, apps) => {
          const toContainer = (prefix: string) => (each: (typeof inits)[number], index: number) =>
            aContainer({
              name: `${prefix}${index}`,
              resources: {
                requests: { cpu: `${each.cpu}m`, memory: `${each.memory}Mi` },
                limits: { memory: `${Math.max(each.memory, each.limit)}Mi` },
              },
            });
          const { spec } = aPod({
            initContainers: inits.map(toContainer('i')),
            containers: apps.map(toContainer('c')),
          });
          const sized = sizeOf(spec);
          if (sized.kind !== 'fits') throw new Error('these always fit');
          const all = [...shareResources(spec, sized.size).values()];
          const sum = (of: (share: (typeof all)[number]) => number) =>
            all.reduce((total, each) => total + of(each), 0);
          expect(sum(({ cpu = 0 }) => cpu)).toBeLessThanOrEqual(sized.size.cpu);
          expect(sum(({ memory, memoryReservation = 0 }) => memory ?? memoryReservation)).toBeLessThanOrEqual(
            sized.size.memory,
          );
        },
      ),
    );
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
