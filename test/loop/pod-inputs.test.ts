import { describe, expect, it } from 'vitest';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import { readInputs } from '../../lib/loop/read-inputs.ts';
import { expectLogged } from '../memory/memory-telemetry.ts';
import { createWorld, intercept, type LoopWorld } from '../support/vocabulary-loop.ts';
import { passes, tokensOf } from '../support/vocabulary-launch.ts';
import { aNodeSettings, SECOND } from '../support/vocabulary.ts';

const image = 'registry.invalid/main:1';
const fromConfig = { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'app', key: 'mode' } } };
const spec = { containers: [{ name: 'main', image, env: [fromConfig] }] };
const app = { kind: 'ConfigMap', metadata: { name: 'app' }, data: { mode: 'fast' } } as const;

const put = (
  world: LoopWorld,
  ...manifests: Parameters<LoopWorld['kubernetes']['controls']['putObject']>[0][]
) => {
  for (const manifest of manifests) world.kubernetes.controls.putObject(manifest);
};
const readsOf = (world: LoopWorld): readonly string[] =>
  world.kubernetes.controls.calls
    .map(({ method }) => method)
    .filter((method) => method.startsWith('objects.'));

describe('a pod that refers to a ConfigMap', () => {
  it('that is not there waits with the kubelet’s reason, and starts soon after it is made', async () => {
    const world = createWorld();
    world.bind({ spec });
    await world.pass();
    expect(world.line()).toBe('Pending; main: waiting CreateContainerConfigError');
    expect(world.record()).toMatchObject({
      state: 'claimed',
      attempt: 1,
      refusal: { kind: 'configuration' },
    });
    put(world, app);
    await passes(world, 2);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1, files: true });
    expect(world.record()?.refusal, 'what is over is not kept').toBeUndefined();
  });

  it('is read for each launch anew', async () => {
    const world = createWorld();
    put(world, app);
    world.bind({ spec });
    await world.pass();
    expect(readsOf(world).toSorted()).toEqual([
      'objects.configMap',
      'objects.networkPolicies',
      'objects.serviceAccount',
    ]);
  });

  it('gives the permission to launch back while it waits, so that it starves nobody', async () => {
    const world = createWorld();
    world.bind({ spec });
    const before = world.deps.launches;
    await world.pass();
    expect(tokensOf(world), 'it was sent once, to be refused').toHaveLength(1);
    let granted = 0;
    const signal = AbortSignal.timeout(60_000);
    while (granted < 20) {
      await before.turn('on-demand', signal);
      granted += 1;
    }
    expect(granted, 'the whole burst is there for others').toBe(20);
  });

  it('waits a minute at most between two tries', async () => {
    const world = createWorld();
    world.bind({ spec });
    await passes(world, 40);
    const { nextTryAt, refusal } = world.record()!;
    expect(refusal!.tries).toBeGreaterThan(6);
    expect(nextTryAt! - refusal!.at).toBe(60 * SECOND);
  });

  it('is started later when the API server does not answer', async () => {
    const world = createWorld();
    put(world, app);
    world.bind({ spec });
    world.kubernetes.controls.failNext('objects.configMap', { kind: 'transient', message: 'no answer' });
    await world.pass();
    expect(world.record()).toMatchObject({ state: 'claimed' });
    expectLogged(world.telemetry, 'warn', 'Pod action failed', { action: 'launch' });
    await passes(world, 6);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1 });
  });
});

describe('a pod that wants a token, too', () => {
  const sources = [{ serviceAccountToken: { path: 'token', audience: 'vault' } }];
  const main = { name: 'main', image, env: [fromConfig], volumeMounts: [{ name: 't', mountPath: '/t' }] };
  const wanting = {
    serviceAccountName: 'robot',
    volumes: [{ name: 't', projected: { sources } }],
    containers: [main],
  };
  const tokens = (world: LoopWorld): number =>
    readsOf(world).filter((method) => method === 'objects.token').length;

  it('is given one with its first try and with the one that starts it, none while it waits', async () => {
    const world = createWorld();
    world.bind({ spec: wanting });
    await world.pass();
    expect(tokens(world)).toBe(1);
    await passes(world, 30);
    expect(world.record()?.refusal?.tries).toBeGreaterThan(5);
    expect([tokens(world), tokensOf(world).length], 'nothing is sent, either').toEqual([1, 1]);
    expect(world.line()).toBe('Pending; main: waiting CreateContainerConfigError');
    put(world, app);
    await passes(world, 6);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 1, try: 0 });
    expect(tokens(world)).toBe(2);
  });

  it('costs no permission to launch while it waits', async () => {
    const world = createWorld();
    world.bind({ spec: wanting });
    await passes(world, 8);
    let granted = 0;
    for (; granted < 20; granted += 1)
      await world.deps.launches.turn('on-demand', AbortSignal.timeout(60_000));
    expect(granted, 'the whole burst is there for others').toBe(20);
  });

  it('is not given what its task leaves out', async () => {
    const world = createWorld();
    put(world, app);
    intercept(world, 'provider', 'needsOf', (needsOf) => (...pod) => ({ ...needsOf(...pod), tokens: [] }));
    world.bind({ spec: wanting });
    await world.pass();
    expect(world.record()).toMatchObject({ state: 'launched' });
    expect(tokens(world)).toBe(0);
  });
});

