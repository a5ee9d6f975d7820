import type * as z from 'zod';

const VALUE_LENGTH = 60;
/** Override values may be the user's environment, so a fault below these paths never shows what it saw. */
const NEVER_SHOWN = new Set(['overrides', 'environment']);

/**
 * One line per fault of a refused input: the path, the value seen (cut to 60 characters) and what is allowed there.
 * All faults of the input at once, in the order of the schema.
 *
 * @param error - of a `safeParse(input, { reportInput: true })`; without `reportInput` the value seen is missing
 */
export function describeFaults(error: z.ZodError): readonly string[] {
  return error.issues.map(describeFault);
}

function describeFault(issue: z.core.$ZodIssue): string {
  const path = issue.path.length === 0 ? '(the whole input)' : pathText(issue.path);
  return `${path}: ${seenText(issue)}; allowed: ${allowedText(issue)}`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function seenText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `has unknown ${issue.keys.join(', ')}`;
  const seen = valueSeen(issue);
  if (seen === undefined) return 'missing';
  if (issue.path.some((part) => NEVER_SHOWN.has(String(part)))) return 'has a value that is not shown';
  const text = JSON.stringify(seen);
  return `is ${text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}...` : text}`;
}

/** A discriminator's fault points at the field but carries the object around it. */
function valueSeen(issue: z.core.$ZodIssue): unknown {
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return issue.input;
  const around = issue.input;
  return typeof around === 'object' && around !== null ? Reflect.get(around, issue.discriminator) : around;
}

function allowedText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map(quoted).join(' | ');
  if (issue.code === 'invalid_format')
    return issue.format === 'datetime' ? 'an ISO 8601 time with zone' : issue.format;
  if (issue.code === 'too_small') return `at least ${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}${unitOf(issue.origin)}`;
  if (issue.code === 'unrecognized_keys') return 'only the fields of the schema';
  return issue.message;
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' elements' : '';
}
