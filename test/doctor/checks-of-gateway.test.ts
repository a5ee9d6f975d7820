import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPractice, type Practice, type Trouble } from './doctor-here.ts';
import { gatewayAws, gatewayNode, WITH_GATEWAY } from './gateway-fixture.ts';
import { Refusal } from './script-aws.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

type Row = [what: string, check: string, trouble: Trouble, status: string, message: RegExp, fix?: RegExp];
const withAws = (aws: Trouble['aws'] = {}): Trouble => ({
  ...WITH_GATEWAY,
  aws: { ...WITH_GATEWAY.aws, ...aws },
});
const withNode = (node: object): Trouble => ({ ...WITH_GATEWAY, cluster: { '/nodes/fargate': node } });
const withoutInsights: Trouble = {
  ...withAws(gatewayAws({}, 'disabled')),
  deployment: {
    cluster: { gateway: { ...WITH_GATEWAY.deployment.cluster.gateway, containerInsights: false } },
  },
};
const gone = { 'ecs:DescribeServices': new Refusal('ClusterNotFoundException') };
const broken = gatewayAws({ runningCount: 0, events: [{ message: 'unable to place a task' }] });
const off = withAws(gatewayAws({}, 'disabled'));

describe('the gateway', () => {
  it.each<Row>([
    ['off', 'gateway', {}, 'skipped', /kubectl logs .* refused with a hint.* set gateway/],
    ['runs', 'gateway', WITH_GATEWAY, 'ok', /1 of 1 tasks/],
    ['not deployed', 'gateway', withAws(gone), 'skipped', /no ECS service lambdalet-shop-gateway/],
    [
      'lacks its task',
      'gateway',
      withAws(broken),
      'fault',
      /0 of 1 .*no route; last event: unable/,
      /logs tail/,
    ],
    [
      'wants none',
      'gateway',
      withAws(gatewayAws({ desiredCount: 0 })),
      'fault',
      /wants no/,
      /desired-count 1/,
    ],
    ['led to', 'gateway-addresses', WITH_GATEWAY, 'ok', /lead to 10\.0\.1\.7/],
    [
      ...(['has moved', 'gateway-addresses', withNode(gatewayNode('10.0.1.9', 10_250))] as const),
      ...(['fault', /InternalIP is 10\.0\.1\.9, and the gateway is at 10\.0\.1\.7/, /force-new/] as const),
    ],
    [
      ...(['has another port', 'gateway-addresses', withNode(gatewayNode('10.0.1.7', 10_251))] as const),
      ...(['fault', /port is 10251: .* at 10250/, /force-new/] as const),
    ],
    ['measures', 'container-insights', WITH_GATEWAY, 'ok', /enabled in mine/],
    ['lacks numbers', 'container-insights', off, 'fault', /off in mine/, /--cluster mine .*value=enabled/],
    ['wants no numbers', 'container-insights', withoutInsights, 'skipped', /as the file says/],
    [
      ...([
        'is hidden',
        'gateway',
        withAws({ 'ecs:ListTasks': new Refusal('AccessDeniedException') }),
      ] as const),
      ...(['unknown', /may not ecs:ListTasks/] as const),
    ],
  ])('%s: %s', async (_what, check, trouble, status, message, fix) => {
    const findings = await practice.findings(check, trouble);
    expect(findings).toEqual([
      expect.objectContaining({
        ...{ check, status, message: expect.stringMatching(message) as string },
        ...(fix !== undefined && { fix: expect.stringMatching(fix) as string }),
      }),
    ]);
  });
});
