import { describe, expect, it } from 'vitest';
import {
  type Cluster,
  createCluster,
  NODES,
  NOON,
  pod,
  PODS,
  readyNode,
  running,
  STRATEGIC,
  TABLE,
  terminated,
} from './cluster-under-test.ts';

const rowsOf = (cluster: Cluster, path: string): unknown[][] =>
  cluster.get(path, { accept: TABLE }).rows.map((row) => [...row.cells]);
const columnsOf = (cluster: Cluster, path: string): string[] =>
  cluster
    .get(path, { accept: TABLE })
    .columnDefinitions.map((one: { name: string; priority: number }) =>
      one.priority === 0 ? one.name : `(${one.name})`,
    );

const waiting = (name: string, reason: string, more: object = {}) => ({
  name,
  ready: false,
  restartCount: 0,
  state: { waiting: { reason } },
  ...more,
});
const side = { initContainers: [{ name: 'side', image: 'x', restartPolicy: 'Always' }] };
const init = { initContainers: [{ name: 'first', image: 'x' }] };

describe('kubectl get pods', () => {
  it.each<[string, object, object, string, string]>([
    ['Pending', {}, {}, '0/1', '0'],
    ['Running', { containerStatuses: [running('main')] }, {}, '1/1', '0'],
    ['ContainerCreating', { containerStatuses: [waiting('main', 'ContainerCreating')] }, {}, '0/1', '0'],
    [
      'ImagePullBackOff',
      { phase: 'Pending', containerStatuses: [waiting('main', 'ImagePullBackOff')] },
      {},
      '0/1',
      '0',
    ],
    [
      'CrashLoopBackOff',
      {
        containerStatuses: [
          waiting('main', 'CrashLoopBackOff', {
            restartCount: 3,
            lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T11:55:00Z' } },
          }),
        ],
      },
      {},
      '0/1',
      '3 (5m ago)',
    ],
    ['Completed', { phase: 'Succeeded', containerStatuses: [terminated('main', 0)] }, {}, '0/1', '0'],
    ['Error', { phase: 'Failed', containerStatuses: [terminated('main', 3)] }, {}, '0/1', '0'],
    [
      'ExitCode:3',
      { phase: 'Failed', containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 3 } } }] },
      {},
      '0/1',
      '0',
    ],
    [
      'Signal:9',
      {
        phase: 'Failed',
        containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 137, signal: 9 } } }],
      },
      {},
      '0/1',
      '0',
    ],
    ['Evicted', { phase: 'Failed', reason: 'Evicted' }, {}, '0/1', '0'],
    [
      'Init:0/1',
      { phase: 'Pending', initContainerStatuses: [{ name: 'first', state: { running: {} } }] },
      init,
      '0/1',
      '0',
    ],
    ['Init:Error', { phase: 'Pending', initContainerStatuses: [terminated('first', 1)] }, init, '0/1', '0'],
    [
      'Init:ExitCode:7',
      { phase: 'Failed', initContainerStatuses: [{ name: 'first', state: { terminated: { exitCode: 7 } } }] },
      init,
      '0/1',
      '0',
    ],
    [
      'Init:CrashLoopBackOff',
      {
        phase: 'Pending',
        initContainerStatuses: [waiting('first', 'CrashLoopBackOff', { restartCount: 2 })],
      },
      init,
      '0/1',
      '2',
    ],
    [
      'PodInitializing',
      {
        phase: 'Pending',
        initContainerStatuses: [terminated('first', 0)],
        containerStatuses: [waiting('main', 'PodInitializing')],
      },
      init,
      '0/1',
      '0',
    ],
    [
      'Running',
      {
        initContainerStatuses: [{ ...running('side'), restartCount: 2 }],
        containerStatuses: [running('main')],
      },
      side,
      '2/2',
      '2',
    ],
  ])('shows %s', (status, written, spec, ready, restarts) => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a', { nodeName: 'node-1', ...spec }));
    cluster.patch(`${PODS}/a/status`, STRATEGIC, {
      status: { phase: status === 'Pending' ? 'Pending' : 'Running', ...written },
    });
    expect(rowsOf(cluster, PODS)[0]?.slice(0, 4)).toEqual(['a', ready, status, restarts]);
  });

  it('says NotReady when one container is done and the other is not ready enough', () => {
    const cluster = createCluster({ controllers: 'none' });
    const containers = [
      { name: 'main', image: 'x' },
      { name: 'other', image: 'x' },
    ];
    cluster.post(PODS, pod('a', { nodeName: 'node-1', containers }));
    const write = (ready: string) =>
      cluster.patch(`${PODS}/a/status`, STRATEGIC, {
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: ready }],
          containerStatuses: [terminated('main', 0), running('other')],
        },
      });
    write('False');
    expect(rowsOf(cluster, PODS)[0]?.[2]).toBe('NotReady');
    write('True');
    expect(rowsOf(cluster, PODS)[0]?.[2]).toBe('Running');
  });

  it('says Terminating until the pod has ended', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a', { nodeName: 'node-1' }));
    cluster.remove(`${PODS}/a`);
    expect(rowsOf(cluster, PODS)[0]?.[2]).toBe('Terminating');
    cluster.patch(`${PODS}/a/status`, STRATEGIC, {
      status: { phase: 'Failed', containerStatuses: [terminated('main', 137)] },
    });
    expect(rowsOf(cluster, PODS)[0]?.[2]).toBe('Error');
  });

  it('has address, node and readiness gates in its wide columns', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(
      PODS,
      pod('a', {
        nodeName: 'node-1',
        readinessGates: [{ conditionType: 'Ready' }, { conditionType: 'x/y' }],
      }),
    );
    cluster.patch(`${PODS}/a/status`, STRATEGIC, {
      status: { podIP: '1.2.3.4', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    cluster.pass(65);
    expect(columnsOf(cluster, PODS)).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      '(IP)',
      '(Node)',
      '(Nominated Node)',
      '(Readiness Gates)',
    ]);
    expect(rowsOf(cluster, PODS)[0]?.slice(4)).toEqual(['65s', '1.2.3.4', 'node-1', '<none>', '1/2']);
  });
});