describe('what is stored for an attempt', () => {
  it('is removed as soon as its containers run, and only then', async () => {
    const world = createWorld();
    put(world, app);
    world.bind({ spec });
    await passes(world, 2);
    expect(world.provider.files()).toHaveLength(1);
    await world.tell(world.provider.start(world.task().task.arn));
    expect(world.provider.files(), 'the event function does not talk to the provider').toHaveLength(1);
    await world.pass();
    expect(world.provider.files()).toEqual([]);
    expect(world.record()?.files).toBeUndefined();
    await passes(world, 3);
    expect(world.provider.calls.filter(({ method }) => method === 'clearFiles')).toHaveLength(1);
  });

  it('is removed when the task ends before anyone saw it run', async () => {
    const world = createWorld();
    put(world, app);
    world.bind({ spec: { ...spec, restartPolicy: 'Never' } });
    await world.pass();
    world.provider.exit(world.task().task.arn, 0);
    await passes(world, 30);
    expect(world.line()).toBe('Succeeded; main: terminated Completed 0');
    expect(world.provider.files()).toEqual([]);
  });

  it('is stored again for the next attempt', async () => {
    const world = createWorld();
    put(world, app);
    world.bind({ spec });
    await world.pass();
    await world.tell(world.provider.start(world.task().task.arn));
    await world.pass();
    await world.tell(world.provider.exit(world.task().task.arn, 1));
    await passes(world, 3);
    expect(world.record()).toMatchObject({ state: 'launched', attempt: 2, files: true });
    expect(world.provider.files()).toEqual([expect.stringMatching(/\/2$/)]);
  });

  it('that cannot be removed holds up neither the status nor the pod', async () => {
    const world = createWorld();
    put(world, app);
    world.bind({ spec });
    await world.pass();
    for (let time = 0; time < 3; time += 1)
      world.provider.failNext('clearFiles', { kind: 'auth', message: 'AccessDenied' });
    await world.tell(world.provider.start(world.task().task.arn));
    await world.pass();
    expect(world.line()).toBe('Running; main: running');
    expect(world.record()?.files).toBe(true);
  });
});

describe('what a launch tells', () => {
  it('is an event of the pod', async () => {
    const world = createWorld();
    world.provider.tellNext({ type: 'Warning', reason: 'NetworkPolicyNotEnforced', message: 'by deny-all' });
    world.bind();
    await world.pass();
    expect(world.reasons()).toEqual(['NetworkPolicyNotEnforced']);
  });
});

describe('the inputs of a launch', () => {
  let pods = 0;
  const read = async (world: LoopWorld, node: Partial<NodeSettings> = {}, words = {}) =>
    readInputs(
      world.bind({ name: `pod-${(pods += 1)}`, spec: { ...spec, ...words } }),
      aNodeSettings(node),
      world.kubernetes.objects,
    );

  it('are what the pod refers to, as it is or as it cannot be read', async () => {
    const world = createWorld();
    const { configMaps, tokens, apiEndpoint, serviceAccount, services } = await read(world);
    expect([...configMaps]).toEqual([['app', { kind: 'absent' }]]);
    expect(serviceAccount).toMatchObject({ kind: 'found' });
    expect([tokens.size, apiEndpoint, services]).toEqual([0, undefined, []]);
  });

  it('name the network policies that select it', async () => {
    const world = createWorld();
    const policy = (name: string, podSelector: object) =>
      ({ kind: 'NetworkPolicy', metadata: { name }, spec: { podSelector } }) as const;
    put(world, policy('all', {}), policy('db', { matchLabels: { app: 'db' } }));
    expect((await read(world)).networkPolicies).toEqual(['all']);
    world.kubernetes.controls.forbid('NetworkPolicy');
    const unknown = await read(world);
    expect(unknown.networkPolicies).toEqual([]);
    expect(unknown.policiesUnknown, 'nobody may take them for none').toContain('networkpolicies');
  });

  it('hold the variables of Services only where the node gives them', async () => {
    const world = createWorld();
    put(world, { kind: 'Service', metadata: { name: 'db' }, spec: { ports: [{ port: 5432 }] } });
    expect((await read(world)).services).toEqual([]);
    const given = await read(world, { serviceLinks: true });
    expect(given.services.map(({ name }) => name)).toContain('db');
    expect((await read(world, { serviceLinks: true }, { enableServiceLinks: false })).services).toEqual([]);
  });

  it('hold a token with the endpoint at which it is good, and the service account', async () => {
    const world = createWorld();
    const sources = [{ serviceAccountToken: { path: 'token', audience: 'vault' } }];
    const words = {
      serviceAccountName: 'robot',
      volumes: [{ name: 't', projected: { sources } }],
      containers: [{ name: 'main', image, volumeMounts: [{ name: 't', mountPath: '/t' }] }],
    };
    put(world, { kind: 'ServiceAccount', metadata: { name: 'robot' } });
    const inputs = await read(world, { apiEndpoint: 'api.example.com' }, words);
    expect([...inputs.tokens.keys()]).toEqual(['86400/vault']);
    expect(inputs.apiEndpoint).toEqual({ host: 'api.example.com', port: '443' });
    expect(inputs.serviceAccount).toMatchObject({ kind: 'found' });
    const own = await read(world, {}, words);
    expect(own.apiEndpoint).toEqual(await world.kubernetes.objects.endpoint());
    const other = await read(world, { apiEndpoint: 'api.example.com:6443' }, words);
    expect(other.apiEndpoint).toEqual({ host: 'api.example.com', port: '6443' });
  });
});

describe('an event that is faster than the answer of a launch', () => {
  it('does not make what is stored for the attempt stay for ever, nor lose what the pod is told', async () => {
    const world = createWorld();
    put(world, app);
    world.bind({ spec });
    intercept(world, 'provider', 'launch', (launch) => async (...args) => {
      const outcome = await launch(...args);
      await world.tell(world.task());
      return outcome;
    });
    await world.pass();
    expect(world.record()).toMatchObject({ state: 'launched', files: true });
    await world.tell(world.provider.start(world.task().task.arn));
    await passes(world, 2);
    expect(world.provider.files()).toEqual([]);
  });
});
