import { toTime, type Instant } from '../core/kubernetes.ts';

const SECOND = 1000;
const STEPS = [
  { unit: 'd', ms: 24 * 60 * 60 * SECOND },
  { unit: 'h', ms: 60 * 60 * SECOND },
  { unit: 'min', ms: 60 * SECOND },
  { unit: 's', ms: SECOND },
] as const;

/** `12:03:10 UTC (in 40 s)`; of another day with the date. */
export function tellTime(at: Instant, now: Instant): string {
  const distance = at > now ? `in ${tellSpan(at - now)}` : `${tellSpan(now - at)} ago`;
  return `${tellClock(at, now)} (${distance})`;
}

/** `12:03:10 UTC`; of another day with the date. */
export function tellClock(at: Instant, now: Instant): string {
  const [day = '', clock = ''] = toTime(at).replace('Z', '').split('T');
  return toTime(now).startsWith(day) ? `${clock} UTC` : `${day} ${clock} UTC`;
}

/** `40 s`, `3 min`, `2 h 5 min`: the largest unit, and the next one where that is worth telling. */
export function tellSpan(ms: number): string {
  const index = STEPS.findIndex((step) => ms >= step.ms);
  const step = STEPS[index];
  if (step === undefined) return '0 s';
  const whole = `${Math.floor(ms / step.ms)} ${step.unit}`;
  const next = STEPS[index + 1];
  const rest = next === undefined ? 0 : Math.floor((ms % step.ms) / next.ms);
  return next === undefined || rest === 0 ? whole : `${whole} ${rest} ${next.unit}`;
}
