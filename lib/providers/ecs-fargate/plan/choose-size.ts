/** A Fargate task size: CPU units (1024 is one vCPU) and memory in MiB. */
export interface TaskSize {
  readonly cpu: number;
  readonly memory: number;
}

/** Either the smallest size that fits, or the nearest one to name in a refusal. */
export type SizeChoice =
  | { readonly kind: 'fits'; readonly size: TaskSize }
  | {
      readonly kind: 'tooLarge';
      readonly nearest: TaskSize;
      /** What no size has enough of. */
      readonly lacks: 'cpu' | 'memory';
    };

const GIB = 1024;

function steps(from: number, to: number, step: number): readonly number[] {
  return Array.from(
    { length: Math.floor((to - from) / step) + 1 },
    (_, index) => (from + index * step) * GIB,
  );
}

/** Every size that Fargate runs on Linux, smallest first (ECS developer guide, "Task CPU and memory"; 32 vCPU since 2026). */
const GRID: readonly { readonly cpu: number; readonly memory: readonly number[] }[] = [
  { cpu: 256, memory: [GIB / 2, GIB, 2 * GIB] },
  { cpu: 512, memory: steps(1, 4, 1) },
  { cpu: 1024, memory: steps(2, 8, 1) },
  { cpu: 2048, memory: steps(4, 16, 1) },
  { cpu: 4096, memory: steps(8, 30, 1) },
  { cpu: 8192, memory: steps(16, 60, 4) },
  { cpu: 16384, memory: steps(32, 120, 8) },
  { cpu: 32768, memory: [60 * GIB, 120 * GIB, 244 * GIB] },
];

/**
 * The smallest (and cheapest) Fargate size with at least this CPU (units) and memory (MiB). CPU decides first, because it
 * costs nine times what a GiB does; memory may force more of it.
 */
export function chooseSize(need: TaskSize): SizeChoice {
  const fitting = sizes().find(({ cpu, memory }) => cpu >= need.cpu && memory >= need.memory);
  if (fitting !== undefined) return { kind: 'fits', size: fitting };
  const largest = GRID.slice(-1).flatMap(({ cpu, memory }) => memory.map((size) => ({ cpu, memory: size })));
  const nearest = largest.find(({ memory }) => memory >= need.memory) ?? largest[largest.length - 1];
  const most = Math.max(...largest.map(({ cpu }) => cpu));
  return { kind: 'tooLarge', nearest: nearest ?? need, lacks: need.cpu > most ? 'cpu' : 'memory' };
}

/** All sizes, by CPU, then memory. */
export function sizes(): readonly TaskSize[] {
  return GRID.flatMap(({ cpu, memory }) => memory.map((size) => ({ cpu, memory: size })));
}

/** A size in words: `0.5 vCPU with 2 GiB of memory`. */
export function describeSize({ cpu, memory }: TaskSize): string {
  return `${round(cpu / 1024)} vCPU with ${round(memory / GIB)} GiB of memory`;
}

function round(value: number): number {
  return Math.ceil(value * 100) / 100;
}
