// Runs the seeds that the parent names, one by one, and tells what came of each. A process of its own, because a planted bug
// must be in place before anything of the product is loaded.
import type { Gauges } from './judge-hand-over.ts';
import { plantBug } from './planted-bugs.ts';
import { readArguments } from './read-arguments.ts';

/** What a worker tells of one seed. */
export interface SeedReport {
  readonly seed: number;
  readonly weather: string;
  readonly steps: number;
  readonly faults: number;
  readonly hash: number;
  readonly settledAfterMs: number;
  readonly gauges: Gauges;
  readonly counts: Readonly<Record<string, number>>;
  readonly violation?: { readonly rule: string; readonly words: string; readonly at: number };
  /** The story: of a violation the shrunk one. */
  readonly story?: readonly string[];
}

const options = readArguments(process.argv.slice(2));
if (options.plant !== undefined) plantBug(options.plant);
const { reportSeed } = await import('./report-seed.ts');
/** To make a story short takes a while: the first ones will do. */
const MOST_SHRUNK = 2;
let shrunk = 0;
process.on('message', (seed: number) => {
  void (async () => {
    const report = await reportSeed(seed, {
      tells: options.story && options.seeds === 1,
      mayShrink: !options.brief && shrunk < MOST_SHRUNK,
      weather: options.weather,
    });
    if (report.violation !== undefined) shrunk += 1;
    process.send?.(report);
  })();
});
process.send?.('ready');
