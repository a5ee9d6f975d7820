import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../lib/why/evidence.ts';
import { consoleLinks } from '../../lib/why/console-links.ts';
import { renderWhy } from '../../lib/why/render-why.ts';
import { reportOn } from '../../lib/why/why-report.ts';
import { aLaunch, aClaim, aPod, ago, aTask, exited, NOW, SECOND, showing } from '../support/vocabulary.ts';
import { SITUATIONS } from './situations.ts';
import { aNode, evidenceOf, known, unread } from './why-words.ts';

const isUpdate = process.env['UPDATE_GOLDEN'] === '1';

/** The same as a golden file; `UPDATE_GOLDEN=1` writes it anew. */
function expectGolden(name: string, text: string): void {
  const file = join(import.meta.dirname, 'golden', name);
  if (isUpdate) writeFileSync(file, text);
  else expect(text).toBe(readFileSync(file, 'utf8'));
}

const render = (evidence: Evidence): string =>
  `${renderWhy(reportOn(evidence, NOW), { width: 110, paint: (_, text) => text })}\n`;

const crash = aTask({
  ...{ state: 'stopped', version: 9, cause: 'exited', startedAt: ago(70), stoppedAt: ago(4) },
  reason: 'Essential container in task exited',
  containers: [exited('main', 137, { outOfMemory: true, reason: 'OutOfMemoryError: container killed' })],
});
const crashed = aLaunch(crash, { restarts: { main: 3 }, backOffCount: 2, attempt: 4 });
const CRASH = evidenceOf({
  pod: known(
    showing(
      aPod({
        metadata: {
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d', uid: 'r', controller: true },
          ],
        },
      }),
      crashed,
    ),
  ),
  record: known(crashed),
  task: known({
    task: crash,
    use: { vcpu: 0.25, usdPerHour: 0.01234, capacityType: 'spot' },
    taskDefinition: 'arn:aws:ecs:eu-west-1:111122223333:task-definition/lambdalet-shop-web:7',
  }),
  events: known([
    {
      at: ago(70),
      type: 'Normal',
      reason: 'Started',
      message: 'The task runs',
      count: 1,
      uid: '',
      component: '',
    },
    {
      at: ago(4),
      type: 'Warning',
      reason: 'BackOff',
      message: 'back-off 40s restarting',
      count: 3,
      uid: '',
      component: '',
    },
  ]),
  log: known({
    container: 'main',
    isOver: true,
    lines: [
      { at: ago(6), text: 'loading 3 GB of words' },
      { at: ago(4) - 120, text: '\u001B[31mfatal\u001B[0m: out of memory\u0007\r' },
    ],
  }),
});

const waiting = aClaim({
  refusal: {
    kind: 'quota',
    code: 'ClientException',
    message: "You've reached the limit on the number of vCPUs you can run concurrently",
    ...{ at: ago(20), tries: 2, retry: true, podReason: 'FargateQuotaExceeded' },
  },
  nextTryAt: NOW + 190 * SECOND,
  launchBefore: ago(1),
  firstSentAt: ago(60),
  use: { vcpu: 1, usdPerHour: 0.05, capacityType: 'spot' },
});
const QUOTA = evidenceOf({
  pod: known(showing(aPod(), waiting)),
  record: known(waiting),
  task: known(undefined),
  node: known(
    aNode(5, [{ type: 'FargateQuotaReached', status: 'True', message: 'since 11:59: the quota is 64 vCPU' }]),
  ),
  mark: known({ closing: false, quota: { share: { limit: 64, available: 0 } } }),
});

const NO_AWS = evidenceOf({
  record: unread('there are no AWS credentials'),
  mark: unread('there are no AWS credentials'),
  slot: unread('there are no AWS credentials'),
  task: unread('there are no AWS credentials'),
  events: unread('the credential may not GET /api/v1/namespaces/default/events (403: forbidden)'),
  log: unread('logs:GetLogEvents of /lambdalet/shop/pods: not authorized'),
});

describe('the answer as text', () => {
  it.each([
    ['crash.txt', CRASH],
    ['quota.txt', QUOTA],
    ['no-aws.txt', NO_AWS],
  ])('is %s', (file, evidence) => {
    expectGolden(file, render(evidence));
  });

  it.each(Object.entries(SITUATIONS))('reads well: %s', (name, evidence) => {
    const text = render(evidence);
    expectGolden(join('situations', `${name}.txt`), text);
    const [verdict = ''] = text.split('\n  ');
    // Nothing of somebody else's words runs into ours.
    expect(verdict).not.toMatch(/[.;:][.;:]|\.\)|\) \(|\s\s|undefined/);
    expect(verdict.trimEnd()).toMatch(/[^.]\.$/);
  });

  it('shows no word of the spec: neither of environments nor of commands', () => {
    const pod = aPod();
    const [main] = pod.spec.containers;
    const env = [{ name: 'PASSWORD', value: 'canary-value' }];
    const containers = [{ ...main!, env, command: ['sh', '-c', 'canary-command'] }];
    const annotations = { note: 'canary-annotation' };
    const metadata = { ...pod.metadata, annotations, labels: { a: 'canary-label' } };
    const evidence = evidenceOf({ pod: known({ ...pod, metadata, spec: { ...pod.spec, containers } }) });
    expect(render(evidence)).not.toContain('canary');
    expect(JSON.stringify(reportOn(evidence, NOW))).not.toContain('canary');
  });
});

describe('the answer as JSON', () => {
  it('is crash.json', () => {
    expectGolden('crash.json', `${JSON.stringify(reportOn(CRASH, NOW), null, 2)}\n`);
  });
});

describe('links to the console', () => {
  const linksOf = (taskArn: string | undefined) =>
    consoleLinks({
      taskArn,
      taskDefinition: 'lambdalet-shop-web:7',
      ecsCluster: 'lambdalet-shop',
      logGroup: '/lambdalet/shop/pods',
      containers: ['main'],
      previous: undefined,
    }).map(({ url }) => url);

  it.each([
    ['aws', 'eu-west-1', 'eu-west-1.console.aws.amazon.com'],
    ['aws-cn', 'cn-north-1', 'cn-north-1.console.amazonaws.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
  ])('of the partition %s lead to its console in the Region of the task', (partition, region, host) => {
    expect(linksOf(`arn:${partition}:ecs:${region}:111122223333:task/lambdalet-shop/abc`)).toEqual([
      `https://${host}/ecs/v2/clusters/lambdalet-shop/tasks/abc/configuration?region=${region}`,
      `https://${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/$252Flambdalet$252Fshop$252Fpods/log-events/pod$252Fmain$252Fabc`,
      `https://${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/$252Flambdalet$252Fshop$252Fpods`,
      `https://${host}/ecs/v2/task-definitions/lambdalet-shop-web/7/containers?region=${region}`,
    ]);
  });

  it('are none without a task, or where the console is not public', () => {
    expect(linksOf(undefined)).toEqual([]);
    expect(linksOf('arn:aws-iso:ecs:us-iso-east-1:111122223333:task/lambdalet-shop/abc')).toEqual([]);
  });
});
