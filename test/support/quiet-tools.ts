import { systemClock } from '../../lib/adapters/clock/system-clock.ts';
import type { Telemetry } from '../../lib/ports/telemetry.ts';

const QUIET: Telemetry = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  trouble: () => undefined,
  count: () => undefined,
  flush: () => undefined,
};

/** The time as it is, and nobody who listens: what an adapter is made with where neither matters. */
export const quietTools = { clock: systemClock, telemetry: QUIET };
