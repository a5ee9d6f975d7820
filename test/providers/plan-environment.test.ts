import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container } from '../../lib/core/kubernetes.ts';
import { planStarts } from '../../lib/providers/ecs-fargate/plan/plan-environment.ts';
import {
  carriers,
  contextOf,
  field,
  forbidden,
  found,
  fromConfigMap,
  fromSecret,
  inputsOf,
  planOf,
  texts,
  webPod,
} from './environment-fixtures.ts';
import { aContainer, aPod } from './fixtures.ts';

const CONFIG = found({ mode: 'prod', level: 'debug', 'app.name': 'web' });
const DATABASE = found({ password: 'hush', user: 'app' });
const INPUTS = inputsOf({ configMaps: { cfg: CONFIG }, secrets: { db: DATABASE } });

describe('the environment of a container', () => {
  it('takes each value the way that its source allows', () => {
    const { start } = planOf(
      webPod({
        env: [
          { name: 'PLAIN', value: 'x' },
          { name: 'EMPTY' },
          field('NAME', 'metadata.name'),
          fromConfigMap('MODE', 'cfg', 'mode'),
          fromSecret('PASSWORD', 'db', 'password'),
          { name: 'URL', value: 'db://$(NAME):$(PASSWORD)@$(MODE)' },
          { name: 'NAMED', value: '$(NAME)/$(PLAIN)' },
        ],
      }),
      INPUTS,
    );
    expect(texts(start.variables)).toEqual({
      PLAIN: 'x',
      EMPTY: '',
      NAME: 'web-1',
      MODE: 'prod',
      PASSWORD: 'hush',
      URL: 'db://web-1:hush@prod',
      NAMED: 'web-1/x',
    });
    expect(carriers(start.variables)).toEqual({
      PLAIN: 'shared',
      EMPTY: 'shared',
      NAME: 'perPod',
      MODE: 'config',
      PASSWORD: 'secret',
      URL: 'secret',
      NAMED: 'perPod',
    });
    expect(start.variables.get('PASSWORD')?.secretKey).toEqual({ secret: 'db', key: 'password' });
  });

  it('lets a later envFrom beat an earlier one, and env beat both', () => {
    const { start } = planOf(
      webPod({
        envFrom: [
          { configMapRef: { name: 'cfg' } },
          { secretRef: { name: 'db' } },
          { prefix: 'P_', configMapRef: { name: 'cfg' } },
          { configMapRef: { name: 'later' } },
        ],
        env: [
          { name: 'level', value: 'info' },
          { name: 'LINE', value: '$(level) $(user) $(P_mode)' },
        ],
      }),
      inputsOf({ configMaps: { cfg: CONFIG, later: found({ user: 'other' }) }, secrets: { db: DATABASE } }),
    );
    expect(texts(start.variables)).toEqual({
      mode: 'prod',
      level: 'info',
      'app.name': 'web',
      password: 'hush',
      user: 'other',
      P_mode: 'prod',
      P_level: 'debug',
      'P_app.name': 'web',
      LINE: 'info other prod',
    });
    expect(start.variables.get('password')).toMatchObject({ secretKey: { secret: 'db', key: 'password' } });
  });

  it('refers only to variables that come before, and knows the last of two with one name', () => {
    const { start } = planOf(
      webPod({
        env: [
          { name: 'FIRST', value: '$(SECOND)' },
          { name: 'SECOND', value: '1' },
          { name: 'SECOND', value: '$(SECOND)2' },
        ],
        args: ['$(FIRST) $(SECOND)'],
      }),
      INPUTS,
    );
    expect(texts(start.variables)).toEqual({ FIRST: '$(SECOND)', SECOND: '12' });
    expect(start.command).toEqual(['$(SECOND) 12']);
  });

  it('plans init containers, sidecars and app containers, each for itself', () => {
    const pod = aPod({
      initContainers: [aContainer({ name: 'init', env: [{ name: 'A', value: '1' }] })],
      containers: [aContainer({ args: ['$(A)'] })],
    });
    const { starts } = planStarts(contextOf(pod, INPUTS));
    expect(starts.map(({ name }) => name)).toEqual(['init', 'main']);
    expect(starts[1]?.command).toEqual(['$(A)']);
  });

  it('gives resources of any container of the pod', () => {
    const container: Partial<Container> = {
      env: [
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
        {
          name: 'INIT',
          valueFrom: {
            resourceFieldRef: { containerName: 'init', resource: 'requests.memory', divisor: '1Mi' },
          },
        },
        { name: 'NOBODY', valueFrom: { resourceFieldRef: { containerName: 'no', resource: 'limits.cpu' } } },
        { name: 'GPU', valueFrom: { resourceFieldRef: { resource: 'limits.gpu' } } },
      ],
    };
    const init = aContainer({ name: 'init', resources: { requests: { memory: '64Mi' } } });
    const { starts, problems } = planOf(webPod(container, { initContainers: [init] }), INPUTS);
    expect(texts(starts[1]!.variables)).toEqual({ CPU: '500', INIT: '64' });
    expect(carriers(starts[1]!.variables)).toEqual({ CPU: 'shared', INIT: 'shared' });
    expect(problems).toEqual([
      {
        kind: 'fault',
        path: 'spec.containers[0].env[2].valueFrom.resourceFieldRef.containerName',
        note: 'The pod has no container no.',
      },
    ]);
  });

  it('leaves to the field table what no task can be given', () => {
    const { start, problems } = planOf(
      webPod({
        env: [
          field('POLICY', 'spec.restartPolicy'),
          { name: 'FILE', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } } },
        ],
      }),
      INPUTS,
    );
    expect({ variables: texts(start.variables), problems }).toEqual({ variables: {}, problems: [] });
  });
});

