import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import type { Template } from 'aws-cdk-lib/assertions';
import { sharesOverAll } from '../../infra/shared-rates.ts';
import { deploymentOf, EKS, KEY, NODE, VPC } from './deployment-text.ts';
import { resourcesOf, synthesize, synthesizeAll } from './synthesize.ts';
import type { Templates } from './synthesize.ts';

/** The names of the exports that a template imports. */
function importsOf(template: Template): readonly string[] {
  const found = JSON.stringify(template.toJSON()).matchAll(/"Fn::ImportValue":"([^"]+)"/g);
  return [...found].map(([, name]) => name ?? '');
}

function exportsOf(template: Template): readonly string[] {
  const { Outputs = {} } = template.toJSON() as { Outputs?: Record<string, { Export?: { Name: string } }> };
  return Object.values(Outputs).flatMap(({ Export }) => (Export === undefined ? [] : [Export.Name]));
}

describe('several clusters in one file', { timeout: 120_000 }, () => {
  const made = synthesizeAll(
    [
      { clusterName: 'one' },
      { clusterName: 'two', ...EKS, accessEntries: true },
      { clusterName: 'one', region: 'eu-central-1' },
    ],
    { region: 'eu-west-1', account: '123456789012' },
  );

  it('have three stacks each, in their own place', () => {
    const stacks = made.map(({ stacks: { state, controlLoop, observability } }) =>
      [state, controlLoop, observability].map((stack) => `${stack?.stackName} ${stack?.region}`),
    );
    const [part1, part2, part3] = ['state', 'control-loop', 'observability'] as const;
    const named = (name: string, region: string): readonly string[] =>
      [part1, part2, part3].map((part) => `lambdalet-${name}-${part} ${region}`);
    expect(stacks).toEqual([
      named('one', 'eu-west-1'),
      named('two', 'eu-west-1'),
      named('one', 'eu-central-1'),
    ]);
  });

  it('are told that their shares of one place are more than all', () => {
    const told = made.map(({ warnings }) => warnings.filter((text) => text.includes('ecsShare')));
    const ending =
      ' is 1, and the shares of its account and Region are 2 together (clusters[0] 1, clusters[1] 1): allowed are at most 1 together, or the ' +
      'clusters throttle each other; divide 1 among them';
    expect(told).toEqual([
      [expect.stringContaining(`clusters[0].ecsShare${ending}`)],
      [expect.stringContaining(`clusters[1].ecsShare${ending}`)],
      [],
    ]);
  });

  it('are told nothing of shares that make one', () => {
    const shares = [0.7, 0.2, 0.1].map((ecsShare, at) => ({
      ...{ clusterName: `c${at}`, ecsShare, secret: `c${at}/kubeconfig` },
    }));
    expect(sharesOverAll(deploymentOf(shares))).toEqual(new Map());
  });

  it('are two artifacts of the assembly where they have one name', () => {
    const ids = made.map(({ stacks }) => stacks.state.artifactId);
    expect(ids).toEqual([
      'lambdalet-one-state-123456789012-eu-west-1',
      'lambdalet-two-state',
      'lambdalet-one-state-123456789012-eu-central-1',
    ]);
  });

  it('leave the rights of each beside the templates, apart where they have one name', () => {
    const [{ stacks }] = made as [Templates];
    const { directory } = Stage.of(stacks.state)?.synth() ?? { directory: '' };
    const files = readdirSync(directory).filter((name) => name.endsWith('.bootstrap.yaml'));
    expect(files.sort()).toEqual([
      'lambdalet-one-123456789012-eu-central-1.bootstrap.yaml',
      'lambdalet-one-123456789012-eu-west-1.bootstrap.yaml',
      'lambdalet-two.bootstrap.yaml',
    ]);
    const [, two] = made.map((each) => each.stacks.virtualCluster.bootstrap);
    expect(readFileSync(join(directory, 'lambdalet-two.bootstrap.yaml'), 'utf8')).toBe(two);
    expect(two).toContain('name: lambdalet-two');
  });

  it('refer to nothing of each other', () => {
    for (const { state, controlLoop, observability, stacks } of made) {
      const own = [...exportsOf(state), ...exportsOf(controlLoop)];
      expect(importsOf(state)).toEqual([]);
      expect(importsOf(controlLoop).length).toBeGreaterThan(0);
      for (const name of [...importsOf(controlLoop), ...importsOf(observability)]) {
        expect(own, stacks.controlLoop.artifactId).toContain(name);
      }
      const reached = [stacks.state, stacks.controlLoop, stacks.observability].flatMap(
        (stack) => stack?.dependencies ?? [],
      );
      const allowed = [stacks.state, stacks.controlLoop];
      for (const stack of reached) expect(allowed).toContain(stack);
    }
  });

  it('have no physical name in common in one place', () => {
    const names = made.slice(0, 2).map(({ state, controlLoop, observability }) =>
      [state, controlLoop, observability].flatMap((template) =>
        // The name of an inline policy is one of its role.
        [...resourcesOf(template).values()]
          .filter(({ Type }) => Type !== 'AWS::IAM::Policy')
          .flatMap(({ Type, Properties }) =>
            Object.entries(Properties)
              .filter(([key, value]) => /^(\w+Name|Name)$/.test(key) && typeof value === 'string')
              // What an alarm, a teardown or an access entry looks at, which are names of others.
              .filter(([key]) => !['MetricName', 'ClusterName'].includes(key) || Type === 'AWS::ECS::Cluster')
              .map(([key, value]) => `${Type} ${key} ${String(value)}`),
          ),
      ),
    );
    expect(names[0]?.length).toBeGreaterThan(15);
    for (const name of names[0] ?? []) expect(names[1]).not.toContain(name);
  });
});

