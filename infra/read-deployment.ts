import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { crossFaults } from './cross-faults.ts';
import { shapeFaults } from './deployment-faults.ts';
import { deploymentSchema } from './deployment-schema.ts';
import type { Deployment } from './deployment-schema.ts';
import { sizeFaults } from './environment-size.ts';

/** A deployment file that cannot be used: lists every fault at once. */
export class DeploymentError extends Error {
  readonly faults: readonly string[];
  constructor(file: string, faults: readonly string[]) {
    super(`${file} cannot be deployed:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'DeploymentError';
    this.faults = faults;
  }
}

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
      `the file cannot be read (${reason}): name another one with -c deployment=FILE`,
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
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new DeploymentError(
      file,
      document.errors.map((error) => `${withoutQuotes(error.message)} correct the YAML there`),
    );
  }
  const raw: unknown = document.toJS();
  const result = deploymentSchema.safeParse(raw, { reportInput: true });
  const faults = [
    ...(result.success ? sizeFaults(result.data) : shapeFaults(result.error)),
    ...crossFaults(raw),
  ];
  if (!result.success || faults.length > 0) throw new DeploymentError(file, faults);
  return result.data;
}

/** The message of the YAML parser without the pieces of the file that it quotes: somebody may have pasted a secret. */
function withoutQuotes(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '"..."');
}

/**
 * The places that still hold a value of the shipped example: they synthesize, but nothing would run with them. One line per
 * place: path, value, way out.
 */
export function exampleValues({ identity, nodes, functionsVpc }: Deployment): readonly string[] {
  const found: string[] = [];
  if (identity.kind === 'kubeconfig' && identity.secret === EXAMPLE_SECRET) {
    found.push(
      `identity.secret is the example's ${EXAMPLE_SECRET}: create a secret with your kubeconfig and name it here`,
    );
  }
  const look = (path: string, ids: readonly string[]): void => {
    ids.forEach((id, at) => {
      if (id.endsWith(EXAMPLE_ID)) found.push(`${path}[${at}] is the example's ${id}: put your own`);
    });
  };
  nodes.forEach((node, at) => {
    look(`nodes[${at}].subnets`, node.subnets);
    look(`nodes[${at}].securityGroups`, node.securityGroups);
  });
  look('functionsVpc.subnets', functionsVpc?.subnets ?? []);
  look('functionsVpc.securityGroups', functionsVpc?.securityGroups ?? []);
  return found;
}

const EXAMPLE_SECRET = 'lambdalet/example/kubeconfig';
const EXAMPLE_ID = '-0123456789abcdef0';
