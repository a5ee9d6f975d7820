import { textAnswer, type ApiAnswer } from '../exchange.ts';
import { findBoundFaults, type LogBounds } from './log-options.ts';
import { parseTime } from './parse-time.ts';

/** What of a log is asked for. */
export interface LogQuery {
  readonly bounds: LogBounds;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
}

/** What the query says, or the answer to one that says nothing valid, with the kubelet's codes. */
export function parseLogQuery(query: URLSearchParams): LogQuery | ApiAnswer {
  const faults: string[] = [];
  const numberOf = (name: keyof LogBounds): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    if (!/^[-+]?\d{1,19}$/.test(text)) faults.push(`${name} is ${JSON.stringify(text)}: allowed is a number`);
    return Number(text);
  };
  const timeOf = (name: keyof LogBounds): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    const at = parseTime(text);
    if (at === undefined)
      faults.push(`${name} is ${JSON.stringify(text)}: allowed is a time such as 2026-03-04T09:15:00Z`);
    return at;
  };
  const bounds = given({
    tailLines: numberOf('tailLines'),
    sinceSeconds: numberOf('sinceSeconds'),
    limitBytes: numberOf('limitBytes'),
    sinceTime: timeOf('sinceTime'),
  });
  if (faults.length > 0) return told(400, `Unable to decode query: ${faults.join('; ')}.`);
  const rules = findBoundFaults(bounds).map(({ field, rule }) => `${field}: ${rule}`);
  if (rules.length > 0) return told(422, `Invalid request: ${rules.join('; ')}.`);
  const stream = query.get('stream') ?? 'All';
  if (stream === 'Stdout' || stream === 'Stderr') return textAnswer(400, cannotSplit(stream));
  if (stream !== 'All') return told(422, `Invalid request: stream: allowed are All, Stdout, Stderr.`);
  const flag = (name: string): boolean => isSet(query.get(name));
  return {
    bounds,
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
  };
}

function cannotSplit(stream: string): string {
  return `unable to return the given log stream: ${JSON.stringify(stream)}. Fargate writes both streams of a container into one log: leave --stream out`;
}

/** As the kubelet writes what it found wrong with a query. */
function told(status: number, message: string): ApiAnswer {
  return textAnswer(status, JSON.stringify({ message }));
}

/** As Kubernetes reads it: what is there is set, unless it says otherwise (`Convert_Slice_string_To_bool`). */
function isSet(text: string | null): boolean {
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

function given(bounds: { readonly [Key in keyof LogBounds]: LogBounds[Key] | undefined }): LogBounds {
  return Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined));
}
