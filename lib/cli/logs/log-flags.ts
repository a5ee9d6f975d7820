import type { Instant } from '../../core/kubernetes.ts';
import { findBoundFaults, type LogBounds } from '../../kubelet-api/logs/log-options.ts';
import { parseTime } from '../../kubelet-api/logs/parse-time.ts';
import type { Given, OptionTable, ValueRule } from '../option-table.ts';
import { UsageError } from '../usage-error.ts';

const COUNT: ValueRule = { pattern: /^\d{1,15}$/, allowed: 'a number of at least 0' };
/** -1 is what kubectl means by all of them. */
const TAIL: ValueRule = { pattern: /^(-1|\d{1,15})$/, allowed: 'a number of at least 0, or -1 for all' };
const DURATION: ValueRule = {
  pattern: /^(\d+(\.\d+)?(h|m|s))+$/,
  allowed: 'a duration such as 90s, 5m or 1h30m',
};
const TIME: ValueRule = {
  pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  allowed: 'a time such as 2026-03-04T09:15:00Z',
};

/** The options that say what of a log is wanted; by the names of kubectl. */
export const LOG_FLAGS = {
  follow: { type: 'boolean', short: 'f', about: 'show what is written until the container has ended' },
  previous: { type: 'boolean', short: 'p', about: 'of the run of the container before this one' },
  tail: { type: 'string', value: 'N', about: 'the last lines only; -1 for all', like: TAIL },
  since: {
    type: 'string',
    value: 'DURATION',
    about: 'lines that are not older than 5m, 1h30m, ..',
    like: DURATION,
  },
  'since-time': { type: 'string', value: 'TIME', about: 'lines since a time (RFC 3339)', like: TIME },
  timestamps: { type: 'boolean', about: 'begin each line with its time' },
  'limit-bytes': { type: 'string', value: 'N', about: 'end after so many bytes', like: COUNT },
} as const satisfies OptionTable;

const FLAG_OF: Readonly<Record<keyof LogBounds, string>> = {
  tailLines: '--tail',
  sinceSeconds: '--since',
  sinceTime: '--since-time',
  limitBytes: '--limit-bytes',
};

/**
 * The bounds that were given.
 * @throws UsageError with every fault
 */
export function boundsOf(given: Given<typeof LOG_FLAGS>): LogBounds {
  const { tail, since, 'since-time': sinceTime, 'limit-bytes': most } = given;
  const bounds: LogBounds = {
    ...(tail !== undefined && tail !== '-1' && { tailLines: Number(tail) }),
    ...(since !== undefined && { sinceSeconds: secondsOf(since) }),
    ...(sinceTime !== undefined && { sinceTime: instantOf(sinceTime) }),
    ...(most !== undefined && { limitBytes: Number(most) }),
  };
  const faults = findBoundFaults(bounds).map(({ field, rule }) => `${FLAG_OF[field]}: ${rule}`);
  if (faults.length > 0) throw new UsageError(faults);
  return bounds;
}

const SECONDS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1 };

/** Rounded to seconds, as kubectl does it. */
function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  return Math.round(
    parts.reduce((sum, [, count, unit = 's']) => sum + Number(count) * (SECONDS[unit] ?? 1), 0),
  );
}

function instantOf(time: string): Instant {
  const at = parseTime(time);
  if (at === undefined)
    throw new UsageError([`--since-time is ${JSON.stringify(time)}: there is no such time`]);
  return at;
}