describe('what a container gets unasked', () => {
  const hostname = (spec = {}, metadata = {}, container = {}, node = {}) =>
    planOf(webPod(container, spec, metadata), INPUTS, node).start.variables.get('HOSTNAME');

  it('is told its host name, which travels with the launch request', () => {
    expect(hostname()).toEqual({ text: 'web-1', carrier: 'perPod' });
    expect(hostname({ hostname: 'db-0' })?.text).toBe('db-0');
    expect(hostname({ hostname: 'db-0', hostnameOverride: 'else' })?.text).toBe('else');
    expect(hostname({}, { name: `${'a'.repeat(62)}-bcd` })?.text).toBe('a'.repeat(62));
    expect(hostname({}, {}, { env: [{ name: 'HOSTNAME', value: 'mine' }] })?.text).toBe('mine');
  });

  it('is told its full name where the pod asks for that', () => {
    const spec = { hostname: 'db-0', subdomain: 'db', setHostnameAsFQDN: true };
    expect(hostname(spec)?.text).toBe('db-0.db.shop.svc.cluster.local');
    expect(hostname(spec, {}, {}, { clusterDomain: 'k8s.example' })?.text).toBe(
      'db-0.db.shop.svc.k8s.example',
    );
  });

  it('cannot refer to it', () => {
    expect(planOf(webPod({ args: ['$(HOSTNAME)'] }), INPUTS).start.command).toEqual(['$(HOSTNAME)']);
  });

  it('searches the domains of the cluster where its DNS can be asked', () => {
    const domain = { clusterDomain: 'cluster.local' };
    const { start } = planOf(webPod({}), INPUTS, domain);
    expect(texts(start.variables)).toEqual({
      LOCALDOMAIN: 'shop.svc.cluster.local svc.cluster.local cluster.local',
      RES_OPTIONS: 'ndots:5',
    });
    expect(carriers(start.variables)).toEqual({ LOCALDOMAIN: 'shared', RES_OPTIONS: 'shared' });
    expect(texts(planOf(webPod({}, { dnsPolicy: 'Default' }), INPUTS, domain).start.variables)).toEqual({});
    const own = planOf(webPod({ env: [{ name: 'RES_OPTIONS', value: 'ndots:1' }] }), INPUTS, domain);
    expect(texts(own.start.variables)['RES_OPTIONS']).toBe('ndots:1');
    const withHostNet = planOf(webPod({}, { dnsPolicy: 'ClusterFirstWithHostNet' }), INPUTS, domain);
    expect(texts(withHostNet.start.variables)).toEqual(texts(start.variables));
  });

  it('tells the resolver its options, those of the pod before those of the cluster', () => {
    const optionsOf = (options: { name?: string; value?: string }[], node?: object) =>
      texts(planOf(webPod({}, { dnsConfig: { options } }), INPUTS, node).start.variables)['RES_OPTIONS'];
    const reopen = { name: 'single-request-reopen' };
    const cluster = { clusterDomain: 'cluster.local' };
    expect(optionsOf([{ name: 'timeout', value: '1' }, reopen])).toBe('timeout:1 single-request-reopen');
    expect(optionsOf([reopen], cluster)).toBe('ndots:5 single-request-reopen');
    expect(optionsOf([{ name: 'ndots', value: '2' }], cluster)).toBe('ndots:2');
    expect(optionsOf([])).toBeUndefined();
  });
});

