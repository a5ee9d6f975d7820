const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

interface Step {
  readonly below: number;
  readonly unit: number;
  readonly name: string;
  /** A second unit beside the first, left out when zero. */
  readonly fine?: { readonly unit: number; readonly name: string };
}

/** The steps of `duration.HumanDuration`: the further back, the coarser. */
const STEPS: readonly Step[] = [
  { below: 2 * MINUTE, unit: SECOND, name: 's' },
  { below: 10 * MINUTE, unit: MINUTE, name: 'm', fine: { unit: SECOND, name: 's' } },
  { below: 3 * HOUR, unit: MINUTE, name: 'm' },
  { below: 8 * HOUR, unit: HOUR, name: 'h', fine: { unit: MINUTE, name: 'm' } },
  { below: 2 * DAY, unit: HOUR, name: 'h' },
  { below: 8 * DAY, unit: DAY, name: 'd', fine: { unit: HOUR, name: 'h' } },
  { below: 2 * YEAR, unit: DAY, name: 'd' },
  { below: 8 * YEAR, unit: YEAR, name: 'y', fine: { unit: DAY, name: 'd' } },
  { below: Infinity, unit: YEAR, name: 'y' },
];

/** A span of milliseconds as kubectl shows ages: `5s`, `3m12s`, `47h`, `2d3h`. */
export function humanDuration(span: number): string {
  if (span <= -2 * SECOND) return '<invalid>';
  const length = Math.max(0, Math.floor(span / SECOND) * SECOND);
  const step = STEPS.find((one) => length < one.below);
  if (step === undefined) return '<invalid>';
  const text = `${Math.floor(length / step.unit)}${step.name}`;
  const rest = step.fine === undefined ? 0 : Math.floor((length % step.unit) / step.fine.unit);
  return step.fine === undefined || rest === 0 ? text : `${text}${rest}${step.fine.name}`;
}
