import { describe, expect, it } from 'vitest';
import { deployIdOf } from '../../infra/create-stacks.ts';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { parseSettings } from '../../lib/settings.ts';
import { deploymentOf, EKS, NODE, POD_SETTINGS } from './deployment-text.ts';
import { emptyBundles, functionOf, plain, synthesize } from './synthesize.ts';

/** What the functions read from the environment that the template gives them; Lambda adds AWS_REGION. */
function settingsOf(changes: Readonly<Record<string, unknown>>, name = 'pod-sync') {
  const { Environment } = plain(functionOf(synthesize(changes).controlLoop, name).Properties) as {
    Environment: { Variables: Record<string, string> };
  };
  return parseSettings({
    ...Environment.Variables,
    ...queueUrlsIn(Environment.Variables),
    LAMBDALET_FILES_BUCKET: bucketIn(Environment.Variables),
    AWS_REGION: 'eu-west-1',
  });
}

/** What the state stack exports of its queues, as it will be after deployment: `Ref` of a queue is its URL. */
function queueUrlsIn(variables: Readonly<Record<string, string>>): Record<string, string> {
  const queues = Object.entries(variables).filter(([name]) => name.endsWith('_QUEUE'));
  return Object.fromEntries(
    queues.map(([name, value]) => {
      const id = /^import:lambdalet-test-state:ExportsOutputRef(\w+)$/.exec(value)?.[1];
      return [name, `https://sqs.eu-west-1.amazonaws.com/123456789012/${String(id)}`];
    }),
  );
}

/** `Ref` of a bucket is its name, which CloudFormation makes of lower-case letters. */
function bucketIn({ LAMBDALET_FILES_BUCKET }: Readonly<Record<string, string>>): string {
  const id = /^import:lambdalet-test-state:ExportsOutputRef(\w+)$/.exec(String(LAMBDALET_FILES_BUCKET))?.[1];
  return `lambdalet-test-state-${String(id).toLowerCase()}`;
}

describe('the environment of the functions', { timeout: 120_000 }, () => {
  it('is read by the functions without a fault, and says what the deployment file says', () => {
    const node = {
      ...NODE,
      taints: [{ key: 'spot', effect: 'NoSchedule' }],
      labels: { team: 'a' },
      zone: 'eu-west-1a',
      podsReady: false,
    };
    const settings = settingsOf({
      nodes: [node],
      mode: 'economy',
      eventBus: 'pods',
      notReadyWhenStalled: true,
    });
    expect(settings).toMatchObject({
      cluster: 'test',
      mode: 'economy',
      eventBus: 'pods',
      acceptNewCluster: false,
      notReadyWhenStalled: true,
      identity: { kind: 'kubeconfig', secret: 'test/kubeconfig' },
      nodes: [
        {
          ...node,
          capacity: { cpu: '40', memory: '160Gi', pods: '100', 'ephemeral-storage': '2Ti' },
          region: 'eu-west-1',
        },
      ],
    });
    expect(settings.deployId).toMatch(/^[0-9a-f]{16}$/);
    expect(settings.table).toContain('RecordsTable');
    expect(settings.logGroup).toContain('PodLogs');
    expect(settings.eventQueue).toContain('TaskEventsQueue');
    expect(settings.deadLetterQueue).toContain('TaskEventsDeadLetters');
  });

  it('says of the pods of a node what the deployment file says', () => {
    const [node] = settingsOf({ nodes: [{ ...NODE, ...POD_SETTINGS }] }).nodes;
    expect(node).toMatchObject(POD_SETTINGS);
  });

  it('names the bucket of the state stack', () => {
    expect(settingsOf({}).filesBucket).toMatch(/^lambdalet-test-state-podfilesbucket[0-9a-f]+$/);
  });

  it('turns on probes exactly with functions in a VPC, unless the file turns them off', () => {
    const functionsVpc = { subnets: NODE.subnets, securityGroups: ['sg-00000000000000001'] };
    expect(settingsOf({}).networkProbes).toBe(false);
    expect(settingsOf({ functionsVpc }).networkProbes).toBe(true);
    expect(settingsOf({ functionsVpc, networkProbes: false }).networkProbes).toBe(false);
  });

  it('says how much of the rates of the account is ours', () => {
    expect(settingsOf({})).toMatchObject({ ecsShare: 1, fargateLaunchRate: undefined });
    const changed = settingsOf({ ecsShare: 1 / 3, fargateLaunchRate: 50 });
    expect(changed).toMatchObject({ ecsShare: 1 / 3, fargateLaunchRate: 50 });
  });

  it('leaves out of the identity what only concerns the stacks', () => {
    expect(settingsOf({ identity: { ...EKS, accessEntries: true } }).identity).toEqual(EKS);
    const kmsKey = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000';
    expect(settingsOf({ identity: { kind: 'kubeconfig', secret: 'a', kmsKey } }).identity).toEqual({
      kind: 'kubeconfig',
      secret: 'a',
    });
  });

  it('is the same for every function', () => {
    const { controlLoop } = synthesize();
    const [first, ...others] = FUNCTION_NAMES.map(
      (name) => functionOf(controlLoop, name).Properties['Environment'],
    );
    for (const other of others) expect(other).toEqual(first);
  });
});

describe('the deploy id', () => {
  it('is the same for the same code and settings, and another for any other', () => {
    const id = deployIdOf(deploymentOf(), emptyBundles('a'));
    expect(deployIdOf(deploymentOf(), emptyBundles('a'))).toBe(id);
    expect(deployIdOf(deploymentOf(), emptyBundles('b'))).not.toBe(id);
    expect(deployIdOf(deploymentOf({ mode: 'economy' }), emptyBundles('a'))).not.toBe(id);
  });
});
