import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Pod } from '../../lib/core/kubernetes.ts';
import { canonicalJson, toFamily } from '../../lib/providers/ecs-fargate/plan/hash-task-definition.ts';
import type { PodInputs } from '../../lib/core/pod-inputs.ts';
import { bindSecrets } from '../../lib/providers/ecs-fargate/plan/bind-secrets.ts';
import { planPod, rememberPlans, type PodPlan } from '../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import {
  measureOverrides,
  OVERRIDES_LIMIT,
  toRunTaskInput,
} from '../../lib/providers/ecs-fargate/plan/to-run-task-input.ts';
import { foundObject, noInputs } from '../support/vocabulary-inputs.ts';
import {
  aContainer,
  aPod,
  aPodWith,
  aRecord,
  ON_DEMAND,
  PLACED,
  SETTINGS,
  SPOT,
  withToken,
} from './fixtures.ts';

function planOf(pod: Pod, node = ON_DEMAND, inputs?: PodInputs): PodPlan {
  const plan = planPod(pod, node, SETTINGS, inputs);
  if (plan.kind === 'plan') return plan;
  throw new Error(`the pod is not planned: ${JSON.stringify(plan)}`);
}

/** Settings of a deployment that has no bucket for env files. */
const { filesBucket: _, ...WITHOUT_BUCKET } = SETTINGS;
const secretKey = (name: string, secret: string, key: string) => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});

const dnsName = fc.stringMatching(/^[a-z]([a-z0-9]{0,8})$/);
const someContainer = fc.record({
  name: dnsName,
  image: dnsName,
  args: fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }),
  env: fc.array(
    fc.oneof(
      fc.record({ name: dnsName, value: fc.string({ maxLength: 8 }) }),
      fc.record({
        name: dnsName,
        valueFrom: fc.constant({ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }),
      }),
    ),
    { maxLength: 4 },
  ),
  resources: fc.record({
    requests: fc.record({
      cpu: fc.integer({ min: 1, max: 4000 }).map((milli) => `${milli}m`),
      memory: fc.integer({ min: 1, max: 8000 }).map((mebi) => `${mebi}Mi`),
    }),
  }),
});

