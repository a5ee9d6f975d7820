import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettings, SettingsError } from '../lib/settings.ts';
import { aNodeSetting, settingsEnvironment } from './support/settings-environment.ts';

function faultsOf(change: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    parseSettings({ ...settingsEnvironment(), ...change });
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings of a function', () => {
  it('are read from a file beside the code, with what was known only at deployment put in its place', () => {
    const { region: _, ...node } = aNodeSetting({ subnets: ['${1}', '${0}'], zone: 'eu-west-1a' });
    const folder = mkdtempSync(join(tmpdir(), 'lambdalet-settings-'));
    writeFileSync(join(folder, 'nodes.json'), JSON.stringify([node]));
    const { nodes } = parseSettings({
      ...settingsEnvironment(),
      LAMBDA_TASK_ROOT: folder,
      LAMBDALET_NODES: 'file:nodes.json',
      LAMBDALET_VALUES: '["subnet-b","subnet-a"]',
    });
    expect(nodes).toMatchObject([
      { name: 'virtual', subnets: ['subnet-a', 'subnet-b'], zone: 'eu-west-1a', region: 'eu-west-1' },
    ]);
  });

  it('are read from the environment', () => {
    const settings = parseSettings(settingsEnvironment());
    expect(settings).toMatchObject({
      cluster: 'test',
      table: 'test-table',
      mode: 'watch',
      eventBus: 'default',
      eventQueue: 'http://127.0.0.1:1/111122223333/task-events',
      deadLetterQueue: 'http://127.0.0.1:1/111122223333/dead-letters',
      ecsShare: 1,
      fargateLaunchRate: undefined,
      region: 'eu-west-1',
    });
    expect(settings.nodes.map(({ name }) => name)).toEqual(['virtual']);
  });

  it('accept EKS as the way in', () => {
    const eks = {
      kind: 'eks',
      clusterName: 'prod',
      endpoint: 'https://api.example',
      certificateAuthority: 'Q0E=',
    };
    const { identity } = parseSettings({ ...settingsEnvironment(), LAMBDALET_IDENTITY: JSON.stringify(eks) });
    expect(identity).toEqual(eks);
  });

  it('know what nodes and namespaces may use at a time, and which share of a mixed node is Spot', () => {
    const bounds = { capacityType: 'mixed', spotPercent: 30, ceiling: { vcpu: 100, usdPerHour: 2.5 } };
    const namespaceCeilings = { shop: { vcpu: 8 }, '*': { usdPerHour: 0.5 } };
    const settings = parseSettings({
      ...settingsEnvironment(),
      LAMBDALET_NODES: JSON.stringify([aNodeSetting(bounds)]),
      LAMBDALET_NAMESPACE_CEILINGS: JSON.stringify(namespaceCeilings),
    });
    expect(settings.nodes[0]).toMatchObject(bounds);
    expect(settings.namespaceCeilings).toEqual(namespaceCeilings);
    expect(parseSettings(settingsEnvironment()).namespaceCeilings).toEqual({});
  });

  it.each([
    [
      'a ceiling that bounds nothing',
      { ceiling: {} },
      /at 0\.ceiling: bounds nothing: name vcpu or usdPerHour/,
    ],
    ['a ceiling of nothing', { ceiling: { vcpu: 0 } }, /at 0\.ceiling\.vcpu: a number above 0/],
    ['a ceiling of what there is none of', { ceiling: { pods: 3 } }, /at 0\.ceiling: .*pods/],
    ['a share of all', { capacityType: 'mixed', spotPercent: 100 }, /at 0\.spotPercent: at most 99/],
    ['a share of none', { capacityType: 'mixed', spotPercent: 0 }, /at 0\.spotPercent: at least 1/],
    ['a share in parts', { capacityType: 'mixed', spotPercent: 1.5 }, /at 0\.spotPercent: a whole number/],
    [
      'a share on a node that is not mixed',
      { capacityType: 'spot', spotPercent: 50 },
      /at 0\.spotPercent is 50, but the node is spot; set capacityType to mixed, or take spotPercent out/,
    ],
    ['a capacity type that is none', { capacityType: 'reserved' }, /at 0\.capacityType: /],
  ])('refuse %s', (_, change, message) => {
    const faults = faultsOf({ LAMBDALET_NODES: JSON.stringify([aNodeSetting(change)]) });
    expect(faults.join('\n')).toMatch(message);
  });

  it.each([
    ['{"Shop":{"vcpu":1}}', /at Shop: not the name of a namespace, nor \* for all others/],
    ['{"shop":{"cpu":1}}', /at shop: .*cpu/],
    ['{"shop":{"usdPerHour":-1}}', /at shop\.usdPerHour: a number above 0/],
    ['[]', /LAMBDALET_NAMESPACE_CEILINGS is "\[\]": .*set it to \{"<namespace>":\{"vcpu":<number>/],
    ['none', /is "none", which is not JSON/],
  ])('refuse the ceilings of namespaces %s', (text, message) => {
    const faults = faultsOf({ LAMBDALET_NAMESPACE_CEILINGS: text });
    expect(faults.join('; ')).toMatch(message);
  });

  it('turn flags into truth values, false unless said', () => {
    expect(parseSettings(settingsEnvironment()).acceptNewCluster).toBe(false);
    expect(
      parseSettings({ ...settingsEnvironment(), LAMBDALET_ACCEPT_NEW_CLUSTER: 'true' }).acceptNewCluster,
    ).toBe(true);
  });

  it.each([
    ['LAMBDALET_ECS_SHARE', '0.25', { ecsShare: 0.25 }],
    ['LAMBDALET_ECS_SHARE', '1', { ecsShare: 1 }],
    ['LAMBDALET_FARGATE_LAUNCH_RATE', '1', { fargateLaunchRate: 1 }],
    ['LAMBDALET_FARGATE_LAUNCH_RATE', '1000', { fargateLaunchRate: 1000 }],
    ['LAMBDALET_FARGATE_LAUNCH_RATE', 'regional', { fargateLaunchRate: undefined }],
  ])('take the rate in %s=%s', (name, text, expected) => {
    expect(parseSettings({ ...settingsEnvironment(), [name]: text })).toMatchObject(expected);
  });

  it.each([
    ['LAMBDALET_ECS_SHARE', ['0', '0.0', '1.01', '-1', '1e-3', 'half', ''], /a number above 0 and at most 1/],
    [
      'LAMBDALET_FARGATE_LAUNCH_RATE',
      ['0', '0.5', '1001', 'Infinity', '20/s', ''],
      /regional, or tasks per second from 1 to 1000/,
    ],
    ['LAMBDALET_EVENT_QUEUE', ['task-events', 'arn:aws:sqs:eu-west-1:1:q', 'https://host'], /the URL of/],
  ])('refuse a bad %s', (name, texts, message) => {
    for (const text of texts) {
      const faults = faultsOf({ [name]: text });
      expect(faults, text).toHaveLength(1);
      expect(faults[0]).toContain(`${name} is "${text}"`);
      expect(faults[0]).toMatch(message);
    }
  });

  it('name every fault at once', () => {
    const faults = faultsOf({ LAMBDALET_CLUSTER: undefined, LAMBDALET_MODE: 'fast', AWS_REGION: undefined });
    expect(faults).toHaveLength(3);
  });

  it.each([
    [
      'a variable that is missing',
      { LAMBDALET_TABLE: undefined },
      /LAMBDALET_TABLE is not set; set it to the name of the DynamoDB table/,
    ],
    ['a value that is not allowed', { LAMBDALET_MODE: 'fast' }, /LAMBDALET_MODE is "fast".*watch or economy/],
    [
      'JSON that cannot be read',
      { LAMBDALET_NODES: '[{' },
      /LAMBDALET_NODES is "\[\{", which is not JSON that can be read/,
    ],
    [
      'a field inside a value',
      { LAMBDALET_NODES: JSON.stringify([aNodeSetting({ subnets: [] })]) },
      /at 0\.subnets: at least one subnet/,
    ],
    [
      'an unknown field inside a value',
      { LAMBDALET_NODES: JSON.stringify([{ ...aNodeSetting(), gpus: 1 }]) },
      /gpus/,
    ],
    ['an unknown way in', { LAMBDALET_IDENTITY: '{"kind":"password"}' }, /LAMBDALET_IDENTITY/],
    [
      'a typing error in a name',
      { LAMBDALET_CLUSTR: 'x' },
      /LAMBDALET_CLUSTR is not a setting; known are LAMBDALET_CLUSTER/,
    ],
    [
      'a queue that is missing',
      { LAMBDALET_DEAD_LETTER_QUEUE: undefined },
      /LAMBDALET_DEAD_LETTER_QUEUE is not set; set it to the URL of the dead letter queue/,
    ],
    [
      'a file that is not there',
      { LAMBDALET_NODES: 'file:none.json' },
      /LAMBDALET_NODES is "file:none.json", which is not JSON that can be read/,
    ],
    [
      'a file that names a value which is not there',
      { LAMBDALET_NODES: 'file:package.json', LAMBDALET_VALUES: '{}' },
      /LAMBDALET_VALUES is "\{\}": .* a JSON array of the texts/,
    ],
    ['a Region that is missing', { AWS_REGION: '' }, /AWS_REGION is not set/],
  ])('say what is wrong with %s, and the way out', (_case, change, message) => {
    const faults = faultsOf(change);
    expect(faults.join('\n')).toMatch(message);
  });

  it('cut long values instead of printing them whole', () => {
    const [fault = ''] = faultsOf({ LAMBDALET_CLUSTER: 'x'.repeat(500) });
    expect(fault.length).toBeLessThan(300);
  });

  it('are one message with a line for each fault', () => {
    expect(() => parseSettings({ AWS_REGION: 'eu-west-1' })).toThrow(
      /cannot be used:\n- LAMBDALET_CLUSTER is not set/,
    );
  });
});
