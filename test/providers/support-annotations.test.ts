import { describe, expect, it } from 'vitest';
import type { NodeSettings, PlacementRule } from '../../lib/core/node-settings.ts';
import { judgePod } from '../../lib/providers/ecs-fargate/support/field-support.ts';
import { placementOf } from '../../lib/providers/ecs-fargate/support/support-annotations.ts';
import { aContainer, aPod, ON_DEMAND } from './fixtures.ts';

const ROLE = 'arn:aws:iam::111122223333:role/shop';
const OTHER_ROLE = 'arn:aws:iam::111122223333:role/other';

const asking = (annotations: Record<string, string>) =>
  aPod(
    { serviceAccountName: 'robot' },
    {
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`lambdalet.dev/${key}`, value]),
      ),
    },
  );

const allowing = (rule: Partial<PlacementRule>, more: Partial<NodeSettings> = {}): NodeSettings => ({
  ...ON_DEMAND,
  ...more,
  allow: [{ namespace: 'shop', serviceAccount: 'robot', ...rule }],
});

/** Each annotation with a value, the rule that allows it, and what becomes of the placement. */
const WISHES: readonly [string, string, Partial<PlacementRule>, object][] = [
  ['capacity-type', 'spot', { capacityTypes: ['spot'] }, { capacityType: 'spot' }],
  ['architecture', 'arm64', { architectures: ['arm64'] }, { architecture: 'arm64' }],
  [
    'subnets',
    'subnet-1, subnet-2',
    { subnets: ['subnet-1', 'subnet-2'] },
    { subnets: ['subnet-1', 'subnet-2'] },
  ],
  ['security-groups', 'sg-1,sg-1', { securityGroups: ['sg-1'] }, { securityGroups: ['sg-1'] }],
  ['assign-public-ip', 'true', { assignPublicIp: true }, { assignPublicIp: true }],
  ['platform-version', '1.4.0', { platformVersions: ['1.4.0'] }, { platformVersion: '1.4.0' }],
  ['task-role', ROLE, { taskRoles: [ROLE] }, { taskRole: ROLE }],
  ['execution-role', ROLE, { executionRoles: [ROLE] }, { executionRole: ROLE }],
];

