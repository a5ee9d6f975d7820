import { isDeepStrictEqual } from 'node:util';
import { troubleIn, type MetricName, type TroubleKind } from '../../lib/core/metrics.ts';
import type { Fields, Telemetry } from '../../lib/ports/telemetry.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** One log line as the caller gave it. */
export interface LoggedLine {
  readonly level: Level;
  readonly message: string;
  readonly fields: Fields;
}

/** One metric value as the caller gave it. */
export interface CountedMetric {
  readonly name: MetricName;
  readonly value: number;
  /** `undefined`: of the cluster. */
  readonly node: string | undefined;
}

/** Telemetry that is only collected. */
export interface MemoryTelemetry extends Telemetry {
  readonly lines: readonly LoggedLine[];
  readonly metrics: readonly CountedMetric[];
  readonly flushes: number;
  /** The sum of a metric's values, of one node or of all. */
  sum(name: MetricName, node?: string): number;
  /** How often there was trouble of this kind. */
  troubles(kind: TroubleKind): number;
}

/** A Telemetry port that keeps what it is given, in order. */
export function createMemoryTelemetry(): MemoryTelemetry {
  const lines: LoggedLine[] = [];
  const metrics: CountedMetric[] = [];
  let flushes = 0;
  const log = (level: Level, message: string, fields: Fields = {}, trouble = troubleIn(fields)): void => {
    lines.push({ level, message, fields: trouble === undefined ? fields : { ...fields, trouble } });
    if (trouble !== undefined) metrics.push({ name: 'Trouble', value: 1, node: undefined });
  };
  const at =
    (level: Level): Telemetry['warn'] =>
    (message, fields) =>
      log(level, message, fields);
  return {
    lines,
    metrics,
    get flushes() {
      return flushes;
    },
    sum: (name, node) =>
      metrics
        .filter((metric) => metric.name === name && (node === undefined || metric.node === node))
        .reduce((total, { value }) => total + value, 0),
    troubles: (kind) => lines.filter(({ fields }) => fields['trouble'] === kind).length,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    trouble: (kind, message, fields) => log('error', message, fields, kind),
    count: (...[name, value, node]) => void metrics.push({ name, value, node }),
    flush: () => void (flushes += 1),
  };
}

/** The first line of that level whose message contains `text` and which has all of `fields`; fails with every line there is. */
export function expectLogged(
  telemetry: Pick<MemoryTelemetry, 'lines'>,
  level: Level,
  text: string,
  fields: Fields = {},
): LoggedLine {
  const found = telemetry.lines.find(
    (line) =>
      line.level === level &&
      line.message.includes(text) &&
      Object.entries(fields).every(([name, value]) => isDeepStrictEqual(line.fields[name], value)),
  );
  if (found !== undefined) return found;
  const all = telemetry.lines.map(
    (line) => `  ${line.level} ${line.message} ${Object.keys(line.fields).join(',')}`,
  );
  throw new Error(
    `no ${level} line with "${text}" and ${JSON.stringify(fields)} among ${all.length} lines:\n${all.join('\n')}`,
  );
}
