import type { Telemetry, Fields } from '../../lib/ports/telemetry.ts';

/** What the product says about itself, handed to whoever listens. */
export interface Listener {
  line(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: Fields | undefined): void;
}

/** A Telemetry port that keeps nothing. */
export function createSimTelemetry(listener: Listener): Telemetry {
  return {
    debug: (message, fields) => listener.line('debug', message, fields),
    info: (message, fields) => listener.line('info', message, fields),
    warn: (message, fields) => listener.line('warn', message, fields),
    error: (message, fields) => listener.line('error', message, fields),
    trouble: (kind, message, fields) => listener.line('error', message, { ...fields, trouble: kind }),
    count: () => undefined,
    flush: () => undefined,
  };
}
