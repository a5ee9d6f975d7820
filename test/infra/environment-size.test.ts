import { describe, expect, it } from 'vitest';
import { environmentBytes } from '../../infra/environment-size.ts';
import { deploymentOf, EKS, faultsWith, NODE, POD_SETTINGS } from './deployment-text.ts';
import { functionOf, plain, synthesize } from './synthesize.ts';

const rule = (at: number): object => ({
  namespace: `team-${at}`,
  serviceAccount: '*',
  taskRoles: [`arn:aws:iam::123456789012:role/team-${at}-worker`],
});
const rules = (count: number): readonly object[] => Array.from({ length: count }, (_, at) => rule(at));

describe('the size of the environment', { timeout: 120_000 }, () => {
  it('is never less than what the template sets', () => {
    for (const changes of [
      {},
      { region: 'eu-west-1', identity: EKS, mode: 'economy' },
      {
        functionsVpc: { subnets: NODE.subnets, securityGroups: ['sg-00000000000000001'], dualStack: true },
        nodes: [{ ...NODE, ...POD_SETTINGS }],
      },
    ]) {
      const { Environment } = plain(functionOf(synthesize(changes).controlLoop, 'pod-sync').Properties) as {
        Environment: { Variables: Record<string, string> };
      };
      const variables = Object.fromEntries(
        Object.entries(Environment.Variables).map(([name, value]) => [name, resolved(value)]),
      );
      const set = Buffer.byteLength(JSON.stringify(variables));
      const estimated = environmentBytes(deploymentOf(changes));
      expect(estimated).toBeGreaterThanOrEqual(set);
      expect(estimated - set, 'an estimate this far off refuses what would fit').toBeLessThan(500);
    }
  });

  it('has room for a node that says everything', () => {
    expect(faultsWith({ identity: EKS, nodes: [{ ...NODE, ...POD_SETTINGS }] })).toEqual([]);
  });

  it('has room for several small nodes', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((end) => ({ ...NODE, name: `node-${end}` }));
    expect(faultsWith({ nodes })).toEqual([]);
  });

  it('beyond the limit is a fault that names sizes, the limit and what to shorten', () => {
    const [fault = '', ...others] = faultsWith({
      nodes: [
        { ...NODE, allow: rules(30) },
        { ...NODE, name: 'node-b' },
      ],
    });
    expect(others).toEqual([]);
    expect(fault).toMatch(
      /^the file makes up to \d{4} bytes of environment \(nodes\[0\] \d+ bytes, nodes\[1\] \d+ bytes, identity/,
    );
    expect(fault).toContain(
      'allowed is 4096, the limit of Lambda; shorten the largest: nodes[0].allow, nodes[0].capacity',
    );
  });

  it('counts the escapes of JSON inside of JSON, as Lambda does', () => {
    const short = environmentBytes(deploymentOf({ nodes: [{ ...NODE, costLabels: ['abc'] }] }));
    const two = environmentBytes(deploymentOf({ nodes: [{ ...NODE, costLabels: ['abc', 'd'] }] }));
    expect(two - short).toBe(',\\"d\\"'.length);
  });
});

/** A reference of the template as a text of the length that it has after deployment. */
function resolved(value: string): string {
  if (value.startsWith('import:')) {
    const id = /Ref(\w+)$/.exec(value)?.[1] ?? '';
    if (id.includes('Queue') || id.includes('DeadLetters')) {
      return `https://sqs.eu-west-1.amazonaws.com/123456789012/lambdalet-test-state-${id}-AbCdEfGhIjKl`;
    }
    return id.includes('LogGroup')
      ? '/lambdalet/test/pods'
      : `lambdalet-test-state-${id}-abcdefghijkl`.slice(0, 63);
  }
  return value.startsWith('arn:of:') ? `arn:aws:iam::123456789012:role/${'x'.repeat(50)}` : value;
}
