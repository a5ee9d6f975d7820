import type { Instant } from '../../core/kubernetes.ts';

/** RFC 3339 with its capital letters, as Go reads it: no leap second, no date alone, no time without a zone. */
const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** The instant of an RFC 3339 text, to the millisecond; `undefined` for everything else, also for a day that no calendar has. */
export function parseTime(text: string): Instant | undefined {
  const [, day] = RFC_3339.exec(text) ?? [];
  if (day === undefined) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // JavaScript takes February 30 for March 2.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  return Date.parse(text);
}
