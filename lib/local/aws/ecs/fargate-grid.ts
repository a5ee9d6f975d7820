const GIB = 1024;

/** The memory sizes (MiB) that Fargate sells for each number of CPU units: the table of the AWS task size documentation. */
const GRID: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [256, new Set([512, GIB, 2 * GIB])],
  [512, steps(1, 4, 1)],
  [1024, steps(2, 8, 1)],
  [2048, steps(4, 16, 1)],
  [4096, steps(8, 30, 1)],
  [8192, steps(16, 60, 4)],
  [16384, steps(32, 120, 8)],
  [32768, new Set([60 * GIB, 120 * GIB, 244 * GIB])],
]);

function steps(fromGiB: number, toGiB: number, stepGiB: number): ReadonlySet<number> {
  const sizes = new Set<number>();
  for (let size = fromGiB; size <= toGiB; size += stepGiB) sizes.add(size * GIB);
  return sizes;
}

/** Whether Fargate runs tasks of this size. */
export function isFargateSize(cpuUnits: number, memoryMiB: number): boolean {
  return GRID.get(cpuUnits)?.has(memoryMiB) === true;
}

/** CPU units of `256` or `.25 vCPU`; `undefined` when it is neither. */
export function cpuUnits(text: string | undefined): number | undefined {
  const [, number, unit] = /^\s*(\d*\.?\d+)\s*(vcpu)?\s*$/i.exec(text ?? '') ?? [];
  if (number === undefined) return undefined;
  return unit === undefined ? Number(number) : Number(number) * 1024;
}

/** MiB of `512` or `2 GB`; `undefined` when it is neither. */
export function memoryMiB(text: string | undefined): number | undefined {
  const [, number, unit] = /^\s*(\d*\.?\d+)\s*(gb)?\s*$/i.exec(text ?? '') ?? [];
  if (number === undefined) return undefined;
  return unit === undefined ? Number(number) : Number(number) * GIB;
}
