import { Logger } from '@aws-lambda-powertools/logger';
import { troubleIn } from '../../core/metrics.ts';
import type { Fields, Telemetry } from '../../ports/telemetry.ts';
import { emitMetrics } from './emit-metrics.ts';

/** Keys that the log line uses itself; the logger would drop a field of that name with a warning. */
const RESERVED = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp']);

type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * JSON log lines and EMF metrics on stdout, where Lambda collects both. The level comes from `AWS_LAMBDA_LOG_LEVEL` or
 * `POWERTOOLS_LOG_LEVEL`. Errors show name, message and stack; bigints and circular objects do no harm; a field named like a
 * part of the line itself gets the prefix `field_`. Logging never throws.
 * @param options.cluster the dimension of every metric
 */
export function createTelemetry(options: { readonly service: string; readonly cluster: string }): Telemetry {
  const logger = new Logger({ serviceName: options.service });
  const metrics = emitMetrics(options.cluster, (error, fields) =>
    write('warn', 'A metric was not recorded', { error, ...fields }),
  );
  const write = (level: Level, message: string, fields: Fields): void => {
    try {
      logger[level](message, renameReserved(fields));
    } catch (error) {
      logger[level](message, { unreadableFields: Object.keys(fields), why: String(error) });
    }
  };
  const log = (level: Level, message: string, fields: Fields = {}, trouble = troubleIn(fields)): void => {
    write(level, message, trouble === undefined ? fields : { ...fields, trouble });
    if (trouble !== undefined) metrics.count('Trouble', 1);
  };
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    trouble: (kind, message, fields) => log('error', message, fields, kind),
    count: metrics.count,
    flush: metrics.flush,
  };
}

function renameReserved(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `field_${name}` : name, value]),
  );
}
