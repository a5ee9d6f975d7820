import type * as z from 'zod';

const SHOWN_LENGTH = 60;

/** One line per fault of the shape: path, value seen, value allowed, way out. */
export function shapeFaults(error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${pathText(issue.path)} ${seenText(issue)}: ${messageOf(issue)}`);
}

function messageOf(issue: z.core.$ZodIssue): string {
  // A bad key of a record hides its own message in the nested issue.
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Only short scalars are shown: somebody may have pasted a kubeconfig where the name of its secret belongs. */
function seenText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `has the unknown ${issue.keys.join(', ')}`;
  const input = issue.code === 'invalid_union' ? discriminatorOf(issue) : issue.input;
  if (input === undefined) return 'is missing';
  if (input === null) return 'is empty';
  if (Array.isArray(input)) return `is a list of ${input.length}`;
  if (typeof input === 'object') return 'is a mapping';
  if (issue.path.at(-1) === 'secret') return 'has a value that is not shown';
  const text = JSON.stringify(input);
  return `is ${text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text}`;
}

/** A union that knows no member for `kind` reports the whole mapping; the reader wants to see the `kind`. */
function discriminatorOf(issue: z.core.$ZodIssueInvalidUnion): unknown {
  const { input } = issue;
  const isMapping = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isMapping && issue.discriminator !== undefined
    ? (input as Readonly<Record<string, unknown>>)[issue.discriminator]
    : input;
}
