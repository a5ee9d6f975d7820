import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../infra/names.ts';
import { clusterOf, EKS, KEY, NODE, POD_SETTINGS, VPC } from './deployment-text.ts';
import type { Changes } from './deployment-text.ts';
import {
  codeOf,
  emptyFunctions,
  functionOf,
  settingsOf,
  synthesize,
  synthesizeAll,
  variablesOf,
} from './synthesize.ts';

/** What pod-sync reads when it starts. */
function settingsWith(changes: Changes) {
  const { stacks, controlLoop } = synthesize(changes);
  return settingsOf(stacks.controlLoop, controlLoop);
}

/** An entry as one node of the functions. */
const RESOLVED = {
  name: 'node-a',
  architecture: 'arm64',
  capacityType: 'on-demand',
  subnets: NODE.subnets,
  capacity: { cpu: '40', memory: '160Gi', pods: '100', 'ephemeral-storage': '2Ti' },
  region: 'eu-west-1',
};

describe('the environment of the functions', { timeout: 120_000 }, () => {
  it('is read by the functions without a fault, and says what the deployment file says', () => {
    const settings = settingsWith({
      nodes: [
        {
          ...NODE,
          taints: [{ key: 'spot', effect: 'NoSchedule' }],
          labels: { team: 'a' },
          podsReady: false,
          ceiling: { vcpu: 64, usdPerHour: 4 },
        },
      ],
      mode: 'economy',
      eventBusName: 'pods',
      notReadyWhenStalled: true,
      namespaceCeilings: { '*': { vcpu: 8 }, shop: { usdPerHour: 1.5 } },
    });
    expect(settings).toMatchObject({
      cluster: 'test',
      mode: 'economy',
      eventBus: 'pods',
      acceptNewCluster: false,
      notReadyWhenStalled: true,
      namespaceCeilings: { '*': { vcpu: 8 }, shop: { usdPerHour: 1.5 } },
      encryptionKey: undefined,
      identity: { kind: 'kubeconfig', secret: 'test/kubeconfig', impersonateNodes: false },
    });
    expect(settings.nodes).toEqual([
      {
        ...RESOLVED,
        taints: [{ key: 'spot', effect: 'NoSchedule' }],
        labels: { team: 'a' },
        securityGroups: [],
        assignPublicIp: false,
        podsReady: false,
        ceiling: { vcpu: 64, usdPerHour: 4 },
      },
    ]);
    expect(settings.deployId).toMatch(/^[0-9a-f]{16}$/);
    expect(settings.table).toContain('RecordsTable');
    expect(settings.logGroup).toContain('PodLogs');
    expect(settings.eventQueue).toContain('TaskEventsQueue');
    expect(settings.deadLetterQueue).toContain('TaskEventsDeadLetters');
    expect(settings.filesBucket).toMatch(/podfilesbucket[0-9a-f]+$/);
  });

  it('says of the pods of a node what the deployment file says', () => {
    const [node] = settingsWith({ nodes: [{ ...NODE, ...POD_SETTINGS }] }).nodes;
    const { exec: _exec, ...same } = POD_SETTINGS;
    expect(node).toMatchObject(same);
    expect(node?.execRole).toContain('PodsExecRole');
  });

  it('has a node for each cell of the matrix, with its zone and its share of Spot', () => {
    const { nodes } = settingsWith({
      nodes: [
        {
          ...NODE,
          name: '{zone}.{capacityType}',
          subnets: undefined,
          zones: { 'eu-west-1a': ['subnet-0000000a'], 'eu-west-1b': ['subnet-0000000b'] },
          capacityTypes: ['mixed', 'spot'],
          spotPercent: 40,
        },
      ],
    });
    expect(nodes.map(({ name, zone, subnets, spotPercent }) => [name, zone, subnets, spotPercent])).toEqual([
      ['eu-west-1a.mixed', 'eu-west-1a', ['subnet-0000000a'], 40],
      ['eu-west-1a.spot', 'eu-west-1a', ['subnet-0000000a'], undefined],
      ['eu-west-1b.mixed', 'eu-west-1b', ['subnet-0000000b'], 40],
      ['eu-west-1b.spot', 'eu-west-1b', ['subnet-0000000b'], undefined],
    ]);
  });

  it('names the customer managed key', () => {
    expect(settingsWith({ encryptionKeyArn: KEY }).encryptionKey).toBe(KEY);
  });

  it('turns on probes exactly with functions in a VPC, unless the file turns them off', () => {
    expect(settingsWith({}).networkProbes).toBe(false);
    expect(settingsWith(VPC).networkProbes).toBe(true);
    expect(settingsWith({ ...VPC, networkProbes: false }).networkProbes).toBe(false);
  });

  it('says how much of the rates of the account is ours', () => {
    expect(settingsWith({})).toMatchObject({ ecsShare: 1, fargateLaunchRate: undefined });
    const changed = settingsWith({ ecsShare: 1 / 3, fargateLaunchRate: 50 });
    expect(changed).toMatchObject({ ecsShare: 1 / 3, fargateLaunchRate: 50 });
  });

  it('says of the identity what the functions need of it, and nothing that only concerns the stacks', () => {
    const { eksClusterName: clusterName, endpoint, certificateAuthority } = EKS;
    expect(settingsWith({ ...EKS, accessEntries: true, impersonateNodes: true }).identity).toEqual({
      ...{ kind: 'eks', clusterName, endpoint, certificateAuthority },
      impersonateNodes: true,
    });
    const token = { identityMode: 'token', secret: 'a', secretKeyArn: KEY };
    expect(settingsWith(token).identity).toEqual({ kind: 'token', secret: 'a', impersonateNodes: false });
  });

  it('is the same for every function, and so are the files beside the code', () => {
    const { controlLoop, stacks } = synthesize();
    const [first, ...others] = FUNCTION_NAMES.map((name) => {
      const folder = codeOf(stacks.controlLoop, name);
      const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
      return {
        environment: functionOf(controlLoop, name).Properties['Environment'],
        files: files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
      };
    });
    expect(first?.files.map(([file]) => file)).toContain('nodes.json');
    for (const other of others) expect(other).toEqual(first);
  });

  it('travels with the code of its function, and nothing else does', () => {
    const [made] = synthesizeAll([{}], {}, emptyFunctions('the code'));
    for (const name of FUNCTION_NAMES) {
      const folder = codeOf(made!.stacks.controlLoop, name);
      const others = readdirSync(folder).filter((file) => !file.endsWith('.json'));
      expect(others).toEqual(['index.mjs']);
      expect(readFileSync(join(folder, 'index.mjs'), 'utf8')).toBe(`// ${name} the code\n`);
    }
  });

  it('fits into the 4 KB of Lambda with a hundred nodes, many rules each and a long certificate', () => {
    const rule = (at: number): object => ({
      namespace: `team-${at}`,
      serviceAccount: '*',
      taskRoles: [`arn:aws:iam::123456789012:role/team-${at}-worker`],
    });
    const allow = Array.from({ length: 30 }, (_, at) => rule(at));
    const nodes = Array.from({ length: 100 }, (_, at) => ({ ...NODE, allow, name: `node-${at}` }));
    // As long as those of EKS.
    const certificateAuthority = 'A'.repeat(1_500);
    const { controlLoop, stacks } = synthesize({
      ...{ ...EKS, certificateAuthority, ...VPC, functionDualStack: true, nodes },
      encryptionKeyArn: KEY,
    });
    const variables = variablesOf(controlLoop, 'pod-sync');
    // A reference becomes at most such a text: the URL of a queue whose name has 80 letters.
    const longest = Object.entries(variables).map(([name, value]) => [
      name,
      /^(import|arn:of):/.test(value) ? 'x'.repeat(140) : value,
    ]);
    // What is left is for what only the deployment knows: the ids and ARNs of what the same app makes.
    expect(Buffer.byteLength(JSON.stringify(Object.fromEntries(longest)))).toBeLessThan(4096 - 2048);
    expect(settingsOf(stacks.controlLoop, controlLoop).nodes).toHaveLength(100);
  });
});

describe('the deploy id', { timeout: 120_000 }, () => {
  const idOf = (changes: Changes, code = 'a'): string => {
    const [made] = synthesizeAll([changes], {}, emptyFunctions(code));
    return variablesOf(made!.controlLoop, 'pod-sync')['LAMBDALET_DEPLOY_ID']!;
  };
  const id = idOf({});

  it('is the same for the same code and settings', () => {
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(idOf({})).toBe(id);
  });

  it.each([
    ['the mode', { mode: 'economy' }],
    ['the size of a node', { nodes: [{ ...NODE, cpu: 41 }] }],
    ['the ceiling of a namespace', { namespaceCeilings: { shop: { vcpu: 1 } } }],
    ['the secret', { secret: 'test/other' }],
  ])('is another when %s is', (_, changes) => {
    expect(clusterOf(changes)).not.toEqual(clusterOf());
    expect(idOf(changes)).not.toBe(id);
  });

  it('is another when the code is', () => {
    expect(idOf({}, 'b')).not.toBe(id);
  });
});
