import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesize } from '../infra/synthesize.ts';

const { state, controlLoop } = synthesize();

/** Resources whose replacement would lose what they hold, by the logical ids that they must keep. */
const KEPT: readonly (readonly [what: string, template: Template, type: string, ids: readonly string[]])[] = [
  ['the records', state, 'AWS::DynamoDB::Table', ['testStateRecordsTable4062304C']],
  ['the files of pods', state, 'AWS::S3::Bucket', ['testStatePodFilesBucket19081184']],
  ['the logs of pods', state, 'AWS::Logs::LogGroup', ['testStatePodLogsLogGroupFD8A6920']],
  ['the tasks of pods', controlLoop, 'AWS::ECS::Cluster', ['VirtualClusterControlLoopPodsCluster3086EF0E']],
  ['the node', controlLoop, 'Custom::LambdaletNode', ['VirtualClusterControlLoopNodenodea2D51D81B']],
];

const WAY_OUT =
  'CloudFormation would make a new one and delete the old, with what it holds: keep the ids of the constructs, or see docs/versioning.md';

describe('what an upgrade must not replace', () => {
  it.each(KEPT)('%s: keeps its logical id', (_, template, type, ids) => {
    expect([...resourcesOf(template, type).keys()], WAY_OUT).toEqual(ids);
  });
});
