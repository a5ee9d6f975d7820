import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

/** What the simulation is asked to do. */
export interface SimulationArguments {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly plant: string | undefined;
  /** Tell the story of every violation in full, and of a single seed in any case. */
  readonly story: boolean;
  readonly stats: boolean;
  readonly workers: number;
  /** End with the first violation of this rule. */
  readonly until: string | undefined;
  /** Name the violations only: no story is told, nothing is shrunk. */
  readonly brief: boolean;
  /** The file of an exported history, which is replayed instead of seeds. */
  readonly replay: string | undefined;
  /** Every seed gets this weather instead of its own. */
  readonly weather: string | undefined;
}

/** Reads the command line; throws with what is wrong. */
export function readArguments(args: readonly string[]): SimulationArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '200' },
      'first-seed': { type: 'string', default: '1' },
      plant: { type: 'string' },
      story: { type: 'boolean', default: false },
      stats: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
      until: { type: 'string' },
      brief: { type: 'boolean', default: false },
      weather: { type: 'string' },
      replay: { type: 'string' },
    },
  });
  return {
    seeds: readCount('--seeds', values.seeds),
    firstSeed: readCount('--first-seed', values['first-seed']),
    plant: values.plant,
    story: values.story,
    stats: values.stats,
    workers: readCount('--workers', values.workers),
    until: values.until,
    brief: values.brief,
    weather: values.weather,
    replay: values.replay,
  };
}

function readCount(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${option} must be a whole number from 1, not ${text}`);
  return Number(text);
}