describe('planning a pod', () => {
  it('gives replicas one definition, whatever their names and the names of their volumes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(someContainer, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
        dnsName,
        dnsName,
        (containers, one, other) => {
          const replica = (volume: string): Pod => {
            const mounted = containers.map((container): Container => ({
              ...container,
              volumeMounts: [{ name: `v-${volume}`, mountPath: '/work' }],
            }));
            const spec = { containers: mounted, volumes: [{ name: `v-${volume}`, emptyDir: {} }] };
            const pod = aPod(spec);
            return { ...pod, spec: withToken(pod.spec, volume) };
          };
          const [first, second] = [planOf(replica(one)), planOf(replica(other))];
          expect(second.family).toBe(first.family);
          expect(second.definition).toEqual(first.definition);
          expect(JSON.stringify(first.definition)).not.toContain('kube-api-access');
        },
      ),
    );
  });

  it('gives containers that fit their task', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(someContainer, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
        (containers) => {
          const { definition } = planOf(aPod({ containers }));
          const sum = (field: 'cpu' | 'memoryReservation') =>
            definition.containerDefinitions!.reduce((total, each) => total + (each[field] ?? 0), 0);
          expect(sum('cpu')).toBeLessThanOrEqual(Number(definition.cpu));
          expect(sum('memoryReservation')).toBeLessThanOrEqual(Number(definition.memory));
        },
      ),
    );
  });

  it('gives another definition for another image, architecture or grace', () => {
    const hashes = [
      planOf(aPod()),
      planOf(aPod({ containers: [aContainer({ image: 'nginx:2' })] })),
      planOf(aPod({ terminationGracePeriodSeconds: 5 })),
      planOf(aPod(), SPOT),
    ].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(4);
  });

  it('gives the same definition in whatever order variables are written', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    const one = planOf(aPod({ containers: [aContainer({ env })] }));
    const other = planOf(aPod({ containers: [aContainer({ env: env.toReversed() })] }));
    expect(other.hash).toBe(one.hash);
  });

  it('refuses a definition that is larger than ECS takes', () => {
    const pod = aPod({ containers: [aContainer({ args: ['x'.repeat(70_000)] })] });
    expect(planPod(pod, ON_DEMAND, SETTINGS)).toMatchObject({
      kind: 'unsupported',
      faults: [{ path: 'spec.containers[0]' }],
    });
  });

  it('says what Fargate is out of, as a kubelet without room does, when nothing but the size is in the way', () => {
    const requests = { memory: '300Gi' };
    const large = aContainer({ resources: { requests } });
    expect(planPod(aPod({ containers: [large] }), ON_DEMAND, SETTINGS)).toMatchObject({
      reason: 'OutOfmemory',
    });
    const both = planPod(aPod({ containers: [large], hostNetwork: true }), ON_DEMAND, SETTINGS);
    expect(both).toMatchObject({ kind: 'unsupported' });
    expect(both).not.toHaveProperty('reason');
  });

  it('names no container when several together need too much', () => {
    const annotations = { notes: 'x'.repeat(5000) };
    const env = [{ name: 'N', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['notes']" } } }];
    const containers = ['a', 'b'].map((name) => aContainer({ name, env, args: ['x'.repeat(40_000)] }));
    expect(planPod(aPod({ containers }, { annotations }), ON_DEMAND, WITHOUT_BUCKET)).toMatchObject({
      kind: 'unsupported',
      faults: [{ path: 'spec.containers[*].env' }, { path: 'spec.containers[*]' }],
    });
  });
});

