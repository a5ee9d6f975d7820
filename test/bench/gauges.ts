/** CPU time and memory of this process over a while. */
export interface Gauge {
  /** Looks at the memory: call it now and then. */
  readonly look: () => void;
  read(): { readonly cpuSeconds: number; readonly peakHeapMiB: number };
}

/** Starts a measurement. */
export function startGauge(): Gauge {
  const begun = process.cpuUsage();
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  };
  look();
  return {
    look,
    read: () => {
      look();
      const { user, system } = process.cpuUsage(begun);
      return { cpuSeconds: (user + system) / 1e6, peakHeapMiB: peak / 2 ** 20 };
    },
  };
}

/** How long something took: half of the times, and all but a hundredth of them, were at most this. */
export interface Spread {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The spread of times in milliseconds; `NaN` of none. */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
