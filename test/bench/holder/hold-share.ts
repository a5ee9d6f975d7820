import { readdirSync, readFileSync } from 'node:fs';

/** Lambda gives one whole core at this memory size, and shares of it in proportion below. */
const WHOLE_CORE_MB = 1_769;

/** The share of a core that Lambda gives a function of this memory size. */
export function coreShare(memoryMb: number): number {
  return memoryMb / WHOLE_CORE_MB;
}

/** CPU time is given out by the period, as the scheduler of a Lambda host does it. */
const PERIOD_MS = 20;
const LOOK_MS = 1;
/** Goes on with nearly the whole of a period's time in hand, and not a drop each millisecond. */
const GO_ON = 0.9;

/** A process that is held to a share. */
export interface HeldProcess {
  /** CPU seconds that it used since the hold began. */
  cpuSeconds(): number;
  /** Lets it run freely, or end. */
  release(): void;
}

/**
 * Holds a process to a share of a core: it is stopped when it has used up the CPU time of its period, and goes on when it has
 * earned it again. Idle time earns nothing beyond the period; what was used too much is paid back. Where the system does not tell
 * the CPU time of another process, all time in which it may run counts as used.
 */
export function holdShare(pid: number, share: number): HeldProcess {
  const quota = share * PERIOD_MS;
  const readCpu = cpuMs(pid) === undefined ? createRunningTime() : (): number | undefined => cpuMs(pid);
  let budget = quota;
  let used = 0;
  let last = { wall: performance.now(), cpu: readCpu(true) ?? 0 };
  let stopped = false;
  const look = (): void => {
    const wall = performance.now();
    // Unknown: it has ended.
    const cpu = readCpu(!stopped) ?? last.cpu;
    used += cpu - last.cpu;
    budget = Math.min(budget + (wall - last.wall) * share, quota) - (cpu - last.cpu);
    last = { wall, cpu };
    if (!stopped && budget <= 0) stopped = signal(pid, 'SIGSTOP');
    else if (stopped && budget >= quota * GO_ON) stopped = !signal(pid, 'SIGCONT');
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    cpuSeconds: () => used / 1000,
    release: () => {
      clearInterval(timer);
      signal(pid, 'SIGCONT');
    },
  };
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Counts the time in which a process may run. */
function createRunningTime(): (mayRun: boolean) => number {
  let total = 0;
  let last = performance.now();
  return (mayRun) => {
    const now = performance.now();
    if (mayRun) total += now - last;
    last = now;
    return total;
  };
}

/** CPU time of all threads of a process, the collector's and the pool's too; `undefined` where nobody tells. */
function cpuMs(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
  } catch {
    return undefined;
  }
}

/** The most memory that a process ever held, in MiB; `undefined` where the system does not tell of another process. */
export function peakMemoryMiB(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