describe('kubectl get nodes', () => {
  it('shows state, roles and version', () => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(
      NODES,
      readyNode('a', NOON, {
        labels: { 'kubernetes.io/role': 'agent', 'node-role.kubernetes.io/edge': '' },
        spec: { unschedulable: true },
      }),
    );
    cluster.post(NODES, { metadata: { name: 'b' } });
    cluster.patch(`${NODES}/a/status`, STRATEGIC, {
      status: {
        nodeInfo: { kubeletVersion: 'v1.36.0' },
        addresses: [{ type: 'InternalIP', address: '1.1.1.1' }],
      },
    });
    expect(rowsOf(cluster, NODES)).toEqual([
      [
        'a',
        'Ready,SchedulingDisabled',
        'agent,edge',
        '0s',
        'v1.36.0',
        '1.1.1.1',
        '<none>',
        '<unknown>',
        '<unknown>',
        '<unknown>',
      ],
      ['b', 'Unknown', '<none>', '0s', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
    ]);
  });
});

describe('kubectl get of other kinds', () => {
  it.each([
    ['/api/v1/namespaces', ['Name', 'Status', 'Age']],
    [
      '/api/v1/events',
      [
        'Last Seen',
        'Type',
        'Reason',
        'Object',
        '(Subobject)',
        '(Source)',
        'Message',
        '(First Seen)',
        '(Count)',
        '(Name)',
      ],
    ],
    ['/apis/coordination.k8s.io/v1/leases', ['Name', 'Holder', 'Age']],
    [
      '/apis/apps/v1/deployments',
      ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', '(Containers)', '(Images)', '(Selector)'],
    ],
    [
      '/apis/apps/v1/replicasets',
      ['Name', 'Desired', 'Current', 'Ready', 'Age', '(Containers)', '(Images)', '(Selector)'],
    ],
    [
      '/apis/batch/v1/jobs',
      ['Name', 'Status', 'Completions', 'Duration', 'Age', '(Containers)', '(Images)', '(Selector)'],
    ],
    ['/api/v1/secrets', ['Name', 'Type', 'Data', 'Age']],
    ['/api/v1/services', ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', '(Selector)']],
    ['/api/v1/serviceaccounts', ['Name', 'Age']],
  ])('%s has the columns of the API server', (path, columns) => {
    expect(columnsOf(createCluster(), path)).toEqual(columns);
  });

  it('shows services, secrets and events', () => {
    const cluster = createCluster();
    cluster.post('/api/v1/namespaces/default/secrets', { metadata: { name: 's' }, stringData: { a: 'b' } });
    cluster.post(PODS, pod('a'));
    cluster.settle();
    expect(rowsOf(cluster, '/api/v1/services')).toEqual([
      ['kubernetes', 'ClusterIP', '10.96.0.1', '<none>', '443/TCP', '0s', '<none>'],
    ]);
    expect(rowsOf(cluster, '/api/v1/secrets')).toEqual([['s', 'Opaque', 1, '0s']]);
    expect(rowsOf(cluster, '/api/v1/events')[0]?.slice(0, 8)).toEqual([
      '0s',
      'Warning',
      'FailedScheduling',
      'pod/a',
      '',
      'default-scheduler',
      'no nodes available to schedule pods',
      '0s',
    ]);
  });
});
