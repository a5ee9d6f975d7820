// The deterministic simulation of the control loop: `npm run simulate -- --seeds 2000`; see docs/simulation.md.
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Gauges } from './judge-hand-over.ts';
import { plantBug } from './planted-bugs.ts';
import { readArguments, type SimulationArguments } from './read-arguments.ts';
import type { SeedReport } from './simulate-worker.ts';
import { clockTime } from './story.ts';

const WORKER = fileURLToPath(new URL('simulate-worker.ts', import.meta.url));

interface Total {
  seeds: number;
  steps: number;
  faults: number;
  violations: number;
  readonly counts: Map<string, number>;
  settledAfterMs: number;
  readonly gauges: Gauges;
}

/** Hands out seeds until all are done or nothing more is wanted. */
async function simulate(
  options: SimulationArguments,
  onReport: (report: SeedReport) => 'go on' | 'stop',
): Promise<void> {
  let next = options.firstSeed;
  const end = options.firstSeed + options.seeds;
  const children: ChildProcess[] = [];
  const work = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      child.on('message', (message: 'ready' | SeedReport) => {
        if (message !== 'ready' && onReport(message) === 'stop') next = end;
        if (next < end) child.send((next += 1) - 1);
        else {
          child.disconnect();
          resolve();
        }
      });
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code !== 0 && code !== null) reject(new Error(`a worker ended with ${code}`));
      });
    });
  for (let nth = 0; nth < Math.min(options.workers, options.seeds); nth += 1)
    children.push(fork(WORKER, process.argv.slice(2)));
  await Promise.all(children.map(work));
}

function tell(
  { seed, weather, violation, story = [] }: SeedReport,
  { plant, weather: demanded }: SimulationArguments,
): void {
  if (story.length > 0)
    console.log(`\nSeed ${seed} (${weather}):\n${story.map((line) => `  ${line}`).join('\n')}`);
  if (violation === undefined) return;
  const again = [
    ...(plant === undefined ? [] : ['--plant', plant]),
    ...(demanded === undefined ? [] : ['--weather', `'${demanded}'`]),
  ].map((word) => ` ${word}`);
  console.log(
    [
      `VIOLATION of seed ${seed} (${weather}) at ${clockTime(violation.at)}: ${violation.rule}: ${violation.words}`,
      `replay: npm run simulate -- --seeds 1 --first-seed ${seed} --story${again.join('')}`,
    ].join('\n'),
  );
}

function tellStats({ counts, settledAfterMs, gauges, seeds }: Total): void {
  const rows = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [kind, count] of rows) console.log(`${String(count).padStart(9)}  ${kind}`);
  console.log(
    `settled at most ${Math.round(settledAfterMs / 1000)} s after the last trouble (${seeds} seeds)`,
  );
  const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
  console.log(
    `oldest lease ${seconds(gauges.oldestLease)}, longest take-over by new code ${seconds(gauges.longestTakeOver)}, longest launch ${seconds(gauges.longestLaunch)}`,
  );
}

/** Replays a history; a planted bug must be in place before anything of the product is loaded. */
async function replay(file: string, plant: string | undefined): Promise<number> {
  if (plant !== undefined) plantBug(plant);
  const { readHistoryDocument } = await import('../../lib/history/history-document.ts');
  const { replayHistory } = await import('./replay-history.ts');
  const differences = await replayHistory(readHistoryDocument(readFileSync(file, 'utf8')));
  for (const one of differences) console.log(one);
  console.log(differences.length === 0 ? 'the same was done as then' : `differences=${differences.length}`);
  return differences.length === 0 ? 0 : 1;
}

const options = readArguments(process.argv.slice(2));
// An invocation that still holds the watch of the replayed world would keep the process alive.
if (options.replay !== undefined) process.exit(await replay(options.replay, options.plant));
const total: Total = {
  ...{ seeds: 0, steps: 0, faults: 0, violations: 0, counts: new Map(), settledAfterMs: 0 },
  gauges: { oldestLease: 0, longestLaunch: 0, longestTakeOver: 0 },
};
await simulate(options, (report) => {
  total.seeds += 1;
  total.steps += report.steps;
  total.faults += report.faults;
  total.settledAfterMs = Math.max(total.settledAfterMs, report.settledAfterMs);
  for (const name of ['oldestLease', 'longestLaunch', 'longestTakeOver'] as const)
    total.gauges[name] = Math.max(total.gauges[name], report.gauges[name]);
  for (const [kind, count] of Object.entries(report.counts))
    total.counts.set(kind, (total.counts.get(kind) ?? 0) + count);
  if (report.violation !== undefined) total.violations += 1;
  tell(report, options);
  return report.violation !== undefined && report.violation.rule === options.until ? 'stop' : 'go on';
});
if (options.stats) tellStats(total);
console.log(
  `seeds=${total.seeds} steps=${total.steps} faults=${total.faults} violations=${total.violations}`,
);
process.exitCode = total.violations === 0 ? 0 : 1;
