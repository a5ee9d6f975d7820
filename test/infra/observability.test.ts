import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { grafanaDashboard } from '../../infra/dashboard/grafana-dashboard.ts';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { VirtualCluster } from '../../infra/virtual-cluster.ts';
import type { VirtualClusterProps } from '../../infra/virtual-cluster-props.ts';

/** The template of a virtual cluster of two nodes. */
function synthesize(props: Partial<VirtualClusterProps> = {}): Template {
  const functionsPath = mkdtempSync(join(tmpdir(), 'lambdalet-functions-'));
  for (const name of FUNCTION_NAMES) {
    mkdirSync(join(functionsPath, name));
    writeFileSync(join(functionsPath, name, 'index.mjs'), `// ${name}\n`);
  }
  const stack = new Stack(new App(), 'Stack');
  new VirtualCluster(stack, 'Burst', {
    ...{ clusterName: 'test', identityMode: 'kubeconfig', secret: 'test/kubeconfig', functionsPath },
    nodes: [
      {
        name: 'burst-{architecture}',
        subnets: ['subnet-00000000000000001'],
        architectures: ['amd64', 'arm64'],
      },
    ],
    ...props,
  });
  return Template.fromStack(stack);
}

describe('a virtual cluster', () => {
  it('has an alarm for each of its nodes, and a dashboard of its name', () => {
    const template = synthesize();
    for (const node of ['burst-amd64', 'burst-arm64'])
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: `lambdalet test: Heartbeat age of ${node}`,
      });
    template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'lambdalet-test' });
  });

  it('links to the runbooks where its people read them', () => {
    const template = synthesize({ runbookUrl: 'https://wiki.example.com/lambdalet' });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'lambdalet test: Trouble',
      AlarmDescription: Match.stringLikeRegexp('Runbook: https://wiki.example.com/lambdalet#trouble$'),
    });
    const dashboard = JSON.stringify(template.findResources('AWS::CloudWatch::Dashboard'));
    expect(dashboard).toContain('(https://wiki.example.com/lambdalet#dead-letters)');
  });

  it.each(['wiki.example.com/lambdalet', 'https://wiki.example.com/lambdalet#alarms'])(
    'refuses %s as the place of the runbooks',
    (runbookUrl) => {
      expect(() => synthesize({ runbookUrl })).toThrow(/runbookUrl is .*: allowed is a URL of at most 400/);
    },
  );

  it('names its queues so that the variables of the Grafana dashboard find them', () => {
    const { templating } = grafanaDashboard() as {
      readonly templating: { readonly list: readonly { readonly regex?: string }[] };
    };
    const patterns = templating.list.flatMap(({ regex }) =>
      regex === undefined ? [] : [regex.slice(1, -1)],
    );
    const queues = Object.keys(synthesize().findResources('AWS::SQS::Queue'));
    for (const pattern of patterns)
      expect(
        queues.filter((id) => new RegExp(pattern).test(id)),
        `${pattern} in ${queues.join()}`,
      ).toHaveLength(1);
    expect(patterns).toHaveLength(2);
  });
});
