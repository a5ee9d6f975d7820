import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/make-certificate.ts';
import { kubeconfigOf, openPractice, type Practice, type Trouble } from './doctor-here.ts';
import { Refusal, type AwsScript } from './script-aws.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

type Row = [what: string, trouble: Trouble, status: string, message: RegExp, fix?: RegExp];

function check(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    it.each<Row>(rows)('%s', async (_what, trouble, status, message, fix) => {
      const findings = await practice.findings(name, trouble);
      const found = findings.find((one) => one.status === status && message.test(one.message));
      expect(found, JSON.stringify(findings, null, 2)).toBeDefined();
      if (fix !== undefined) expect(found?.fix).toMatch(fix);
    });
  });
}

const cluster = (script: NonNullable<Trouble['cluster']>): Trouble => ({ cluster: script });
const SELF = '/selfsubjectreviews';

check('cluster-access', [
  [
    'reached',
    {},
    'ok',
    /reached over TLS as system:serviceaccount:lambdalet-shop:lambdalet-shop, with the credential of the secret/,
  ],
  [
    'refused',
    cluster({ [SELF]: 401 }),
    'fault',
    /does not accept the credential \(401/,
    /docs\/identity\.md, "Rotation/,
  ],
  [
    'with the CA of another cluster',
    {
      secret: (text) =>
        text.replace(
          /certificate-authority-data: .*\n( {8}.*\n)*/,
          `certificate-authority-data: ${other()}\n`,
        ),
    },
    'fault',
    /no trusted connection to the API server/,
    /correct the CA/,
  ],
  [
    'not reached from here',
    { secret: (text) => text.replace(/server: .*/, 'server: https://127.0.0.1:9') },
    'unknown',
    /ECONNREFUSED.*where the functions may reach it all the same/,
  ],
  ['without a credential', { secret: () => 'x' }, 'unknown', /The kubeconfig cannot be used/],
]);

function other(): string {
  return Buffer.from(makeCertificate('other').cert).toString('base64');
}

check('cluster-version', [
  ['known', {}, 'ok', /v1\.36\.2/],
  [
    'too old',
    cluster({ '/version': { gitVersion: 'v1.28.3-eks-123' } }),
    'fault',
    /v1\.28\.3-eks-123: allowed is 1\.30 to 1\.36/,
  ],
  [
    'newer',
    cluster({ '/version': { gitVersion: 'v1.41.0' } }),
    'warning',
    /newer than what this version supports \(1\.30 to 1\.36\)/,
  ],
  [
    'of something else',
    cluster({ '/version': { gitVersion: 'banana' } }),
    'unknown',
    /banana: it is no version/,
  ],
  ['not asked for', cluster({ [SELF]: 401 }), 'unknown', /401/],
]);

check('cluster-rights', [
  [
    'all there',
    {},
    'ok',
    /system:serviceaccount:lambdalet-shop:lambdalet-shop: all \d+ that the bootstrap gives/,
  ],
  [
    'missing',
    cluster({ '/selfsubjectaccessreviews': { status: { allowed: false } } }),
    'fault',
    /may not create nodes, get nodes fargate, patch nodes fargate.* and \d+ more/,
    /lambdalet bootstrap -c \S+ --cluster shop \| kubectl apply -f -/,
  ],
  [
    'not asked for',
    cluster({ '/selfsubjectaccessreviews': 403 }),
    'unknown',
    /may not POST .*selfsubjectaccessreviews/,
  ],
]);

const role = (rules: object): object => ({
  kind: 'ClusterRole',
  metadata: { name: 'lambdalet-shop' },
  rules,
});
check('bootstrap-version', [
  ['as rendered', {}, 'ok', /\d+ objects are as this version renders them/],
  [
    'not applied',
    cluster({ '/clusterroles/lambdalet-shop': 404 }),
    'fault',
    /ClusterRole lambdalet-shop: not applied/,
    /kubectl apply/,
  ],
  [
    'of another version',
    cluster({ '/clusterroles/lambdalet-shop': role([{ verbs: ['get'] }]) }),
    'warning',
    /ClusterRole lambdalet-shop: other than what this version renders/,
  ],
  [
    'not to be seen',
    cluster({ '/clusterroles/lambdalet-shop': 403 }),
    'unknown',
    /may not GET .*clusterroles\/lambdalet-shop/,
  ],
]);

const daemonSet = (spec: object, name = 'agent'): object => ({
  items: [{ metadata: { name, namespace: 'kube-system' }, spec: { template: { spec } } }],
});
const ALL = [{ operator: 'Exists' }];
const affinity = (...nodeSelectorTerms: object[]): object => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const expression = (key: string, operator: string, ...values: string[]): object => ({
  matchExpressions: [{ key, operator, values }],
});
const daemons = (spec: object): Trouble => cluster({ '/daemonsets': daemonSet(spec) });

check('daemonsets', [
  ['none', {}, 'ok', /^none of 0 would land/],
  [
    'that tolerate everything',
    daemons({ tolerations: ALL }),
    'fault',
    /DaemonSet kube-system\/agent would put a pod on fargate/,
    /kubectl --namespace kube-system patch daemonset agent --type merge --patch '\{"spec":.*\{"key":"type","operator":"NotIn","values":\["virtual-kubelet"\]\}/,
  ],
  ['that tolerate nothing', daemons({}), 'ok', /^none of 1 would land/],
  [
    'that tolerate the taint by name',
    daemons({ tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }] }),
    'fault',
    /would put a pod/,
  ],
  [
    'that tolerate it with another value',
    daemons({ tolerations: [{ key: 'virtual-kubelet.io/provider', value: 'azure' }] }),
    'ok',
    /none/,
  ],
  [
    'for another architecture',
    daemons({ tolerations: ALL, nodeSelector: { 'kubernetes.io/arch': 'arm64' } }),
    'ok',
    /none/,
  ],
  [
    'that keep off virtual nodes',
    daemons({ tolerations: ALL, ...affinity(expression('type', 'NotIn', 'virtual-kubelet')) }),
    'ok',
    /none/,
  ],
  [
    'of which one alternative lands, so that both are patched',
    daemons({
      tolerations: ALL,
      ...affinity(expression('pool', 'Exists'), expression('kubernetes.io/os', 'In', 'linux')),
    }),
    'fault',
    /would put a pod on fargate/,
    /"pool","operator":"Exists".*"virtual-kubelet".*"kubernetes.io\/os".*"virtual-kubelet"/,
  ],
  [
    'for another node by name',
    daemons({
      tolerations: ALL,
      ...affinity({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['worker-1'] }] }),
    }),
    'ok',
    /none/,
  ],
  ['bound to another node', daemons({ tolerations: ALL, nodeName: 'worker-1' }), 'ok', /none/],
  [
    'kept off by a taint of the node',
    {
      ...daemons({ tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }] }),
      deployment: { node: { taints: [{ key: 'example.com/batch', effect: 'NoSchedule' }] } },
    },
    'ok',
    /none/,
  ],
  ['not to be seen', cluster({ '/daemonsets': 403 }), 'unknown', /may not GET .*daemonsets/],
  ['that the server does not know', cluster({ '/daemonsets': 404 }), 'skipped', /has no DaemonSets/],
]);

