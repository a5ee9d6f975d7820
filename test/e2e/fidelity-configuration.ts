import { expect, it } from 'vitest';
import { conditionOf, eventOf, insideOf, make, shell, type Stage } from './fidelity-stage.ts';
import { eventually, isReady, isRunning, openNamespace, podOf } from './world-under-test.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Environment, files and tokens of pods. */
export function tellConfiguration(stage: () => Stage): void {
  it('gives a pod its environment out of ConfigMaps, Secrets and its own fields', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'variables');
    await make(stage(), pods, 'configmaps', {
      metadata: { name: 'settings' },
      data: { COLOR: 'blue', LINES: 'one\ntwo', EMPTY: '' },
    });
    await make(stage(), pods, 'secrets', {
      metadata: { name: 'login' },
      stringData: { user: 'ada', password: 'open "sesame"', KEY: 'begin\nend\n' },
    });
    const env = [
      { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'COLOR' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
      { name: 'URL', value: 'http://$(LOGIN_user):$(PASSWORD)@db/$(COLOR)' },
      { name: 'LITERAL', value: '$$(COLOR) $(NOBODY)' },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ];
    const envFrom = [
      { prefix: 'CFG_', configMapRef: { name: 'settings' } },
      { prefix: 'LOGIN_', secretRef: { name: 'login' } },
    ];
    const containers = [shell('main', 'echo "address=$ADDRESS of $POD"; sleep infinity', { env, envFrom })];
    await pods.create(podOf('env', undefined, { containers }));
    const pod = await pods.until('env', 'runs', isRunning);
    const { environment } = await insideOf(world, pod);
    expect(environment).toMatchObject({
      ...{ COLOR: 'blue', CFG_COLOR: 'blue', CFG_LINES: 'one\ntwo', CFG_EMPTY: '' },
      ...{ LOGIN_user: 'ada', LOGIN_password: 'open "sesame"', LOGIN_KEY: 'begin\nend\n' },
      ...{ PASSWORD: 'open "sesame"', URL: 'http://ada:open "sesame"@db/blue' },
      ...{ LITERAL: '$(COLOR) $(NOBODY)', POD: 'env', NODE: world.node },
    });
    const [line] = await eventually(world, 'the container tells its address', async () => {
      const lines = await world.readLog(`of env`);
      return lines.length > 0 ? lines : undefined;
    });
    expect(line).toBe(`address=${pod.status?.podIP ?? 'none'} of env`);
  });

  it('waits for a ConfigMap that is not there, and runs by itself once it is', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'patient');
    const env = [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'later', key: 'COLOR' } } }];
    const containers = [shell('main', 'sleep infinity', { env })];
    await pods.create(podOf('early', undefined, { containers }));
    const waiting = await pods.until(
      'early',
      'waits in CreateContainerConfigError',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(waiting.status?.phase).toBe('Pending');
    expect(await eventOf(stage(), pods, 'early', 'MandatoryConfigMapNotFound')).toBe(
      'configmap "later" not found',
    );
    expect(await eventOf(stage(), pods, 'early', 'Failed', 'configmap "later" not found')).toBeDefined();
    await make(stage(), pods, 'configmaps', { metadata: { name: 'later' }, data: { COLOR: 'red' } });
    const pod = await pods.until('early', 'runs by itself', isRunning, 90_000);
    expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    expect((await insideOf(world, pod)).environment).toMatchObject({ COLOR: 'red' });
  });

  it('runs without what is optional and not there, and says so', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'optional');
    const env = [
      { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'no-map', key: 'COLOR', optional: true } } },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 'no-secret', key: 'word', optional: true } } },
    ];
    const volumes = [{ name: 'maybe', configMap: { name: 'no-map', optional: true } }];
    const volumeMounts = [{ name: 'maybe', mountPath: '/maybe' }];
    const containers = [shell('main', 'sleep infinity', { env, volumeMounts })];
    await pods.create(podOf('without', undefined, { containers, volumes }));
    const pod = await pods.until('without', 'is Ready', isReady);
    const { environment, files } = await insideOf(world, pod);
    expect(environment).not.toHaveProperty('COLOR');
    expect(environment).not.toHaveProperty('WORD');
    expect(Object.keys(files).filter((path) => path.startsWith('/maybe'))).toEqual([]);
    expect(await eventOf(stage(), pods, 'without', 'OptionalConfigMapNotFound')).toContain('"no-map"');
    expect(await eventOf(stage(), pods, 'without', 'OptionalSecretNotFound')).toContain('"no-secret"');
  });

  it('lays out the files of every kind of volume, with their modes', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'volumes');
    await make(stage(), pods, 'configmaps', {
      metadata: { name: 'web' },
      data: { 'web.conf': 'listen 80\n', unused: 'x' },
      binaryData: { logo: Buffer.from([0, 1, 2, 255]).toString('base64') },
    });
    await make(stage(), pods, 'secrets', { metadata: { name: 'key' }, stringData: { 'tls.key': 'private' } });
    const volumes = [
      {
        name: 'conf',
        configMap: { name: 'web', items: [{ key: 'web.conf', path: 'conf.d/site.conf', mode: 0o640 }] },
      },
      { name: 'all', configMap: { name: 'web' } },
      { name: 'key', secret: { secretName: 'key', defaultMode: 0o400 } },
      {
        name: 'info',
        downwardAPI: { items: [{ path: 'tier', fieldRef: { fieldPath: "metadata.labels['tier']" } }] },
      },
      {
        name: 'mixed',
        projected: {
          defaultMode: 0o444,
          sources: [
            { configMap: { name: 'web', items: [{ key: 'web.conf', path: 'web.conf' }] } },
            { secret: { name: 'key' } },
            { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
          ],
        },
      },
    ];
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/etc/${name}` }));
    const containers = [shell('main', 'cat /etc/conf/conf.d/site.conf; sleep infinity', { volumeMounts })];
    const spec = { containers, volumes };
    await pods.create({
      ...podOf('files', undefined, spec),
      metadata: { name: 'files', labels: { tier: 'web' } },
    });
    const pod = await pods.until('files', 'runs', isRunning);
    const { files } = await insideOf(world, pod);
    expect(files).toMatchObject({
      '/etc/conf/conf.d/site.conf': { text: 'listen 80\n', mode: '0640' },
      '/etc/all/web.conf': { text: 'listen 80\n', mode: '0644' },
      '/etc/all/unused': { text: 'x', mode: '0644' },
      '/etc/key/tls.key': { text: 'private', mode: '0400' },
      '/etc/info/tier': { text: 'web', mode: '0644' },
      '/etc/mixed/web.conf': { text: 'listen 80\n', mode: '0444' },
      '/etc/mixed/tls.key': { text: 'private', mode: '0444' },
      '/etc/mixed/name': { text: 'files', mode: '0444' },
    });
    expect(files).not.toHaveProperty(['/etc/conf/unused']);
    expect(files).toHaveProperty(['/etc/all/logo']);
    // The token of the account that may do nothing is left out.
    expect(Object.keys(files).filter((path) => path.startsWith(ACCOUNT))).toEqual([]);
    expect(await world.readLog('listen 80')).toHaveLength(1);
  });

  it('waits with ContainerCreating for a Secret that a volume needs', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'mounting');
    const volumes = [{ name: 'key', secret: { secretName: 'not-yet' } }];
    const volumeMounts = [{ name: 'key', mountPath: '/key' }];
    const containers = [shell('main', 'sleep infinity', { volumeMounts })];
    await pods.create(podOf('mounts', undefined, { containers, volumes }));
    expect(await eventOf(stage(), pods, 'mounts', 'FailedMount', 'not-yet')).toContain('not found');
    const waiting = await pods.until(
      'mounts',
      'waits in ContainerCreating',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ContainerCreating',
    );
    expect(waiting.status?.phase).toBe('Pending');
    await make(stage(), pods, 'secrets', { metadata: { name: 'not-yet' }, stringData: { word: 'now' } });
    const pod = await pods.until('mounts', 'runs by itself', isRunning, 90_000);
    expect((await insideOf(world, pod)).files).toHaveProperty(['/key/word', 'text'], 'now');
  });

  it('gives a pod with a service account a token that the API server knows, until the pod goes', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'tokens');
    await make(stage(), pods, 'serviceaccounts', { metadata: { name: 'robot' } });
    const volumes = [
      {
        name: 'vault',
        projected: {
          sources: [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 900 } }],
        },
      },
    ];
    const containers = [
      shell('main', 'sleep infinity', { volumeMounts: [{ name: 'vault', mountPath: '/vault' }] }),
    ];
    // The root certificate is published into a new namespace a moment later, and nothing starts without it.
    await pods.create(podOf('robot', undefined, { serviceAccountName: 'robot', containers, volumes }));
    const pod = await pods.until('robot', 'runs', isRunning, 90_000);
    const { environment, files } = await insideOf(world, pod);
    const server = new URL(/server: (\S+)/.exec(world.cluster.kubeconfig)?.[1] ?? '');
    expect(environment).toMatchObject({
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
    });
    expect(files[`${ACCOUNT}/namespace`]?.text).toBe('tokens');
    expect(files[`${ACCOUNT}/ca.crt`]?.text).toContain('BEGIN CERTIFICATE');
    const token = files[`${ACCOUNT}/token`]?.text ?? '';
    const review = async (text: string, audiences?: readonly string[]): Promise<Review> => {
      const body = { spec: { token: text, ...(audiences && { audiences }) } };
      const path = '/apis/authentication.k8s.io/v1/tokenreviews';
      return ((await world.user.demand('POST', path, body)) as { status: Review }).status;
    };
    expect(await review(token)).toMatchObject({
      authenticated: true,
      user: {
        username: 'system:serviceaccount:tokens:robot',
        extra: {
          'authentication.kubernetes.io/pod-name': ['robot'],
          'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
        },
      },
    });
    const vault = files['/vault/token']?.text ?? '';
    expect(await review(vault, ['vault'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
    expect((await review(vault)).authenticated).not.toBe(true);
    await pods.remove('robot', 0);
    // A real API server remembers what it found of a token for some seconds.
    await eventually(world, 'the token is no longer valid', async () =>
      (await review(token)).authenticated === true ? undefined : true,
    );
    expect(conditionOf(pod, 'PodScheduled')?.status).toBe('True');
  });
}

interface Review {
  readonly authenticated?: boolean;
}