describe('objects that are not there', () => {
  it.each([
    [fromConfigMap('A', 'no', 'k'), 'MandatoryConfigMapNotFound', 'configmap "no" not found'],
    [
      fromConfigMap('A', 'cfg', 'k'),
      'MandatoryConfigMapKeyNotFound',
      "couldn't find key k in ConfigMap shop/cfg",
    ],
    [fromSecret('A', 'no', 'k'), 'MandatorySecretNotFound', 'secret "no" not found'],
    [fromSecret('A', 'db', 'k'), 'MandatorySecretKeyNotFound', "couldn't find key k in Secret shop/db"],
    [
      fromConfigMap('A', 'locked', 'k'),
      'FailedToReadMandatoryConfigMap',
      'failed to read configmap "locked" of shop: forbidden',
    ],
    [
      fromSecret('A', 'locked', 'k'),
      'FailedToReadMandatorySecret',
      'failed to read secret "locked" of shop: forbidden',
    ],
  ])('keep the pod waiting for %j', (variable, event, message) => {
    const inputs = inputsOf({
      configMaps: { cfg: CONFIG, locked: forbidden },
      secrets: { db: DATABASE, locked: forbidden },
    });
    const { start, problems, notes } = planOf(webPod({ env: [variable] }), inputs);
    expect(problems).toEqual([{ kind: 'unready', reason: 'CreateContainerConfigError', message, event }]);
    expect({ notes, variables: texts(start.variables) }).toEqual({ notes: [], variables: {} });
  });

  it.each([
    [
      fromConfigMap('A', 'no', 'k', true),
      'OptionalConfigMapNotFound',
      'skipping optional envvar "A": configmap "no" not found',
    ],
    [
      fromConfigMap('A', 'cfg', 'k', true),
      'OptionalConfigMapKeyNotFound',
      'skipping optional envvar "A": key "k" does not exist in configmap "cfg"',
    ],
    [
      fromSecret('A', 'db', 'toString', true),
      'OptionalSecretKeyNotFound',
      'skipping optional envvar "A": key "toString" does not exist in secret "db"',
    ],
    [
      fromSecret('A', 'locked', 'k', true),
      'FailedToReadOptionalSecret',
      'skipping optional envvar "A": failed to read secret "locked"',
    ],
  ])('are skipped with an event when they are optional: %j', (variable, reason, message) => {
    const inputs = inputsOf({
      configMaps: { cfg: CONFIG },
      secrets: { db: DATABASE, locked: forbidden },
    });
    const { start, problems, notes } = planOf(webPod({ env: [variable], args: ['$(A)'] }), inputs);
    expect(notes).toEqual([{ type: 'Warning', reason, message }]);
    expect(texts(start.variables)).toEqual({});
    expect(problems.filter(({ kind }) => kind === 'unready')).toEqual([]);
  });

  it('are named all at once, each once', () => {
    const env = [fromConfigMap('A', 'no', 'k'), fromSecret('B', 'no', 'k')];
    const from = [{ configMapRef: { name: 'gone' } }, { secretRef: { name: 'away', optional: true } }];
    const pod = aPod({
      containers: [aContainer({ env, envFrom: from }), aContainer({ name: 'other', env })],
    });
    const { problems, notes } = planStarts(contextOf(pod, inputsOf()));
    expect(problems.map((problem) => (problem.kind === 'unready' ? problem.message : problem.note))).toEqual([
      'configmap "gone" not found',
      'configmap "no" not found',
      'secret "no" not found',
    ]);
    expect(notes).toEqual([
      { type: 'Warning', reason: 'OptionalSecretNotFound', message: 'secret "away" not found' },
    ]);
  });

  it('leave the variable of the same name before them', () => {
    const env = [{ name: 'A', value: 'before' }, fromConfigMap('A', 'no', 'k', true)];
    const { start } = planOf(webPod({ env }), INPUTS);
    expect(start.variables.get('A')).toEqual({ text: 'before', carrier: 'config' });
  });
});