describe('planning with what was read', () => {
  const settings = (data: Record<string, string>) =>
    noInputs({ configMaps: new Map([['settings', foundObject(data)]]) });
  const fromSettings = { envFrom: [{ configMapRef: { name: 'settings' } }] };

  it('gives one definition whatever ConfigMaps and Secrets hold', () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), text, { maxKeys: 4 }), (data) => {
        const plan = planOf(aPodWith(fromSettings), ON_DEMAND, settings(data));
        expect(plan.hash).toBe(planOf(aPodWith(fromSettings)).hash);
      }),
    );
  });

  it('writes no env file into a draft, nor for a pod that needs none', () => {
    expect(planOf(aPodWith(fromSettings)).envFiles).toEqual([]);
    expect(planOf(aPod(), ON_DEMAND, noInputs()).envFiles).toEqual([]);
  });

  it('waits for a ConfigMap that takes more of the launch request than there is', () => {
    const inputs = settings({ A: `${'a'.repeat(5000)}\n`, B: `${'b'.repeat(5000)}\n` });
    expect(planPod(aPodWith(fromSettings), ON_DEMAND, SETTINGS, inputs)).toMatchObject({
      kind: 'unready',
      failure: { kind: 'configuration', podReason: 'CreateContainerConfigError' },
      notes: [{ type: 'Warning', reason: 'Failed' }],
    });
  });

  it('refuses for good before it waits', () => {
    const pod = aPodWith(fromSettings, { hostNetwork: true });
    expect(planPod(pod, ON_DEMAND, SETTINGS, noInputs())).toMatchObject({ kind: 'unsupported' });
  });

  it.each([
    ['a variable', aPodWith({ env: [secretKey('A', 's', 'a')] }), 'spec.containers[0].env'],
    ['all variables of an object', aPodWith(fromSettings), 'spec.containers[0].envFrom'],
    [
      'files',
      aPodWith(
        { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
        { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
      ),
      'spec.volumes',
    ],
  ])('refuses %s where there is no bucket for env files', (_, pod, path) => {
    expect(planPod(pod, ON_DEMAND, WITHOUT_BUCKET)).toMatchObject({
      kind: 'unsupported',
      faults: [{ path, note: expect.stringContaining('filesBucket') as string }],
    });
  });

  it('keeps secrets out of everything but the env file and the mirror', () => {
    const env = [secretKey('PLAIN', 's', 'plain'), secretKey('LINES', 's', 'lines')];
    const data = {
      plain: 'canary-one',
      lines: 'canary-two\nend',
      other: 'canary-three\nend',
      short: 'canary-four',
    };
    const pod = aPodWith({ env, image: 'quay.io/a/b' }, { imagePullSecrets: [{ name: 'pull' }] });
    const config = JSON.stringify({ auths: { 'quay.io': { username: 'me', password: 'canary-five' } } });
    const pull = foundObject({ '.dockerconfigjson': config }, 'kubernetes.io/dockerconfigjson');
    const secrets = new Map([
      ['s', foundObject(data)],
      ['pull', pull],
    ]);
    const { envFiles, mirrored, ...visible } = planOf(pod, ON_DEMAND, noInputs({ secrets }));
    expect(JSON.stringify(visible)).not.toContain('canary');
    expect(envFiles).toEqual([{ container: 'main', content: 'PLAIN=canary-one\n' }]);
    expect(mirrored.map(({ value }) => JSON.parse(value) as unknown)).toEqual([
      { username: 'me', password: 'canary-five' },
      { lines: 'canary-two\nend', other: 'canary-three\nend' },
    ]);
  });

  it('mirrors only the values that are asked for where all of a Secret would be too large', () => {
    const large = `${'x'.repeat(40_000)}\n`;
    const inputs = (data: Record<string, string>) =>
      noInputs({ secrets: new Map([['s', foundObject(data)]]) });
    const pod = aPodWith({ env: [secretKey('A', 's', 'a')] });
    const [mirror] = planOf(pod, ON_DEMAND, inputs({ a: large, b: large })).mirrored;
    expect(Object.keys(JSON.parse(mirror!.value) as object)).toEqual(['a']);
    const both = aPodWith({ env: [secretKey('A', 's', 'a'), secretKey('B', 's', 'b')] });
    expect(planPod(both, ON_DEMAND, SETTINGS, inputs({ a: large, b: large }))).toMatchObject({
      kind: 'unready',
      failure: { message: expect.stringContaining('mount the Secret as a file') as string },
    });
  });
});

describe('binding mirrored secrets', () => {
  const pod = () => aPodWith({ env: [secretKey('LINES', 's', 'lines')] });
  const secrets = new Map([['s', foundObject({ lines: 'two\nlines' })]]);
  const plan = () => planOf(pod(), ON_DEMAND, noInputs({ secrets }));
  const name = 'lambdalet/demo/env/shop/s';

  it('names the ARN, and is another definition then', () => {
    const bound = bindSecrets(plan(), new Map([[name, 'arn:aws:x']]));
    expect(bound.definition.containerDefinitions?.[0]?.secrets).toEqual([
      { name: 'LINES', valueFrom: 'arn:aws:x:lines::' },
    ]);
    expect(bound.hash).not.toBe(plan().hash);
    expect(bound.family).toBe(toFamily('demo', bound.hash));
  });

  it('is the same for the same ARN, and for a plan that mirrors nothing it is the plan', () => {
    const arns = new Map([[name, 'arn:aws:x']]);
    expect(bindSecrets(plan(), arns).hash).toBe(bindSecrets(plan(), arns).hash);
    const without = planOf(aPod());
    expect(bindSecrets(without, arns)).toBe(without);
  });

  it('throws rather than leave a name where ECS wants an ARN', () => {
    expect(() => bindSecrets(plan(), new Map())).toThrow(name);
  });
});

