import { expect, it } from 'vitest';
import { allTasksOf, eventOf, IMAGE, insideOf, make, shell, taskOf, type Stage } from './fidelity-stage.ts';
import { isReady, isRunning, openNamespace, podOf } from './world-under-test.ts';

/** What a pod is told: of its task, of its images, and of what it cannot have. */
export function tellRefusals(stage: () => Stage): void {
  it('tells a pod the size, the price and the interface of its task', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'annotated');
    const resources = { requests: { cpu: '300m', memory: '700Mi' } };
    await pods.create(podOf('sized', undefined, { containers: [{ name: 'main', image: IMAGE, resources }] }));
    const pod = await pods.until(
      'sized',
      'is Ready and annotated',
      (seen) => isReady(seen) && seen.metadata.annotations?.['lambdalet.dev/task-size'] !== undefined,
    );
    const { annotations = {} } = pod.metadata;
    expect(annotations).toMatchObject({
      'lambdalet.dev/task-size': '0.5 vCPU, 1 GiB',
      'lambdalet.dev/hourly-price': expect.stringMatching(
        /^0\.0\d{3} USD \(on-demand, eu-west-1 list price\)$/,
      ) as string,
    });
    const interfaces = JSON.parse(annotations['vpc.amazonaws.com/pod-eni'] ?? '[]') as object[];
    expect(interfaces).toMatchObject([
      { eniId: expect.stringMatching(/^eni-/) as string, privateIp: pod.status?.podIP },
    ]);
  });

  it('pulls from a private registry with the login of a pull secret', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'private');
    const auths = { 'registry.example.com': { username: 'ada', password: 'pull-it' } };
    await make(stage(), pods, 'secrets', {
      metadata: { name: 'pull' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
    });
    const spec = {
      containers: [{ name: 'main', image: 'registry.example.com/team/app:1' }],
      imagePullSecrets: [{ name: 'pull' }, { name: 'forgotten' }],
    };
    await pods.create(podOf('app', undefined, spec));
    const pod = await pods.until('app', 'runs', isRunning);
    const { ecs, secretsManager } = world.models;
    const input = { taskDefinition: (await taskOf(world, pod)).taskDefinitionArn };
    const { taskDefinition } = ecs.handle('DescribeTaskDefinition', input, Date.now()) as {
      taskDefinition: {
        containerDefinitions: { repositoryCredentials?: { credentialsParameter: string } }[];
      };
    };
    const credentials = taskDefinition.containerDefinitions[0]?.repositoryCredentials;
    const SecretId = credentials?.credentialsParameter ?? 'none';
    expect(secretsManager.handle('GetSecretValue', { SecretId }, Date.now())).toMatchObject({
      SecretString: JSON.stringify({ username: 'ada', password: 'pull-it' }),
    });
    expect(await eventOf(stage(), pods, 'app', 'FailedToRetrieveImagePullSecret')).toBe(
      'Unable to retrieve some image pull secrets (forgotten); attempting to pull the image may not succeed.',
    );
  });

  it('says that nothing enforces the network policies that select a pod', async () => {
    const pods = await openNamespace(stage().world, 'policed');
    const policy = (name: string, matchLabels: object): object => ({
      metadata: { name },
      spec: { podSelector: { matchLabels }, policyTypes: ['Ingress'] },
    });
    const networking = 'networking.k8s.io/v1/networkpolicies';
    await make(stage(), pods, networking, policy('deny', { tier: 'db' }));
    await make(stage(), pods, networking, policy('others', { tier: 'web' }));
    await pods.create({ ...podOf('db'), metadata: { name: 'db', labels: { tier: 'db' } } });
    await pods.until('db', 'runs', isRunning);
    const message = await eventOf(stage(), pods, 'db', 'NetworkPolicyNotEnforced');
    expect(message).toContain('(deny)');
    const [told] = (await pods.events('db')).filter(({ reason }) => reason === 'NetworkPolicyNotEnforced');
    expect(told?.type).toBe('Warning');
  });

  it('refuses a pod with every fault in one event', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'unsupported');
    const lifecycle = { postStart: { exec: { command: ['true'] } } };
    const spec = {
      ...{ hostNetwork: true, hostPID: true },
      containers: [shell('main', 'true', { securityContext: { privileged: true }, lifecycle })],
      volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }],
    };
    const annotations = { 'lambdalet.dev/capacity-type': 'spot' };
    const pod = await pods.create({
      ...podOf('greedy', undefined, spec),
      metadata: { name: 'greedy', annotations },
    });
    const failed = await pods.until('greedy', 'is Failed', ({ status }) => status?.phase === 'Failed');
    expect(failed.status?.reason).toBe('UnsupportedPodField');
    const told = (await pods.events('greedy')).filter(({ reason }) => reason === 'UnsupportedPodField');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'Warning' });
    for (const path of [
      'spec.hostNetwork',
      'spec.hostPID',
      'spec.containers[0].securityContext.privileged',
      'spec.containers[0].lifecycle.postStart',
      'spec.volumes[0].hostPath',
      'metadata.annotations["lambdalet.dev/capacity-type"]',
    ])
      expect(told[0]?.message).toContain(path);
    expect(await allTasksOf(world, pod)).toEqual([]);
  });

  it('refuses the value of a Secret in a command', async () => {
    const { world } = stage();
    const pods = await openNamespace(world, 'indiscreet');
    await make(stage(), pods, 'secrets', { metadata: { name: 'word' }, stringData: { word: 'hush' } });
    const env = [{ name: 'WORD', valueFrom: { secretKeyRef: { name: 'word', key: 'word' } } }];
    const containers = [{ name: 'main', image: IMAGE, command: ['login', '--word=$(WORD)'], env }];
    await pods.create(podOf('shouts', undefined, { containers }));
    const failed = await pods.until('shouts', 'is Failed', ({ status }) => status?.phase === 'Failed');
    expect(failed.status?.message).toContain('spec.containers[0].command[1]');
    const quiet = [shell('main', 'exec sleep infinity "$WORD"', { env })];
    await pods.create(podOf('whispers', undefined, { containers: quiet }));
    const pod = await pods.until('whispers', 'runs', isRunning);
    expect((await insideOf(world, pod)).environment).toMatchObject({ WORD: 'hush' });
  });
}
