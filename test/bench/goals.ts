import type { Figures } from './figures.ts';

/** What a figure has to be. */
export interface Goal {
  readonly what: string;
  readonly met: boolean;
  /**
   * Counts, bytes and virtual time are the same on every machine: one that is broken fails the bench. What the wall clock says is
   * only told, because it hangs on the machine and on who else works on it.
   */
  readonly fails: boolean;
}

/** What the holder of 5,000 pods may hold resident, of the 256 MB that it has. */
export const HOLDER_MIB = 160;

/** The budget of a function: larger or slower ones make every cold start late. */
export const BUNDLE_BUDGET = { bytes: 2.5 * 1024 * 1024, importMs: 350 } as const;

/** Bound, running, gone, and what lies between: ContainerCreating, its address, Running, terminated, Failed. */
const VISIBLE_CHANGES = 5;

/** The goals of one run. */
export function judge(figures: Figures): readonly Goal[] {
  return [...judgeCounts(figures), ...judgeProcess(figures), ...judgeReal(figures)];
}

function judgeCounts({ burst, idlePass, idleHour, sweep }: Figures): readonly Goal[] {
  const must = (what: string, met: boolean): Goal => ({ what, met, fails: true });
  return [
    must(
      'the last RunTask of 1,000 pods within 1.05 of the quota',
      burst.lastRunTaskSeconds <= 1.05 * burst.idealSeconds,
    ),
    must('at most 2.1 calls to ECS a pod', burst.ecsCallsPerPod <= 2.1),
    must('one RegisterTaskDefinition for 1,000 replicas', burst.registerTaskDefinitionCalls === 1),
    must(
      'one status patch a visible change',
      burst.idlePatches === 0 && burst.statusPatchesPerPod <= 1.01 * VISIBLE_CHANGES,
    ),
    must('a pass over settled pods writes nothing', idlePass.writes === 0),
    must('an idle hour writes nothing to pods, records and ECS', idleHour.writes === 0),
    must(
      'a sweep of 5,000 in at most 105 calls, none throttled',
      sweep.ecsCalls <= 105 && sweep.throttledCalls === 0,
    ),
  ];
}

function judgeProcess({ bundles, holder, planning, takeOver }: Figures): readonly Goal[] {
  return [
    ...bundles.map((bundle) => ({
      what: `${bundle.function}: at most ${BUNDLE_BUDGET.bytes / 1024} KB, imported within ${BUNDLE_BUDGET.importMs} ms`,
      met: bundle.bytes <= BUNDLE_BUDGET.bytes && bundle.importMs <= BUNDLE_BUDGET.importMs,
      fails: true,
    })),
    { what: 'the plan of a pod takes under 1 ms of CPU', met: planning.meanMs < 1, fails: true },
    {
      what: `the holder of 5,000 pods stays under ${HOLDER_MIB} MiB`,
      met: holder.residentMiB < HOLDER_MIB,
      fails: true,
    },
    { what: 'a cold take-over of 5,000 pods within 15 s', met: takeOver.seconds <= 15, fails: false },
  ];
}

function judgeReal({ realBurst }: Figures): readonly Goal[] {
  if (realBurst === undefined) return [];
  const { pods, lastRunningSeconds, goalSeconds } = realBurst;
  const what = `${pods} pods run on a real control plane within ${goalSeconds.toFixed(1)} s`;
  return [{ what, met: lastRunningSeconds <= goalSeconds, fails: false }];
}