describe('the stacks of a cluster', { timeout: 120_000 }, () => {
  it('are protected where they hold state in production, and only there', () => {
    const protections = (profile: string): readonly (boolean | undefined)[] => {
      const { state, controlLoop, observability } = synthesize({ profile }).stacks;
      return [state, controlLoop, observability].map((stack) => stack?.terminationProtection);
    };
    expect(protections('production')).toEqual([true, false, false]);
    expect(protections('dev')).toEqual([false, false, false]);
  });

  it('are two without alarms and dashboard, three with either', () => {
    const kinds = (changes: object): readonly string[] | undefined => {
      const { stacks, observability } = synthesize({ ...changes });
      if (stacks.observability === undefined) return undefined;
      return [...new Set([...resourcesOf(observability).values()].map(({ Type }) => Type))].sort();
    };
    expect(kinds({ alarms: false, dashboard: false })).toBeUndefined();
    expect(kinds({ alarms: false })).toEqual(['AWS::CloudWatch::Dashboard']);
    expect(kinds({ dashboard: false })).toEqual(['AWS::CloudWatch::Alarm']);
    expect(kinds({})).toEqual(['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard']);
  });

  it.each([
    ['alarms', { alarms: false }],
    ['the dashboard', { dashboard: false }],
    ['both', { alarms: false, dashboard: false }],
    ['a VPC', VPC],
    ['a key', { encryptionKeyArn: KEY }],
    ['economy', { mode: 'economy' }],
    ['another node', { nodes: [NODE, { ...NODE, name: 'node-b' }] }],
  ])(
    'export the same with and without %s: CloudFormation keeps an export that a stack of before uses',
    (_, changes) => {
      const before = synthesize();
      const after = synthesize(changes);
      expect(exportsOf(after.state).toSorted()).toEqual(exportsOf(before.state).toSorted());
      expect(exportsOf(after.controlLoop).toSorted()).toEqual(exportsOf(before.controlLoop).toSorted());
      expect(exportsOf(before.controlLoop).length).toBeGreaterThan(0);
    },
  );
});