describe('values that no variable can hold', () => {
  const bytes = Uint8Array.of(0xff, 0xfe);

  it.each([
    ['is not UTF-8', bytes],
    ['holds a NUL', 'a\0b'],
  ])('keep the pod waiting: a key that %s', (what, value) => {
    const inputs = inputsOf({ secrets: { db: found({ key: value }) } });
    const byKey = planOf(webPod({ env: [fromSecret('A', 'db', 'key')] }), inputs);
    const byAll = planOf(webPod({ envFrom: [{ secretRef: { name: 'db' } }] }), inputs);
    for (const { problems } of [byKey, byAll])
      expect(problems).toEqual([
        {
          kind: 'unready',
          reason: 'CreateContainerConfigError',
          event: 'Failed',
          message: expect.stringContaining(`key key of Secret shop/db ${what}`) as string,
        },
      ]);
  });

  it('are not seen in the binary data of a ConfigMap, as with the kubelet', () => {
    const inputs = inputsOf({ configMaps: { cfg: found({ logo: bytes, mode: 'prod' }) } });
    const byAll = planOf(webPod({ envFrom: [{ configMapRef: { name: 'cfg' } }] }), inputs);
    expect({ problems: byAll.problems, variables: texts(byAll.start.variables) }).toEqual({
      problems: [],
      variables: { mode: 'prod' },
    });
    const byKey = planOf(webPod({ env: [fromConfigMap('A', 'cfg', 'logo')] }), inputs);
    expect(byKey.problems).toMatchObject([{ event: 'MandatoryConfigMapKeyNotFound' }]);
  });
});

describe('names that no variable of a task can have', () => {
  it('are skipped with an event: comments and blanks', () => {
    const { start, notes } = planOf(
      webPod({
        envFrom: [{ prefix: '# ', configMapRef: { name: 'cfg' } }],
        env: [
          { name: 'my var', value: 'x' },
          { name: '9-%.ok', value: 'y' },
          { name: '#no', value: 'z' },
        ],
      }),
      INPUTS,
    );
    expect(texts(start.variables)).toEqual({ '9-%.ok': 'y' });
    expect(notes).toEqual([
      {
        type: 'Warning',
        reason: 'InvalidEnvironmentVariableNames',
        message:
          'keys [# app.name, # level, # mode] from configmap shop/cfg were skipped since they are invalid as environment variable names',
      },
      {
        type: 'Warning',
        reason: 'InvalidEnvironmentVariableNames',
        message:
          'names [#no, my var] in env of container main were skipped since they are invalid as environment variable names',
      },
    ]);
  });
});

describe('the argument vector', () => {
  it('makes the program the entry point and the rest the command', () => {
    const { start } = planOf(webPod({ command: ['sh', '-c'], args: ['exit 3'] }), INPUTS);
    expect(start).toMatchObject({
      entryPoint: ['sh'],
      command: ['-c', 'exit 3'],
      perPodCommand: false,
      perPodProgram: false,
      wrapped: false,
    });
  });

  it('leaves the entry point to the image when there are only args, and both when there are none', () => {
    const { start } = planOf(webPod({ args: ['--verbose'] }), INPUTS);
    expect([start.entryPoint, start.command]).toEqual([undefined, ['--verbose']]);
    expect(planOf(webPod({}), INPUTS).start.command).toBeUndefined();
  });

  it.each(['metadata.name', "metadata.labels['x']"])('knows a program that differs by %s', (path) => {
    const { start } = planOf(webPod({ command: ['$(NAME)', '-v'], env: [field('NAME', path)] }), INPUTS);
    expect(start).toMatchObject({ perPodProgram: true, perPodCommand: false });
  });

  it('may name what all replicas have in common in the definition', () => {
    const { start } = planOf(
      webPod({ command: ['serve', '--ns=$(NS)'], env: [field('NS', 'metadata.namespace')] }),
      INPUTS,
    );
    expect(start).toMatchObject({ command: ['--ns=shop'], perPodCommand: false });
  });

  it('may hold content of a ConfigMap, in the launch request', () => {
    const { start, problems } = planOf(
      webPod({ args: ['--mode=$(MODE)'], env: [fromConfigMap('MODE', 'cfg', 'mode')] }),
      INPUTS,
    );
    expect(start).toMatchObject({ command: ['--mode=prod'], perPodCommand: true });
    expect(problems).toEqual([]);
  });

  it('refuses a Secret in it for good, and never holds its value', () => {
    const pod = webPod({
      command: ['app', '$(PASSWORD)'],
      args: ['--url=$(URL)'],
      env: [fromSecret('PASSWORD', 'db', 'password'), { name: 'URL', value: 'x:$(PASSWORD)' }],
    });
    for (const inputs of [INPUTS, undefined]) {
      const { start, problems } = planOf(pod, inputs);
      expect(problems.map((problem) => (problem.kind === 'fault' ? problem.path : problem.message))).toEqual([
        'spec.containers[0].command[1]',
        'spec.containers[0].args[0]',
      ]);
      expect(JSON.stringify(problems)).toContain('sh -c');
      expect(JSON.stringify(start.command)).not.toContain('hush');
    }
  });

  it('keeps the pod waiting when only the Secret tells that its value would be in it', () => {
    const pod = webPod({ args: ['$(password) $(date)'], envFrom: [{ secretRef: { name: 'db' } }] });
    expect(planOf(pod, INPUTS).problems).toMatchObject([
      { kind: 'unready', reason: 'CreateContainerConfigError', event: 'Failed' },
    ]);
    expect(planOf(pod, inputsOf({ secrets: { db: found({ other: 'x' }) } })).problems).toEqual([]);
    expect(planOf(pod).problems).toEqual([]);
  });
});