const now = (): number => Date.now();
const node = (more: object): object => ({
  metadata: { name: 'fargate', uid: 'u', resourceVersion: '1' },
  status: {
    nodeInfo: { kubeletVersion: 'v1.36.0-lambdalet' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    ...more,
  },
});
const condition = (type: string, status: string): object =>
  node({
    conditions: [
      { type: 'Ready', status: 'True' },
      { type, status, reason: 'R', message: 'because of x' },
    ],
  });
const leaseOf = (seconds: number): object => ({
  spec: { renewTime: new Date(now() - seconds * 1000).toISOString() },
});
const notDeployed: AwsScript = { 'cloudformation:DescribeStacks': new Refusal('ValidationError') };

check('nodes', [
  ['well', {}, 'ok', /fargate: Ready, with fresh leases/],
  ['not there', cluster({ '/nodes/fargate': 404 }), 'fault', /there is no Node fargate/, /Heartbeat age/],
  [
    'of another kubelet',
    cluster({ '/nodes/fargate': node({ nodeInfo: { kubeletVersion: 'v1.36.0' } }) }),
    'fault',
    /of another kubelet/,
    /another name/,
  ],
  [
    'not Ready',
    cluster({
      '/nodes/fargate': node({
        conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }],
      }),
    }),
    'fault',
    /not Ready \(NodeStatusUnknown\)/,
  ],
  [
    'stalled',
    cluster({ '/nodes/fargate': condition('PodSyncStalled', 'True') }),
    'fault',
    /PodSyncStalled: because of x/,
    /"PodSyncStalled"/,
  ],
  [
    'degraded',
    cluster({ '/nodes/fargate': condition('Degraded', 'True') }),
    'fault',
    /Degraded: because of x/,
    /"Degraded"/,
  ],
  [
    'refused by AWS',
    cluster({ '/nodes/fargate': condition('AwsAccessRefused', 'True') }),
    'fault',
    /AwsAccessRefused: because of x/,
    /"AwsAccessRefused"/,
  ],
  [
    'without quota',
    cluster({ '/nodes/fargate': condition('FargateQuotaReached', 'True') }),
    'warning',
    /FargateQuotaReached: because of x/,
  ],
  ['free of all that', cluster({ '/nodes/fargate': condition('Degraded', 'False') }), 'ok', /fresh leases/],
  ['without a lease', cluster({ '/leases/fargate': 404 }), 'fault', /has no lease/],
  [
    'with a late lease',
    cluster({ '/leases/fargate': leaseOf(35) }),
    'warning',
    /lease of node fargate is \d+ s old: usual/,
  ],
  [
    'with a dead lease',
    cluster({ '/leases/fargate': leaseOf(600) }),
    'fault',
    /lease of node fargate is 6\d\d s old: at 40/,
  ],
  ['not to be seen', cluster({ '/nodes/fargate': 403 }), 'unknown', /may not GET/],
  [
    'not deployed yet',
    { ...cluster({ '/nodes/fargate': 404, '/leases/fargate': 404 }), aws: notDeployed },
    'skipped',
    /not deployed yet/,
  ],
  [
    'of another kubelet, before the deployment',
    { ...cluster({ '/nodes/fargate': node({ nodeInfo: { kubeletVersion: 'v1.36.0' } }) }), aws: notDeployed },
    'fault',
    /of another kubelet/,
  ],
]);

