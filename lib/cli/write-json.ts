import type { CommandIo } from './command-io.ts';

/**
 * The version of what `-o json` prints. Within it fields are added, never renamed, removed or given another meaning: a change of that
 * kind makes the next one, and a new major version of the package.
 */
const OUTPUT_VERSION = 'lambdalet.dev/v1';

/** What a document of `-o json` is. */
export type OutputKind =
  | 'Bootstrap'
  | 'CostReport'
  | 'DemoEvent'
  | 'DoctorReport'
  | 'Explanation'
  | 'Help'
  | 'LocalEvent'
  | 'LogLine'
  | 'PodHistory'
  | 'Version'
  | 'WhyReport';

/** Writes one document of `-o json`, over several lines. */
export function writeJson({ stdout }: Pick<CommandIo, 'stdout'>, kind: OutputKind, body: object): void {
  stdout.write(`${JSON.stringify({ apiVersion: OUTPUT_VERSION, kind, ...body }, null, 2)}\n`);
}

/** Writes one document as a line of its own, for commands that tell as they go. */
export function writeJsonLine({ stdout }: Pick<CommandIo, 'stdout'>, kind: OutputKind, body: object): void {
  stdout.write(`${JSON.stringify({ apiVersion: OUTPUT_VERSION, kind, ...body })}\n`);
}