describe('placing a pod', () => {
  it('is what the node says when the pod says nothing', () => {
    expect(placementOf(aPod(), ON_DEMAND)).toEqual({
      placement: {
        capacityType: 'on-demand',
        architecture: 'amd64',
        subnets: ['subnet-a', 'subnet-b'],
        securityGroups: ['sg-pods'],
        assignPublicIp: false,
        platformVersion: 'LATEST',
      },
      faults: [],
    });
  });

  it.each(WISHES)('gives %s %s where a rule allows it', (name, value, rule, expected) => {
    const { placement, faults } = placementOf(asking({ [name]: value }), allowing(rule));
    expect(faults).toEqual([]);
    expect(placement).toMatchObject(expected);
  });

  it.each(WISHES)('refuses %s %s where no rule allows it, and says which is missing', (name, value, rule) => {
    for (const node of [
      ON_DEMAND,
      allowing({}),
      { ...ON_DEMAND, allow: [{ namespace: 'shop', serviceAccount: 'other', ...rule }] },
      { ...ON_DEMAND, allow: [{ namespace: 'other', serviceAccount: '*', ...rule }] },
    ])
      expect(placementOf(asking({ [name]: value }), node).faults).toEqual([
        {
          path: `metadata.annotations["lambdalet.dev/${name}"]`,
          note: expect.stringMatching(
            new RegExp(`namespace shop, service account robot .*\`${Object.keys(rule).join('')}\``),
          ) as string,
        },
      ]);
  });

  it.each([
    ['capacity-type', 'Spot'],
    ['architecture', 'x86'],
    ['subnets', ''],
    ['subnets', 'subnet-1,vpc-1'],
    ['subnets', Array.from({ length: 17 }, (_, index) => `subnet-${index}`).join(',')],
    ['security-groups', 'sg-1,'],
    ['assign-public-ip', 'yes'],
    ['platform-version', '1.4'],
    ['task-role', 'shop'],
    ['execution-role', 'arn:aws:iam::1:user/shop'],
  ])('refuses %s %s, which is no value, whatever is allowed', (name, value) => {
    const { faults } = placementOf(asking({ [name]: value }), allowing({}));
    expect(faults).toEqual([
      {
        path: `metadata.annotations["lambdalet.dev/${name}"]`,
        note: expect.stringContaining(`"${value}" is not one of: `) as string,
      },
    ]);
  });

  it('needs no rule for what the node gives anyway, nor for less than a rule allows', () => {
    const same = asking({ 'capacity-type': 'on-demand', subnets: 'subnet-b', 'security-groups': 'sg-pods' });
    expect(placementOf(same, ON_DEMAND)).toMatchObject({
      faults: [],
      placement: { subnets: ['subnet-b'] },
    });
    const hidden = asking({ 'assign-public-ip': 'false' });
    const open = { assignPublicIp: true };
    expect(placementOf(hidden, allowing({}, open)).faults).toHaveLength(1);
    expect(placementOf(hidden, allowing({ assignPublicIp: true }, open)).placement.assignPublicIp).toBe(
      false,
    );
    expect(placementOf(hidden, allowing({ assignPublicIp: false }, open)).faults).toHaveLength(1);
  });

  it('takes each item of a list from any rule that is for the pod', () => {
    const rule = (subnet: string) => ({ namespace: '*', serviceAccount: '*', subnets: [subnet] });
    const node = { ...ON_DEMAND, allow: [rule('subnet-1'), rule('subnet-2')] };
    expect(placementOf(asking({ subnets: 'subnet-1,subnet-2' }), node).faults).toEqual([]);
    const [fault] = placementOf(asking({ subnets: 'subnet-1,subnet-3' }), node).faults;
    expect(fault?.note).toContain('have subnet-3:');
  });

  it('finds the role of the task: the pod, its service account, the map of the node, the default', () => {
    const account = { annotations: { 'eks.amazonaws.com/role-arn': ROLE } };
    const node = allowing(
      { taskRoles: [ROLE, OTHER_ROLE] },
      { taskRoles: { 'shop/robot': 'mapped' }, defaultTaskRole: 'default' },
    );
    const roleOf = (...given: Parameters<typeof placementOf>) => placementOf(...given).placement.taskRole;
    expect(roleOf(asking({ 'task-role': OTHER_ROLE }), node, account)).toBe(OTHER_ROLE);
    expect(roleOf(asking({}), node, account)).toBe(ROLE);
    expect(roleOf(asking({}), node)).toBe('mapped');
    expect(roleOf(aPod(), node)).toBe('default');
  });

  it('refuses a role of a service account that no rule allows, unless the pod can take it by itself', () => {
    const account = { annotations: { 'eks.amazonaws.com/role-arn': ROLE } };
    expect(placementOf(asking({}), ON_DEMAND, account).faults).toEqual([
      {
        path: 'serviceAccount.metadata.annotations["eks.amazonaws.com/role-arn"]',
        note: expect.stringContaining('`taskRoles`') as string,
      },
    ]);
    const env = [{ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/token' }];
    const webhooked = aPod({ containers: [aContainer({ env })] });
    expect(placementOf(webhooked, ON_DEMAND, account)).toEqual(placementOf(aPod(), ON_DEMAND));
  });

  it('is judged with the pod; an unknown annotation of ours is a warning, one that we write is not', () => {
    const context = { node: ON_DEMAND, settings: {} };
    const pod = asking({ 'capacity-type': 'spot', 'capacity-typ': 'spot', 'task-size': '0.25 vCPU' });
    const { faults, warnings } = judgePod(pod, context);
    expect(faults.map(({ path }) => path)).toEqual(['metadata.annotations["lambdalet.dev/capacity-type"]']);
    expect(warnings.map(({ path }) => path)).toEqual(['metadata.annotations["lambdalet.dev/capacity-typ"]']);
  });
});