const stacks = (status: string, reason = ''): Trouble => ({
  aws: { 'cloudformation:DescribeStacks': { Stacks: [{ StackStatus: status, StackStatusReason: reason }] } },
});
check('stacks', [
  ['complete', {}, 'ok', /3 are complete/],
  [
    'not deployed yet',
    { aws: notDeployed },
    'skipped',
    /not deployed yet: npx cdk deploy -c config=\S+ 'lambdalet-shop-\*'/,
  ],
  [
    'partly there',
    {
      aws: {
        'cloudformation:DescribeStacks': ({ input }) =>
          input['StackName'] === 'lambdalet-shop-observability'
            ? new Refusal('ValidationError')
            : { Stacks: [{ StackStatus: 'CREATE_COMPLETE' }] },
      },
    },
    'fault',
    /lambdalet-shop-observability is not there, although others are/,
  ],
  [
    'rolled back',
    stacks('ROLLBACK_COMPLETE', 'no quota'),
    'fault',
    /ROLLBACK_COMPLETE \(no quota\)/,
    /describe-stack-events/,
  ],
  [
    'rolled back to the one before',
    stacks('UPDATE_ROLLBACK_COMPLETE'),
    'warning',
    /the one before is in use/,
  ],
  ['on the way', stacks('UPDATE_IN_PROGRESS'), 'warning', /UPDATE_IN_PROGRESS/],
]);

check('last-pass', [
  ['young', {}, 'ok', /the last complete pass was (9|1\d) s ago/],
  [
    'old',
    { aws: { 'dynamodb:GetItem': { Item: { lastPassAt: { N: String(now() - 900_000) } } } } },
    'fault',
    /was 9\d\d s ago/,
    /PodSyncStalled/,
  ],
  ['never', { aws: { 'dynamodb:GetItem': {} } }, 'fault', /no pass was ever complete/],
  ['not deployed yet', { aws: notDeployed }, 'skipped', /not deployed yet/],
]);
check('dead-letters', [
  ['none', {}, 'ok', /the DLQ is empty/],
  [
    'some',
    { aws: { 'sqs:GetQueueAttributes': { Attributes: { ApproximateNumberOfMessages: '3' } } } },
    'warning',
    /3 task events wait in the DLQ/,
    /Dead letters/,
  ],
]);
check('alarms', [
  ['none', {}, 'ok', /none is on/],
  [
    'on',
    {
      aws: {
        'cloudwatch:DescribeAlarms': {
          MetricAlarms: [
            {
              AlarmName: 'lambdalet shop: Trouble',
              AlarmDescription: 'Runbook: docs/operations.md, "Trouble"',
            },
          ],
        },
      },
    },
    'fault',
    /lambdalet shop: Trouble is on/,
    /Runbook/,
  ],
]);

