import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parseDeployment } from '../../infra/read-deployment.ts';
import { EXAMPLES, exampleIn, PARTITIONS } from './examples.ts';
import { plain, resourcesOf, synthesizeDeployment } from './synthesize.ts';

/** The services that act in the name of a role or send to a queue: these names are the same in every partition. */
const PRINCIPALS = [
  'ecs-tasks.amazonaws.com',
  'events.amazonaws.com',
  'lambda.amazonaws.com',
  'scheduler.amazonaws.com',
];

const CASES = EXAMPLES.flatMap((example) =>
  PARTITIONS.flatMap((partition) =>
    [true, false].map((isBound) => ({
      ...{ example, partition, isBound },
      what: `${example} in ${partition.name}, ${isBound ? 'bound to a Region' : 'where the profile says'}`,
    })),
  ),
);

const made = new Map<string, readonly Template[]>();

function templatesOf(text: string): readonly Template[] {
  const known = made.get(text);
  if (known !== undefined) return known;
  const templates = synthesizeDeployment(parseDeployment(text, 'example.yaml')).flatMap(
    ({ state, controlLoop, observability }) => [state, controlLoop, observability],
  );
  made.set(text, templates);
  return templates;
}

/** What a template says literally where a service of AWS is. */
function hostsIn(template: Template): readonly string[] {
  const found = JSON.stringify(plain(template.toJSON())).matchAll(/[\w.*-]*\.amazonaws\.com[.\w]*/g);
  return [...found].map(([host]) => host);
}

/** Partition and service of every ARN that a template has literally. */
function arnsIn(template: Template): readonly string[] {
  return [...JSON.stringify(template.toJSON()).matchAll(/arn:aws[a-z-]*:[a-z0-9-]+/g)].map(([arn]) => arn);
}

describe('the examples', { timeout: 120_000 }, () => {
  it.each(CASES)('name no other partition: $what', ({ example, partition, isBound }) => {
    const templates = templatesOf(exampleIn(example, partition, isBound));
    for (const arn of templates.flatMap(arnsIn)) {
      expect(arn).toMatch(new RegExp(`^arn:${partition.name}:`));
      // What is bound to no Region leaves the partition to CloudFormation, but for ARNs that the file has.
      if (!isBound) expect(arn).toMatch(/:(iam|kms|sns)$/);
    }
    expect(templates.length).toBeGreaterThanOrEqual(3);
  });

  it.each(CASES)('name services as the partition does: $what', ({ example, partition, isBound }) => {
    for (const template of templatesOf(exampleIn(example, partition, isBound))) {
      const hosts = hostsIn(template).filter((host) => !PRINCIPALS.includes(host));
      for (const host of hosts) {
        // Queues by their URL and the API server of EKS are the file's and CloudFormation's; what is left is `kms:ViaService`.
        const isKeyUser = /^(dynamodb|s3|secretsmanager|sqs)\./.test(host);
        expect(host.endsWith(partition.domain) || isKeyUser, host).toBe(true);
      }
    }
  });

  it.each(EXAMPLES)('give the same resources wherever they are: %s', (example) => {
    const shapes = PARTITIONS.map((partition) =>
      templatesOf(exampleIn(example, partition, true)).map((template) =>
        [...resourcesOf(template).values()].map(({ Type }) => Type).sort(),
      ),
    );
    for (const shape of shapes) expect(shape).toEqual(shapes[0]);
    expect(shapes[0]?.flat().length).toBeGreaterThan(30);
  });
});
