import * as z from 'zod';
import type { Deployment } from './deployment-schema.ts';

const SHOWN_LENGTH = 60;
/** Lambda's limit on all environment variables of a function together, in bytes. */
const ENVIRONMENT_LIMIT = 4096;
/** What the other variables of a function take, names included, generously. */
const ENVIRONMENT_REST = 1500;

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

const readable = z.string().optional().catch(undefined);
/** Just what the rules across fields read, so that they can speak even when the shape has faults elsewhere. */
const lenientSchema = z
  .object({
    region: readable,
    nodes: z.array(z.object({ name: readable, zone: readable }).catch({})).catch([]),
  })
  .catch({ nodes: [] });

/** Faults between fields, judged on the raw file so that they come together with the faults of the shape. */
export function crossFaults(raw: unknown): readonly string[] {
  const { region, nodes } = lenientSchema.parse(raw);
  const faults: string[] = [];
  const firstAt = new Map<string, number>();
  nodes.forEach(({ name, zone }, at) => {
    const first = name === undefined ? undefined : firstAt.get(name);
    if (first !== undefined) {
      faults.push(
        `nodes[${at}].name is "${String(name)}", as nodes[${first}].name is: allowed is a name of its own; rename one of them`,
      );
    } else if (name !== undefined) firstAt.set(name, at);
    if (zone !== undefined && region !== undefined && !zone.startsWith(region)) {
      faults.push(
        `nodes[${at}].zone is "${zone}": allowed is a zone of ${region}, the region of this file; correct one of them`,
      );
    }
  });
  return faults;
}

/** The faults that only a whole file can have: its nodes and identity must fit into the environment of a function. */
export function sizeFaults(deployment: Deployment): readonly string[] {
  const used = Buffer.byteLength(JSON.stringify([deployment.nodes, deployment.identity])) + ENVIRONMENT_REST;
  if (used <= ENVIRONMENT_LIMIT) return [];
  return [
    `nodes has ${deployment.nodes.length} elements, which with identity make about ${used} bytes of environment: ` +
      `allowed is ${ENVIRONMENT_LIMIT}, the limit of Lambda; use fewer nodes, or fewer labels, taints and subnets on them`,
  ];
}
