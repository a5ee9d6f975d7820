import type { Instant } from '../../../lib/core/kubernetes.ts';
import type { Fields, Telemetry } from '../../../lib/ports/telemetry.ts';

/** A line that a function logged as a warning or an error. */
export interface Complaint {
  readonly at: Instant;
  readonly level: 'warn' | 'error';
  readonly message: string;
  readonly text: string;
}

/** What the functions complained about; hours of anything else are more than a rehearsal reads. */
export interface StageTelemetry extends Telemetry {
  readonly complaints: readonly Complaint[];
}

/** A telemetry that keeps complaints. */
export function createStageTelemetry(now: () => Instant): StageTelemetry {
  const complaints: Complaint[] = [];
  const complain =
    (level: Complaint['level']) =>
    (message: string, fields: Fields = {}): void =>
      void complaints.push({ at: now(), level, message, text: `${message} ${JSON.stringify(fields)}` });
  return {
    complaints,
    debug: () => undefined,
    info: () => undefined,
    warn: complain('warn'),
    error: complain('error'),
    trouble: (kind, message, fields) => complain('error')(message, { ...fields, trouble: kind }),
    count: () => undefined,
    flush: () => undefined,
  };
}
