import { describe, expect, it } from 'vitest';
import type { Body } from './body.ts';
import { createCluster, MERGE, pod, PODS } from './cluster-under-test.ts';

const admit = (spec: object = {}): Body => createCluster({ controllers: 'none' }).post(PODS, pod('a', spec));

describe('a new pod', () => {
  it('gets every default of the API server', () => {
    expect(admit({ containers: [{ name: 'main', image: 'nginx' }] }).spec).toMatchObject({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: {},
      schedulerName: 'default-scheduler',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      enableServiceLinks: true,
      containers: [
        {
          name: 'main',
          resources: {},
          imagePullPolicy: 'Always',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
    });
  });

  it('starts Pending, whatever status it was sent with', () => {
    const sent = { ...pod('a'), status: { phase: 'Running' } };
    expect(createCluster().post(PODS, sent).status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('gets a token volume with a random name, mounted in every container', () => {
    const cluster = createCluster();
    const spec = { initContainers: [{ name: 'i', image: 'x' }] };
    const [first, second] = [cluster.post(PODS, pod('a', spec)), cluster.post(PODS, pod('b', spec))];
    const name = first.spec.volumes[0].name;
    expect(name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(second.spec.volumes[0].name).not.toBe(name);
    const mount = { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    expect(first.spec.containers[0].volumeMounts).toEqual([mount]);
    expect(first.spec.initContainers[0].volumeMounts).toEqual([mount]);
    expect(first.spec.volumes[0].projected.sources[0]).toEqual({
      serviceAccountToken: { expirationSeconds: 3607, path: 'token' },
    });
  });

  it('gets no token volume when it asks for none', () => {
    expect(admit({ automountServiceAccountToken: false }).spec).not.toHaveProperty('volumes');
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1', 'IfNotPresent'],
    ['host:5000/nginx', 'Always'],
    [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
  ])('pulls %s %s', (image, policy) => {
    expect(admit({ containers: [{ name: 'main', image }] }).spec.containers[0].imagePullPolicy).toBe(policy);
  });

  it.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
  ])('with resources %j is %s', (resources, qosClass) => {
    expect(admit({ containers: [{ name: 'main', image: 'x', resources }] }).status.qosClass).toBe(qosClass);
  });

  it('keeps quantities in the one form of the API server', () => {
    const resources = { limits: { cpu: 1, memory: '1024Mi' }, requests: { cpu: '1500m' } };
    const { containers } = createCluster().post(
      PODS,
      pod('a', {
        containers: [{ name: 'main', image: 'x', resources: { ...resources, requests: { cpu: '0.5' } } }],
      }),
    ).spec;
    expect(containers[0].resources).toEqual({
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '500m', memory: '1Gi' },
    });
  });

  it('has no fields that Go would leave out', () => {
    const { spec } = admit({
      hostNetwork: false,
      nodeName: '',
      containers: [{ name: 'main', image: 'x', stdin: false, env: [{ name: 'A', value: '' }], args: [] }],
    });
    expect(spec).not.toHaveProperty('hostNetwork');
    expect(spec).not.toHaveProperty('nodeName');
    expect(spec.containers[0]).not.toHaveProperty('stdin');
    expect(spec.containers[0]).not.toHaveProperty('args');
    expect(spec.containers[0].env).toEqual([{ name: 'A' }]);
  });

  it('is refused without its service account or its priority class', () => {
    const cluster = createCluster();
    expect(cluster.request('POST', PODS, pod('a', { serviceAccountName: 'none' }))).toMatchObject({
      code: 403,
      body: {
        message:
          'pods "a" is forbidden: error looking up service account default/none: serviceaccount "none" not found',
      },
    });
    expect(cluster.request('POST', PODS, pod('a', { priorityClassName: 'none' })).code).toBe(403);
    expect(cluster.post(PODS, pod('a', { priorityClassName: 'system-node-critical' })).spec.priority).toBe(
      2_000_001_000,
    );
  });
});

describe('a malformed pod', () => {
  it.each([
    [{ containers: [] }, 'spec.containers: Required value'],
    [{ containers: [{ name: 'a' }] }, 'spec.containers[0].image: Required value'],
    [
      { containers: [{ name: 'A', image: 'x' }] },
      'spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label',
    ],
    [
      {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'a', image: 'x' },
        ],
      },
      'spec.containers[1].name: Duplicate value: "a"',
    ],
    [
      { restartPolicy: 'Sometimes' },
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      { containers: [{ name: 'a', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      { containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 70000 }] }] },
      'must be between 1 and 65535, inclusive',
    ],
    [
      {
        containers: [{ name: 'a', image: 'x', resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }],
      },
      'must be less than or equal to cpu limit of 1',
    ],
    [{ activeDeadlineSeconds: 0 }, 'spec.activeDeadlineSeconds: Invalid value: 0'],
    [
      { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
      'may not specify more than 1 volume type',
    ],
    [{ tolerations: [{ operator: 'Equal' }] }, 'operator must be Exists when `key` is empty'],
    [
      {
        containers: [
          {
            name: 'a',
            image: 'x',
            env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.none' } } }],
          },
        ],
      },
      'field label not supported: spec.none',
    ],
  ])('%j is refused with 422', (spec, text) => {
    const { code, body } = createCluster().request('POST', PODS, pod('a', spec));
    expect(code).toBe(422);
    expect(body['message']).toContain(text);
    expect(body['reason']).toBe('Invalid');
  });

  it('is told all its faults at once', () => {
    const { body } = createCluster().request('POST', PODS, {
      metadata: { name: 'M_' },
      spec: { containers: [{ name: 'A_' }] },
    });
    expect((body['details'] as { causes: { field: string }[] }).causes.map((one) => one.field)).toEqual([
      'metadata.name',
      'spec.containers[0].name',
      'spec.containers[0].image',
    ]);
  });

  it('is refused for a quantity that is none', () => {
    const resources = { limits: { cpu: 'much' } };
    const answer = createCluster().request(
      'POST',
      PODS,
      pod('a', { containers: [{ name: 'a', image: 'x', resources }] }),
    );
    expect(answer.body['message']).toContain('quantities must match the regular expression');
  });
});

describe('changing a pod', () => {
  const change = (patch: object) => {
    const cluster = createCluster({ controllers: 'none' });
    cluster.post(PODS, pod('a'));
    return cluster.request('PATCH', `${PODS}/a`, patch, { 'content-type': MERGE });
  };

  it('allows the deadline, more tolerations and metadata, and counts generations of the spec', () => {
    expect(change({ spec: { activeDeadlineSeconds: 5 } }).body).toMatchObject({
      metadata: { generation: 2 },
    });
    const tolerant = change({ spec: { tolerations: [{ key: 'x', operator: 'Exists' }] } });
    expect(tolerant.body['message'] ?? 'accepted').toBe('accepted');
    expect((tolerant.body as unknown as Body).spec.tolerations).toHaveLength(3);
    expect(change({ metadata: { labels: { a: 'b' } } }).body).toMatchObject({ metadata: { generation: 1 } });
  });

  it('forbids everything else', () => {
    expect(change({ spec: { nodeName: 'n' } })).toMatchObject({
      code: 422,
      body: { details: { causes: [{ field: 'spec' }] } },
    });
    expect(change({ spec: { containers: [] } }).body['message']).toContain(
      'pod updates may not add or remove containers',
    );
  });

  it('ignores a status that is not sent to the status', () => {
    expect(change({ status: { phase: 'Running' } }).body).toMatchObject({ status: { phase: 'Pending' } });
  });
});
