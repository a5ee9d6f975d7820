import { inspect } from 'node:util';
import type * as z from 'zod';

/** A deployment file, or props of a virtual cluster, that cannot be used: lists every fault at once. */
export class DeploymentError extends Error {
  readonly faults: readonly string[];
  constructor(where: string, faults: readonly string[]) {
    super(`${where} cannot be deployed:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'DeploymentError';
    this.faults = faults;
  }
}

const SHOWN_LENGTH = 60;

/**
 * One line per fault of the shape: path, value seen, value allowed, way out.
 *
 * @param whole - what the whole is called
 */
export function shapeFaults(error: z.ZodError, whole: string): readonly string[] {
  return error.issues.map(
    (issue) => `${pathText(issue.path, whole)} ${seenText(issue)}: ${messageOf(issue)}`,
  );
}

function messageOf(issue: z.core.$ZodIssue): string {
  // A bad key of a record hides its own message in the nested issue.
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue.message;
}

function pathText(path: readonly PropertyKey[], whole: string): string {
  if (path.length === 0) return whole;
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Only short scalars are shown: somebody may have pasted a kubeconfig where the name of its secret belongs. */
function seenText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `has the unknown ${issue.keys.join(', ')}`;
  const { input } = issue;
  if (input === undefined) return 'is missing';
  if (input === null) return 'is empty';
  if (Array.isArray(input)) return `is a list of ${input.length}`;
  if (typeof input === 'object') return 'is a mapping';
  if (issue.path.at(-1) === 'secret') return 'has a value that is not shown';
  const text = typeof input === 'string' ? JSON.stringify(input) : inspect(input);
  return `is ${text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text}`;
}
