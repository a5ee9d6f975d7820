import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../../lib/core/kubernetes.ts';
import { createEcsEmulator } from './ecs-emulator.ts';
import { aPod, NODES, T0 } from './fixtures.ts';
import { planWith, type Planned } from './render-golden.ts';

/** What every pod here may refer to. */
const OBJECTS = [
  {
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { level: 'debug', note: 'two\nlines', empty: '' },
  },
  { kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': 'certificate' } },
  { kind: 'Secret', metadata: { name: 'login' }, data: { word: 'aHVudGVyMg==', lines: 'YQpi' } },
  { kind: 'ServiceAccount', metadata: { name: 'runner' } },
];

/** Faults of how much there is, not of a field: the only ones that a mix of accepted fields may meet. */
const TOO_MUCH = /^spec\.(containers|(containers|initContainers)\[\d+\]\.resources)$/;

const VOLUMES: NonNullable<PodSpec['volumes']> = [
  { name: 'scratch', emptyDir: { sizeLimit: '30Gi' } },
  { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  { name: 'settings', configMap: { name: 'settings', defaultMode: 0o440 } },
  { name: 'absent', configMap: { name: 'absent', optional: true } },
  { name: 'login', secret: { secretName: 'login', items: [{ key: 'word', path: 'keys/word' }] } },
  { name: 'about', downwardAPI: { items: [{ path: 'uid', fieldRef: { fieldPath: 'metadata.uid' } }] } },
  { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
];

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

type Variable = NonNullable<Container['env']>[number];

const aVariable = fc
  .record({
    name: fc.constantFrom('A', 'B', 'C', 'a.b', 'RES_OPTIONS'),
    from: fc.constantFrom<Variable['valueFrom']>(
      undefined,
      { fieldRef: { fieldPath: 'metadata.name' } },
      { fieldRef: { fieldPath: "metadata.labels['none']" } },
      { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
      { configMapKeyRef: { name: 'settings', key: 'note' } },
      { configMapKeyRef: { name: 'settings', key: 'empty' } },
      { configMapKeyRef: { name: 'absent', key: 'none', optional: true } },
      { secretKeyRef: { name: 'login', key: 'word' } },
    ),
    value: fc.constantFrom('', 'plain', '$(A)/$(B)', '$$(A)', 'ü "quoted" \\'),
  })
  .map(({ name, from, value }): Variable =>
    from === undefined ? { name, value } : { name, valueFrom: from },
  );
/** Several lines of a Secret travel alone: what is composed with them has no way into a task. */
const LINES: Variable = { name: 'LINES', valueFrom: { secretKeyRef: { name: 'login', key: 'lines' } } };

const seconds = optional(fc.integer({ min: 1, max: 900 }));
const aProbe = fc.record({
  exec: fc.constant({ command: ['check', '$(A)'] }),
  ...{ initialDelaySeconds: seconds, periodSeconds: seconds, timeoutSeconds: seconds },
  failureThreshold: optional(fc.integer({ min: 1, max: 100 })),
});

const someMounts = fc
  .subarray(VOLUMES.map(({ name }) => name))
  .chain((names) =>
    fc.tuple(
      ...names.map((name) => fc.boolean().map((readOnly) => ({ name, mountPath: `/mnt/${name}`, readOnly }))),
    ),
  );

const aSecurityContext = fc.record({
  ...{ runAsUser: fc.constantFrom(0, 1000, 65_534), runAsGroup: optional(fc.constantFrom(0, 2000)) },
  readOnlyRootFilesystem: optional(fc.boolean()),
  capabilities: optional(
    fc.record({
      add: fc.subarray(['NET_BIND_SERVICE', 'SYS_PTRACE', 'CHOWN']),
      drop: fc.subarray(['ALL', 'NET_RAW', 'CHOWN']),
    }),
  ),
});

/** Nothing in a command comes of a secret, which would rightly be refused. */
const aContainerMix = fc.record({
  image: fc.constantFrom('nginx', 'registry.example.com/team/app:1.2'),
  command: optional(fc.constantFrom(['run'], ['sh', '-c', 'echo "$A"'], [])),
  args: optional(fc.constantFrom([], [''], ['--verbose', '$$(A)'])),
  workingDir: optional(fc.constant('/srv')),
  ...{ tty: optional(fc.boolean()), stdin: optional(fc.boolean()) },
  env: fc.array(fc.oneof({ arbitrary: aVariable, weight: 5 }, fc.constant(LINES)), { maxLength: 5 }),
  envFrom: fc.subarray<NonNullable<Container['envFrom']>[number]>([
    { prefix: 'S_', configMapRef: { name: 'settings' } },
    { secretRef: { name: 'login' } },
    { configMapRef: { name: 'absent', optional: true } },
  ]),
  ports: fc.subarray([{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }]),
  resources: fc.record({
    requests: fc.record({
      cpu: fc.constantFrom('0', '100m', '3'),
      memory: fc.constantFrom('0', '64Mi', '5Gi'),
    }),
    limits: optional(
      fc.record({ memory: fc.constantFrom('6Gi', '20Gi'), 'ephemeral-storage': fc.constant('25Gi') }),
    ),
  }),
  securityContext: optional(aSecurityContext),
  volumeMounts: someMounts,
});

const anApp = fc
  .tuple(
    aContainerMix,
    fc.record({
      ...{
        livenessProbe: optional(aProbe),
        readinessProbe: optional(aProbe),
        startupProbe: optional(aProbe),
      },
      lifecycle: optional(fc.constant({ preStop: { sleep: { seconds: 5 } } })),
    }),
  )
  .map(([mix, life]) => ({ ...mix, ...life }));
const anInit = fc
  .tuple(aContainerMix, fc.boolean())
  .map(([mix, isSidecar]) => (isSidecar ? { ...mix, restartPolicy: 'Always' } : mix));

const aPodMix: fc.Arbitrary<Pod> = fc
  .record({
    ...{ apps: fc.array(anApp, { minLength: 1, maxLength: 4 }), inits: fc.array(anInit, { maxLength: 3 }) },
    nodeName: fc.constantFrom(...NODES.map(({ name }) => name)),
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    terminationGracePeriodSeconds: optional(fc.integer({ min: 0, max: 600 })),
    shareProcessNamespace: optional(fc.boolean()),
    serviceAccountName: fc.constantFrom('default', 'runner'),
    securityContext: fc.record({
      fsGroup: optional(fc.constant(2000)),
      sysctls: fc.subarray([{ name: 'net.core.somaxconn', value: '1024' }]),
    }),
    dnsConfig: optional(fc.constant({ options: [{ name: 'ndots', value: '2' }] })),
  })
  .map(({ apps, inits, ...spec }) =>
    aPod(
      present({
        ...spec,
        volumes: VOLUMES,
        initContainers: inits.map((init, at) => ({ name: `init-${at}`, ...init })),
        containers: apps.map((app, at) => ({ name: `app-${at}`, ...app })),
      }),
    ),
  );

/** An absent field is not there at all, as in what an API server sends. */
function present(spec: object): PodSpec {
  return JSON.parse(JSON.stringify(spec)) as PodSpec;
}

describe('any mix of accepted fields', () => {
  it('becomes what ECS takes, or is more than a task can be', async () => {
    await fc.assert(
      fc.asyncProperty(aPodMix, async (pod) => {
        const planned = await planWith(pod, OBJECTS);
        if (planned.launched) await expectTaken(planned);
        else expect(refusalsOf(planned)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

async function expectTaken({ plan, runTask }: Extract<Planned, { launched: true }>): Promise<void> {
  const { model } = createEcsEmulator(() => T0);
  await model.handle('RegisterTaskDefinition', { ...plan.definition, family: plan.family }, T0);
  expect(await model.handle('RunTask', runTask, T0)).toMatchObject({ tasks: [{}], failures: [] });
}

/** What is refused for something else than there being too much of it. */
function refusalsOf({ plan }: Extract<Planned, { launched: false }>): readonly unknown[] {
  return plan.kind === 'unsupported' ? plan.faults.filter(({ path }) => !TOO_MUCH.test(path)) : [plan];
}
