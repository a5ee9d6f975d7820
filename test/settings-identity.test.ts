import { describe, expect, it } from 'vitest';
import { parseSettings, type Settings, SettingsError } from '../lib/settings.ts';
import { aNodeSetting, settingsEnvironment } from './support/settings-environment.ts';

function settingsWith(identity: object, labels: Readonly<Record<string, string>> = {}): Settings {
  return parseSettings({
    ...settingsEnvironment(),
    LAMBDALET_IDENTITY: JSON.stringify(identity),
    LAMBDALET_NODES: JSON.stringify([aNodeSetting({ labels })]),
  });
}

function faultsOf(...settings: Parameters<typeof settingsWith>): readonly string[] {
  try {
    settingsWith(...settings);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

const TOKEN = { kind: 'token', secret: 'lambdalet/test/token' };
const EKS = { kind: 'eks', clusterName: 'prod', endpoint: 'https://api', certificateAuthority: 'Q0E=' };
const KUBECONFIG = { kind: 'kubeconfig', secret: 'lambdalet/test/kubeconfig' };

describe('the identity in the settings', () => {
  it.each([TOKEN, EKS, KUBECONFIG])('may be of kind $kind, and act as the nodes', (identity) => {
    expect(settingsWith(identity).identity).toEqual(identity);
    const hardened = { ...identity, impersonateNodes: true };
    expect(settingsWith(hardened).identity).toEqual(hardened);
  });

  it.each([
    ['a token without its secret', { kind: 'token' }, /LAMBDALET_IDENTITY is .* at secret/],
    ['a flag that is a text', { ...TOKEN, impersonateNodes: 'yes' }, /at impersonateNodes: true or false/],
    ['a field of another kind', { ...TOKEN, endpoint: 'https://api' }, /endpoint/],
  ])('is refused for %s, with what is allowed', (_what, identity, fault) => {
    const [first = '', ...more] = faultsOf(identity);
    expect(first).toMatch(fault);
    expect(first).toContain('{"kind":"token","secret":"<ARN>"}');
    expect(more).toEqual([]);
  });

  it('that acts as nodes is refused labels that a node may not give itself, each with the way out', () => {
    const labels = { team: 'a', 'node-role.kubernetes.io/fargate': '', 'kubernetes.io/role': 'agent' };
    const faults = faultsOf({ ...TOKEN, impersonateNodes: true }, labels);
    expect(faults).toEqual([
      expect.stringContaining(
        'at 0.labels: with impersonateNodes a node may not give itself the label node-role.',
      ),
      expect.stringContaining('the label kubernetes.io/role (NodeRestriction)'),
    ]);
    expect(faults[0]).toContain('let an administrator set it on the Node, or take it out');
  });

  it('that does everything as itself may give nodes any label', () => {
    expect(faultsOf(TOKEN, { 'node-role.kubernetes.io/fargate': '' })).toEqual([]);
  });
});