describe('the kubeconfig of whoever asks', () => {
  it('goes before the secret, and asks for the rights of the functions, not for its own', async () => {
    const file = join(practice.folder, 'own.kubeconfig');
    await writeFile(file, practice.kubeconfig);
    const before = practice.api.seen.length;
    const trouble: Trouble = {
      argv: ['--kubeconfig', file],
      cluster: { '/selfsubjectreviews': { status: { userInfo: { username: 'admin' } } } },
      secret: () => 'nothing that could be used',
    };
    expect(await practice.findings('cluster-access', trouble)).toMatchObject([
      { status: 'ok', message: `reached over TLS as admin, with ${file}` },
    ]);
    const reviews = practice.api.seen.slice(before).filter(({ path }) => path.includes('accessreviews'));
    expect(new Set(reviews.map(({ path }) => path.split('/').at(-1)))).toEqual(
      new Set(['subjectaccessreviews']),
    );
    expect(reviews[0]?.body).toMatchObject({
      spec: {
        user: 'system:serviceaccount:lambdalet-shop:lambdalet-shop',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:lambdalet-shop', 'system:authenticated'],
      },
    });
  });

  it.each([
    [
      'that switches verification off',
      /^( *)(certificate-authority-data: (?:.|\n {8})*)$/m,
      '$1insecure-skip-tls-verify: true',
      /TLS verification off/,
    ],
    [
      'whose plugin fails',
      /token: .*/,
      'exec: { apiVersion: client.authentication.k8s.io/v1, command: "false", interactiveMode: Never }',
      /own-bad\.kubeconfig cannot be used/,
    ],
  ])('is told to be useless %s', async (_what, pattern, replacement, message) => {
    const file = join(practice.folder, 'own-bad.kubeconfig');
    await writeFile(file, practice.kubeconfig.replace(pattern, replacement));
    const findings = await practice.findings('cluster-access', { argv: ['--kubeconfig', file] });
    expect(findings).toMatchObject([{ status: 'unknown' }]);
    expect(findings[0]?.message).toMatch(message);
  });

  it('may have its credential from a plugin, as kubectl has it', async () => {
    const file = join(practice.folder, 'own-plugin.kubeconfig');
    const credential = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-the-plugin' },
    });
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'echo',
      args: [credential],
      interactiveMode: 'Never',
    };
    const ca = /certificate-authority-data: (?:>-\s+)?(\S+)/.exec(practice.kubeconfig)?.[1] ?? '';
    await writeFile(
      file,
      kubeconfigOf(practice.api.url, Buffer.from(ca, 'base64').toString('utf8'), { exec }),
    );
    const before = practice.api.seen.length;
    expect(await practice.findings('cluster-access', { argv: ['--kubeconfig', file] })).toMatchObject([
      { status: 'ok' },
    ]);
    const seen = practice.api.seen.slice(before);
    expect(new Set(seen.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer from-the-plugin']),
    );
  });

  it('may be another context of it', async () => {
    const file = join(practice.folder, 'own-contexts.kubeconfig');
    const more = practice.kubeconfig.replace(
      /^contexts:$/m,
      'contexts:\n  - name: nowhere\n    context:\n      cluster: gone\n      user: x',
    );
    await writeFile(file, more.replace('current-context: x', 'current-context: nowhere'));
    const ask = (...argv: string[]) =>
      practice.findings('cluster-access', { argv: ['--kubeconfig', file, ...argv] });
    expect(await ask('--context', 'x')).toMatchObject([{ status: 'ok' }]);
    expect((await ask())[0]).toMatchObject({ status: 'unknown' });
    expect((await ask('--context', 'y'))[0]?.message).toMatch(/has no context y: it has nowhere, x/);
    const { code, err } = await practice.run({ argv: ['--context', 'x'] });
    expect(code).toBe(2);
    expect(err).toMatch(/--context is of a kubeconfig/);
  });

  it('must be a file', async () => {
    const { code, err } = await practice.run({ argv: ['--kubeconfig', '/nowhere'] });
    expect(code).toBe(2);
    expect(err).toMatch(/^\/nowhere cannot be read: ENOENT/);
  });
});

describe('functions that act as their nodes', () => {
  it('are asked for the rights of the nodes, too, as these nodes', async () => {
    const before = practice.api.seen.length;
    const findings = await practice.findings('cluster-rights', {
      deployment: { cluster: { impersonateNodes: true } },
    });
    expect(findings[0]?.message).toContain('system:node:fargate');
    const asNode = practice.api.seen
      .slice(before)
      .filter(({ headers }) => headers['impersonate-user'] === 'system:node:fargate');
    expect(asNode.length).toBeGreaterThanOrEqual(5);
    expect(asNode.every(({ headers }) => headers['impersonate-group'] === 'system:nodes')).toBe(true);
    // A node, and its lease, only it may see.
    expect(asNode.map(({ path }) => path)).toContain('/api/v1/nodes/fargate');
  });

  it('need the Node authorizer', async () => {
    const findings = await practice.findings('cluster-rights', {
      deployment: { cluster: { impersonateNodes: true } },
      cluster: { '/selfsubjectaccessreviews': { status: { allowed: false } } },
    });
    expect(findings.at(-1)).toMatchObject({ status: 'fault' });
    expect(findings.at(-1)?.fix).toMatch(/Node authorizer \(--authorization-mode=Node,RBAC\)/);
  });
});
