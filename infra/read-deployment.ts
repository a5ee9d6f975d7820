import { readFileSync } from 'node:fs';
import { crossFaults } from './cross-faults.ts';
import { DeploymentError, shapeFaults } from './deployment-faults.ts';
import { isToken } from './deployment-rules.ts';
import { deploymentSchema } from './deployment-schema.ts';
import type { Deployment } from './deployment-schema.ts';
import { parseYaml } from './parse-yaml.ts';

/**
 * Reads and validates a deployment file.
 *
 * @throws DeploymentError with every fault: path, value seen, value allowed, way out.
 */
export function readDeployment(file: string): Deployment {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DeploymentError(file, [
      `the file cannot be read (${reason}): name another one with -c config=FILE`,
    ]);
  }
  return parseDeployment(text, file);
}

/**
 * Validates the text of a deployment file.
 *
 * @param file - only for the message
 * @throws DeploymentError as {@link readDeployment}
 */
export function parseDeployment(text: string, file: string): Deployment {
  const parsed = parseYaml(text);
  if ('faults' in parsed) throw new DeploymentError(file, parsed.faults);
  const raw = parsed.value;
  const result = deploymentSchema.safeParse(raw, { reportInput: true });
  const shape = result.success ? [] : shapeFaults(result.error, 'the file');
  const faults = [...shape, ...tokenFaults(raw, shape), ...crossFaults(raw)];
  if (!result.success || faults.length > 0) throw new DeploymentError(file, faults);
  return result.data;
}

/** Values that only the CDK app that wrote them could resolve: the props of a construct may have them, a file may not. */
function tokenFaults(raw: unknown, told: readonly string[]): readonly string[] {
  return textsIn(raw, '').flatMap(([path, value]) => {
    const isTold = told.some((fault) => fault.startsWith(`${path} `));
    return isTold || !isToken(value)
      ? []
      : [
          `${path} is a token of the CDK: allowed is the value itself; write it out, or use the construct VirtualCluster in the app that knows it`,
        ];
  });
}

/**
 * The places that still hold a value of a shipped example: they synthesize, but nothing would run with them. One line per place:
 * path, value, way out.
 */
export function exampleValues({ clusters }: Deployment): readonly string[] {
  return clusters.flatMap((cluster, at) =>
    textsIn(cluster, `clusters[${at}]`).flatMap(([path, value]) => {
      const example = EXAMPLES.find((known) => known.test(value));
      return example === undefined ? [] : [`${path} is the example's ${shorten(value)}: put your own`];
    }),
  );
}

/** What the examples put where a value of the reader belongs: ids, the account, and the endpoint and CA of EKS. */
const EXAMPLES: readonly RegExp[] = [
  /^(subnet|sg)-0123456789abcdef/,
  /\b123456789012\b/,
  /^https:\/\/0123456789ABCDEF/,
  /^RXhhbXBsZS/,
];

function textsIn(value: unknown, path: string): readonly (readonly [path: string, text: string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsIn(inner, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  );
}

function shorten(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}...` : value;
}
