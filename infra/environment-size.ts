import { functionEnvironment } from './constructs/function-environment.ts';
import type { Deployment } from './deployment-schema.ts';
import { namesOf } from './names.ts';

/** Lambda's limit on all environment variables of a function together, in bytes. */
const ENVIRONMENT_LIMIT = 4096;
/** No Region has a longer name (`ap-southeast-1`). */
const LONGEST_REGION = 14;
/** ARNs are longest in GovCloud (`aws-us-gov`), hosts in China (`amazonaws.com.cn`). */
const LONGEST_ARN = 'arn:aws-us-gov:';
const LONGEST_HOST_END = 'amazonaws.com.cn';

function toJson(value: unknown): string {
  return JSON.stringify(value);
}

/** `count` letters: only the length matters. */
function letters(count: number): string {
  return 'x'.repeat(count);
}

/**
 * How many bytes the variables of a function take at most, as Lambda measures them: names, values and the escapes of a JSON text (its
 * refusal shows the "String measured"). What CloudFormation names counts with the longest name it can get.
 */
export function environmentBytes(deployment: Deployment): number {
  const names = namesOf(deployment);
  const region = deployment.region ?? letters(LONGEST_REGION);
  const account = letters(12);
  const queueUrl = `https://sqs.${region}.${LONGEST_HOST_END}/${account}/${letters(80)}`;
  const environment = functionEnvironment({ region, toJsonString: toJson }, deployment, {
    // CloudFormation adds the logical id and some 13 characters of its own to the name of the stack.
    tableName: `${names.stackPrefix}-state-${letters(40)}`,
    ecsClusterArn: `${LONGEST_ARN}ecs:${region}:${account}:cluster/${names.ecsCluster}`,
    podLogGroupName: names.podLogGroup,
    executionRoleArn: `${LONGEST_ARN}iam::${account}:role/${letters(64)}`,
    filesBucketName: letters(63),
    eventQueueUrl: queueUrl,
    deadLetterQueueUrl: queueUrl,
    deployId: letters(16),
  });
  const dualStack = deployment.functionsVpc?.dualStack === true ? { AWS_USE_DUALSTACK_ENDPOINT: 'true' } : {};
  return Buffer.byteLength(JSON.stringify({ ...environment, ...dualStack }));
}

/** The fault that only a whole file can have: everything about it must fit into the environment of a function. */
export function sizeFaults(deployment: Deployment): readonly string[] {
  const used = environmentBytes(deployment);
  if (used <= ENVIRONMENT_LIMIT) return [];
  const shares = deployment.nodes.map((node, at) => `nodes[${at}] ${sizeOf(node)} bytes`).join(', ');
  return [
    `the file makes up to ${used} bytes of environment (${shares}, identity ${sizeOf(deployment.identity)} bytes): ` +
      `allowed is ${ENVIRONMENT_LIMIT}, the limit of Lambda; shorten the largest: ${longestParts(deployment)}`,
  ];
}

/** What a part takes in the environment: its JSON text, escaped once more. */
function sizeOf(part: unknown): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(part)));
}

/** The parts of nodes that take the most, the largest first. */
function longestParts({ nodes }: Deployment): string {
  const parts = nodes.flatMap((node, at) =>
    Object.entries(node).map(([name, value]) => ({ path: `nodes[${at}].${name}`, size: sizeOf(value) })),
  );
  const longest = [...parts].sort((one, other) => other.size - one.size).slice(0, 3);
  return `${longest.map(({ path }) => path).join(', ')}; or use fewer nodes`;
}
