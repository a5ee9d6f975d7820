import { Stack, Validations } from 'aws-cdk-lib';
import type { App, Stage } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { createStacks } from '../../infra/create-stacks.ts';
import { parseDeployment } from '../../infra/read-deployment.ts';
import { VirtualCluster } from '../../infra/virtual-cluster.ts';
import { EKS, fileOf, GATEWAY, KEY, NODE, POD_SETTINGS, VPC } from './deployment-text.ts';
import type { Changes } from './deployment-text.ts';
import { EXAMPLES, exampleText } from './examples.ts';
import { emptyFunctions, newApp } from './synthesize.ts';

/** What cdk-nag says of one resource. */
interface Finding {
  readonly id: string;
  readonly path: string;
}

/** All findings, those included that are acknowledged. */
function allFindings(app: Stage): readonly Finding[] {
  const checks = new AwsSolutionsChecks(app);
  Object.defineProperty(checks, 'isAcknowledged', { value: () => false });
  return findingsOf(checks, app);
}

/** The findings that nobody acknowledged. */
function openFindings(app: Stage): readonly Finding[] {
  return findingsOf(new AwsSolutionsChecks(app), app);
}

function findingsOf(checks: AwsSolutionsChecks, app: Stage): readonly Finding[] {
  return checks
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources = [] }) =>
      violatingResources.map(({ constructPath = '' }) => ({ id: ruleName, path: constructPath })),
    );
}

interface Acknowledged extends Finding {
  readonly reason: string;
}

function acknowledgedIn(app: Stage): readonly Acknowledged[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Readonly<Record<string, string>>))
      .map(([id, reason]) => ({ id: id.replace(/^Annotation::/, ''), path: node.path, reason })),
  );
}

const isBelow = (path: string, parent: string): boolean => path === parent || path.startsWith(`${parent}/`);

const functionsPath = emptyFunctions();

function deployed(text: string): App {
  const app = newApp();
  createStacks(app, parseDeployment(text, 'nag.yaml'), functionsPath);
  return app;
}

/** In one stack of somebody, or with its state in another, in an app as `cdk init` makes it. */
function constructed(flags: Record<string, unknown>, isApart: boolean): App {
  const app = newApp(flags);
  const stack = new Stack(app, 'Theirs');
  new VirtualCluster(stack, 'Burst', {
    clusterName: 'test',
    identityMode: 'kubeconfig',
    secret: 'test/kubeconfig',
    nodes: [{ name: 'node-a', subnets: ['subnet-00000000000000001'] }],
    functionsPath,
    ...(isApart && { stateScope: new Stack(app, 'State') }),
  });
  return app;
}

const WEAK = { '@aws-cdk/core:defaultCrossStackReferences': 'weak' };
const file =
  (changes: Changes): (() => App) =>
  (): App =>
    deployed(fileOf([changes]));
const APPS: readonly (readonly [string, () => App])[] = [
  ...EXAMPLES.map((name): readonly [string, () => App] => [
    `the example ${name}`,
    () => deployed(exampleText(name)),
  ]),
  ['production', file({ profile: 'production' })],
  [
    'a cluster of EKS with everything',
    file({ ...EKS, accessEntries: true, nodes: [{ ...NODE, ...POD_SETTINGS }] }),
  ],
  ['a VPC and a key', file({ ...VPC, encryptionKeyArn: KEY })],
  ['a token', file({ identityMode: 'token', secretKeyArn: KEY })],
  ['a gateway', file({ gateway: { ...GATEWAY, containerInsights: true }, encryptionKeyArn: KEY })],
  [
    'a gateway that everybody may ask, with an image of its own',
    file({
      gateway: {
        ...GATEWAY,
        allowedCidrs: ['0.0.0.0/0'],
        image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/node:24',
      },
    }),
  ],
  ['an ECS cluster of others', file({ ecsClusterName: 'platform' })],
  ['one stack of somebody', () => constructed({}, false)],
  ['two stacks of somebody', () => constructed({}, true)],
  ['two stacks that refer weakly to each other', () => constructed(WEAK, true)],
];

describe('cdk-nag', { timeout: 120_000 }, () => {
  it.each(APPS)('has nothing to say that is not answered: %s', (_, make) => {
    const app = make();
    app.synth();
    expect(openFindings(app)).toEqual([]);
  });

  it.each(APPS)('is told nothing that it does not ask: %s', (_, make) => {
    const app = make();
    app.synth();
    const findings = allFindings(app);
    const needless = acknowledgedIn(app).filter(
      ({ id, path }) => !findings.some((finding) => finding.id === id && isBelow(finding.path, path)),
    );
    expect(needless).toEqual([]);
    expect(findings.length).toBeGreaterThan(5);
  });

  it('is answered in sentences', () => {
    const app = deployed(exampleText('kubeconfig.yaml'));
    app.synth();
    const reasons = new Set(acknowledgedIn(app).map(({ reason }) => reason));
    expect(reasons.size).toBe(9);
    for (const reason of reasons) expect(reason).toMatch(/^[A-Z].{40,}\.$/);
  });

  it('lets the synthesis of an app pass that has it, and no other finding', () => {
    const app = constructed({}, false);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
    const planted = constructed({}, false);
    new CfnQueue(new Stack(planted, 'Planted'), 'Queue');
    Validations.of(planted).addPlugins(new AwsSolutionsChecks(planted));
    expect(() => planted.synth()).toThrow(/AwsSolutions-SQS/);
  });

  it('leaves no trace where it is not used', () => {
    const app = constructed({}, false);
    const template = JSON.stringify(app.synth().getStackByName('Theirs').template);
    expect(template).not.toContain('cdk_nag');
    expect(template).not.toContain('AwsSolutions');
  });
});