describe('the room of a launch request', () => {
  it('is kept by whatever moves into env files, roles and files included', () => {
    const field = fc.record({
      name: fc.stringMatching(/^[A-Z]{1,10}$/),
      length: fc.integer({ min: 0, max: 4000 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
        (containers) => {
          const annotations: Record<string, string> = {};
          const pod = aPod(
            {
              nodeName: PLACED.name,
              containers: containers.map((fields, at) =>
                aContainer({
                  name: `c${at}`,
                  env: fields.map(({ name, length }, index) => {
                    annotations[`a${at}-${index}`] = 'x'.repeat(length);
                    const fieldPath = `metadata.annotations['a${at}-${index}']`;
                    return { name, valueFrom: { fieldRef: { fieldPath } } };
                  }),
                }),
              ),
            },
            { annotations },
          );
          const plan = planOf(pod, PLACED, noInputs());
          const record = aRecord(pod, { node: PLACED.name, attempt: 999_999 });
          const { overrides } = toRunTaskInput({
            ...{ pod, record, node: PLACED, settings: SETTINGS, plan },
            ...{ ecsCluster: 'c', taskDefinition: 'd' },
          });
          expect(measureOverrides(overrides!)).toBeLessThanOrEqual(OVERRIDES_LIMIT);
        },
      ),
    );
  });

  it('is refused where there is no bucket to move anything to', () => {
    const env = [{ name: 'N', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['notes']" } } }];
    const pod = aPod({ containers: [aContainer({ env })] }, { annotations: { notes: 'x'.repeat(9000) } });
    expect(planPod(pod, ON_DEMAND, SETTINGS)).toMatchObject({ kind: 'plan' });
    expect(planPod(pod, ON_DEMAND, WITHOUT_BUCKET)).toMatchObject({
      kind: 'unsupported',
      faults: [{ path: 'spec.containers[0].env' }],
    });
  });
});

describe('warning of names that only the DNS of the cluster knows', () => {
  const warned = (container: Partial<Container>, spec = {}, node = ON_DEMAND) =>
    planOf(aPodWith(container, spec), node).warnings.some(({ note }) => note.includes('MissingClusterDNS'));
  const value = (text: string, name = 'X') => ({ env: [{ name, value: text }] });

  it.each([
    ['a domain of a Service', value('orders.shop.svc.cluster.local:80')],
    ['a short name in a URL', value('http://orders/path')],
    ['a short name behind credentials', value('postgres://me:word@db:5432/app')],
    ['a short name with a port', value('cache:6379')],
    ['a short name in a variable for hosts', value('cache', 'REDIS_HOST')],
    ['an argument', { args: ['--upstream=http://orders:8080'] }],
  ])('finds %s', (_, container) => {
    expect(warned(container)).toBe(true);
  });

  it.each([
    ['localhost', value('http://localhost:8080')],
    ['a name of the Internet', value('https://example.com/a.svg')],
    ['a plain word', value('production')],
  ])('does not mind %s', (_, container) => {
    expect(warned(container)).toBe(false);
  });

  it('says nothing where the policy is Default or the VPC knows the cluster', () => {
    expect(warned(value('cache:6379'), { dnsPolicy: 'Default' })).toBe(false);
    expect(warned(value('cache:6379'), { nodeName: PLACED.name }, PLACED)).toBe(false);
  });
});

describe('remembering drafts', () => {
  it('plans a pod once for a node', () => {
    const planned = rememberPlans(SETTINGS);
    const pod = aPod();
    expect(planned(pod, ON_DEMAND)).toBe(planned(pod, ON_DEMAND));
    expect(planned(pod, SPOT)).not.toBe(planned(pod, ON_DEMAND));
  });
});

describe('naming a definition', () => {
  it('stays within the characters and the length of a family', () => {
    expect(toFamily(`my.cluster_${'x'.repeat(52)}`, 'a'.repeat(64))).toMatch(/^[A-Za-z0-9_-]{1,255}$/);
  });

  it('writes JSON with sorted keys and without what is undefined', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}');
  });
});
