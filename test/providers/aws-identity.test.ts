import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { TaskSettings } from '../../lib/providers/ecs-fargate/plan/to-task-definition.ts';
import { planPod } from '../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import { webIdentityRole, withoutIdentity } from '../../lib/providers/ecs-fargate/support/aws-identity.ts';
import { aContainer, aPod, ON_DEMAND, SETTINGS } from './fixtures.ts';
import { startProvider } from './start-provider.ts';

const ROLE = 'arn:aws:iam::111122223333:role/shop';
const injected = (role: string, name = 'main') =>
  aContainer({
    name,
    env: [
      { name: 'AWS_REGION', value: 'eu-west-1' },
      { name: 'AWS_ROLE_ARN', value: role },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/token' },
    ],
    volumeMounts: [{ name: 'aws-iam-token', mountPath: '/var/run/secrets' }],
  });
const volumes = [
  {
    name: 'aws-iam-token',
    projected: { sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }] },
  },
];
const node = { ...ON_DEMAND, allow: [{ namespace: 'shop', serviceAccount: '*', taskRoles: [ROLE] }] };
const planOf = (...[pod, node, settings]: readonly [Pod, NodeSettings, TaskSettings]) => {
  const plan = planPod(pod, node, settings);
  if (plan.kind !== 'plan') throw new Error(`not planned: ${JSON.stringify(plan)}`);
  return plan;
};

describe('what is read for a pod with a role by the webhook of EKS', () => {
  const tokensOf = (nodes: readonly NodeSettings[]) =>
    startProvider({}, { nodes }).provider.needsOf(
      aPod({ containers: [injected(ROLE)], volumes }),
      'fargate-1',
    ).tokens;

  it('is no token where the task has the role', () => {
    expect(tokensOf([node])).toEqual([]);
  });

  it('is the token by which its programs take the role where no rule allows it', () => {
    expect(tokensOf([ON_DEMAND])).toMatchObject([{ audience: 'sts.amazonaws.com' }]);
  });
});

describe('a role by the webhook of EKS', () => {
  it('becomes that of the task where a rule allows it, and its token is left out', () => {
    const { placement, definition, warnings } = planOf(
      aPod({ containers: [injected(ROLE)], volumes }),
      node,
      SETTINGS,
    );
    expect(placement.taskRole).toBe(ROLE);
    expect(definition.containerDefinitions).toMatchObject([
      { name: 'main', environment: [{ name: 'AWS_REGION' }], mountPoints: [] },
    ]);
    expect(warnings).toEqual([]);
  });

  it('stays as it is without a rule, with one warning that names the day and the rule', () => {
    const { placement, definition, warnings } = planOf(
      aPod({ containers: [injected(ROLE), injected(ROLE, 'other')], volumes }),
      ON_DEMAND,
      SETTINGS,
    );
    expect(placement.taskRole).toBeUndefined();
    expect(JSON.stringify(definition)).toContain('AWS_WEB_IDENTITY_TOKEN_FILE');
    expect(warnings.map(({ path }) => path)).toEqual(['spec.containers[0].env[2]']);
    expect(warnings[0]?.note).toMatch(/a day at most.*`taskRoles` of a rule of `allow`/);
  });

  it('is none where containers name different roles', () => {
    const pod = aPod({ containers: [injected(ROLE), injected(`${ROLE}-2`, 'other')], volumes });
    expect(webIdentityRole(pod)).toBeUndefined();
    expect(planOf(pod, node, SETTINGS).placement.taskRole).toBeUndefined();
  });

  it('makes way for the role that the pod asks for', () => {
    const annotations = { 'lambdalet.dev/task-role': ROLE };
    const pod = aPod({ containers: [injected(`${ROLE}-2`)], volumes }, { annotations });
    const { placement, definition } = planOf(pod, node, SETTINGS);
    expect(placement.taskRole).toBe(ROLE);
    expect(JSON.stringify(definition)).not.toContain('AWS_ROLE_ARN');
  });
});

describe('EKS Pod Identity', () => {
  const agent = (address: string) =>
    aContainer({
      env: [
        { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: `http://${address}/v1/credentials` },
        { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: '/token' },
      ],
    });

  it.each(['169.254.170.23', '[fd00:ec2::23]'])('at %s is left out, with the way to a role', (address) => {
    const { definition, warnings } = planOf(aPod({ containers: [agent(address)] }), ON_DEMAND, SETTINGS);
    expect(definition.containerDefinitions?.[0]?.environment).toEqual([]);
    expect(warnings).toEqual([
      { path: 'spec.containers[0].env[0]', note: expect.stringContaining('`taskRoles`') as string },
    ]);
  });

  it('is not meant by another address, and an init container has it too', () => {
    const own = aPod({ containers: [agent('localhost:1338')] });
    expect(withoutIdentity(own, false)).toBe(own);
    const init = aPod({ initContainers: [{ ...agent('169.254.170.23'), name: 'init' }] });
    expect(withoutIdentity(init, false).spec.initContainers).toMatchObject([{ env: [] }]);
  });
});