describe('the draft', () => {
  const NAMES = ['A', 'B', 'LOCALDOMAIN', 'X_SERVICE_HOST'];
  const name = fc.constantFrom(...NAMES);
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom('x', '$$', '$(date +%s)'),
        name.map((one) => `$(${one})`),
      ),
      { maxLength: 3 },
    )
    .map((parts) => parts.join(''));
  const source = fc.constantFrom('one', 'two', 'none');
  const variable = fc.oneof(
    fc.record({ name, value: text }),
    fc
      .tuple(name, fc.constantFrom('metadata.name', 'metadata.namespace', 'status.podIP'))
      .map(([one, path]) => field(one, path)),
    fc.tuple(name, source, name).map(([one, object, key]) => fromConfigMap(one, object, key, true)),
    fc.tuple(name, source, name).map(([one, object, key]) => fromSecret(one, object, key, true)),
  );
  const prefix = fc.constantFrom('', 'X_');
  const from = fc.oneof(
    fc
      .tuple(prefix, source)
      .map(([before, one]) => ({ prefix: before, configMapRef: { name: one, optional: true } })),
    fc
      .tuple(prefix, source)
      .map(([before, one]) => ({ prefix: before, secretRef: { name: one, optional: true } })),
  );
  const container = fc.record({
    command: fc.array(text, { maxLength: 2 }),
    args: fc.array(text, { maxLength: 2 }),
    env: fc.array(variable, { maxLength: 5 }),
    envFrom: fc.array(from, { maxLength: 2 }),
  });
  const object = fc.dictionary(fc.constantFrom(...NAMES, 'SERVICE_HOST'), fc.constantFrom('', 'v'));
  const sharedPart = (pod: ReturnType<typeof webPod>, inputs?: ReturnType<typeof inputsOf>) => {
    const { start } = planOf(pod, inputs, { serviceLinks: true, clusterDomain: 'cluster.local' });
    const shared = [...start.variables].filter(([, { carrier }]) => carrier === 'shared').sort();
    return {
      shared,
      wrapped: start.wrapped,
      entryPoint: start.perPodProgram ? undefined : start.entryPoint,
      command: start.perPodCommand ? undefined : start.command,
      perPod: [start.perPodCommand, start.perPodProgram],
    };
  };

  it('shares what the launch shares, whatever the objects hold', () => {
    fc.assert(
      fc.property(container, object, object, fc.boolean(), (given, one, two, linked) => {
        const pod = webPod(given);
        const service = {
          namespace: 'shop',
          name: 'x',
          clusterIP: '10.0.0.9',
          ports: [{ port: 1, protocol: 'TCP' }],
        };
        const objects = { one: found(one), two: found(two) };
        const inputs = inputsOf({ configMaps: objects, secrets: objects, services: linked ? [service] : [] });
        expect(sharedPart(pod, inputs)).toEqual(sharedPart(pod));
      }),
      { numRuns: 500 },
    );
  });

  it('stands in for a value in a way that an env file could carry', () => {
    const { start } = planOf(
      webPod({ env: [fromConfigMap('A', 'cfg', 'mode'), fromSecret('B', 'db', 'k')] }),
    );
    expect(carriers(start.variables)).toEqual({ A: 'config', B: 'secret' });
    expect(Object.values(texts(start.variables)).every((value) => value !== '')).toBe(true);
  });
});
