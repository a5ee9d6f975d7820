import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../../lib/core/kubernetes.ts';
import { defaultPodSpec } from '../../lib/local/api-server/kinds/pod/default-pod.ts';
import { chooseCapabilities } from '../../lib/providers/ecs-fargate/choose-capabilities.ts';
import { judgePod } from '../../lib/providers/ecs-fargate/field-support.ts';
import {
  isCompatibilityStale,
  renderCompatibility,
} from '../../lib/providers/ecs-fargate/write-compatibility.ts';
import { aContainer, aPod, aPodWith, withToken } from './fixtures.ts';

const faultsOf = (pod: Pod) => judgePod(pod).faults.map(({ path }) => path);
const warningsOf = (pod: Pod) => judgePod(pod).warnings.map(({ path }) => path);

describe('judging a pod', () => {
  it('accepts all that the API server and admission add to a plain pod, without a word', () => {
    const plain = { containers: [aContainer({ ports: [{ containerPort: 80 }] })] };
    const spec = {
      ...withToken(defaultPodSpec(plain) as unknown as PodSpec, 'x7k2p'),
      serviceAccount: 'default',
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
    };
    expect(judgePod(aPod(spec))).toEqual({ faults: [], warnings: [] });
  });

  it('names all faults at once, each by its full path', () => {
    const pod = aPod({
      hostNetwork: true,
      initContainers: [aContainer({ name: 'init' })],
      containers: [
        aContainer({ securityContext: { privileged: true }, livenessProbe: { httpGet: { port: 80 } } }),
        aContainer({
          name: 'side',
          env: [
            { name: 'OK', value: '1' },
            { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
          ],
          resources: { limits: { 'nvidia.com/gpu': '1' } },
        }),
      ],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
    });
    expect(faultsOf(pod)).toEqual([
      'spec.containers[0].livenessProbe.httpGet',
      'spec.containers[0].securityContext.privileged',
      'spec.containers[1].env[1].valueFrom.secretKeyRef',
      'spec.containers[1].resources.limits["nvidia.com/gpu"]',
      'spec.hostNetwork',
      'spec.initContainers',
      'spec.volumes[0].hostPath',
    ]);
  });

  it('says with every fault what to do about it', () => {
    const pod = aPodWith({ envFrom: [{ configMapRef: { name: 'c' } }] }, { hostPID: true });
    for (const { note } of judgePod(pod).faults)
      expect(note).toMatch(/: (write|take|use|run|do|let)\b|instead/);
  });

  it.each<[string, Partial<PodSpec>]>([
    ['spec.hostIPC', { hostIPC: true }],
    ['spec.hostAliases', { hostAliases: [{ ip: '1.2.3.4', hostnames: ['a'] }] }],
    ['spec.dnsPolicy', { dnsPolicy: 'None' }],
    ['spec.dnsConfig', { dnsConfig: { nameservers: ['1.1.1.1'] } }],
    ['spec.imagePullSecrets', { imagePullSecrets: [{ name: 'r' }] }],
    ['spec.os.name', { os: { name: 'windows' } }],
    ['spec.runtimeClassName', { runtimeClassName: 'gvisor' }],
    ['spec.resourceClaims', { resourceClaims: [{ name: 'gpu' }] }],
    ['spec.setHostnameAsFQDN', { setHostnameAsFQDN: true }],
    ['spec.overhead.cpu', { overhead: { cpu: 'lots' } }],
    ['spec.securityContext.sysctls', { securityContext: { sysctls: [{ name: 'a', value: '1' }] } }],
    ['spec.securityContext.supplementalGroups', { securityContext: { supplementalGroups: [1] } }],
    [
      'spec.securityContext.seccompProfile.type',
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    ],
    ['spec.volumes[0].configMap', { volumes: [{ name: 'c', configMap: { name: 'c' } }] }],
    ['spec.volumes[0].projected', { volumes: [{ name: 'aws-iam-token', projected: { sources: [] } }] }],
    ['spec.volumes[0].emptyDir.medium', { volumes: [{ name: 'm', emptyDir: { medium: 'Memory' } }] }],
  ])('refuses %s', (path, spec) => {
    expect(faultsOf(aPod(spec))).toEqual([path]);
  });

  it.each<[string, Partial<Container>]>([
    ['envFrom', { envFrom: [{ secretRef: { name: 's' } }] }],
    ['env[0].valueFrom.configMapKeyRef', { env: [refTo({ configMapKeyRef: { name: 'c', key: 'k' } })] }],
    ['env[0].valueFrom.fieldRef.fieldPath', { env: [refTo({ fieldRef: { fieldPath: 'status.podIP' } })] }],
    [
      'env[0].valueFrom.resourceFieldRef.resource',
      { env: [refTo({ resourceFieldRef: { resource: 'limits.ephemeral-storage' } })] },
    ],
    ['imagePullPolicy', { imagePullPolicy: 'Never' }],
    ['image', { image: 'a'.repeat(256) }],
    ['lifecycle.preStop', { lifecycle: { preStop: { exec: { command: ['true'] } } } }],
    ['readinessProbe.exec', { readinessProbe: { exec: { command: ['true'] }, periodSeconds: 5 } }],
    ['ports[0].hostPort', { ports: [{ containerPort: 80, hostPort: 8080 }] }],
    ['ports[0].protocol', { ports: [{ containerPort: 80, protocol: 'SCTP' }] }],
    ['resources.claims', { resources: { claims: [{ name: 'gpu' }] } }],
    ['resources.limits.memory', { resources: { limits: { memory: 'much' } } }],
    ['restartPolicy', { restartPolicy: 'Always' }],
    ['volumeDevices', { volumeDevices: [{ name: 'd', devicePath: '/dev/x' }] }],
    ['securityContext.procMount', { securityContext: { procMount: 'Unmasked' } }],
    ['securityContext.seLinuxOptions', { securityContext: { seLinuxOptions: { level: 's0' } } }],
    ['securityContext.capabilities.add[1]', capabilities({ add: ['SYS_PTRACE', 'NET_ADMIN'] })],
    ['securityContext.capabilities.drop[0]', capabilities({ drop: ['NONSENSE'] })],
    ['securityContext.runAsGroup', { securityContext: { runAsGroup: 5 } }],
    ['securityContext.runAsUser', { securityContext: { runAsNonRoot: true, runAsUser: 0 } }],
  ])('refuses %s of a container', (path, container) => {
    expect(faultsOf(aPodWith(container))).toEqual([`spec.containers[0].${path}`]);
  });

  it.each<[string, Partial<Container>]>([
    ['a host port that is the container port', { ports: [{ containerPort: 80, hostPort: 80 }] }],
    ['a default probe of nothing', { livenessProbe: { periodSeconds: 10 } }],
    ['an empty lifecycle', { lifecycle: {} }],
    ['nothing privileged', { securityContext: { privileged: false, procMount: 'Default' } }],
    ['NET_BIND_SERVICE after ALL', capabilities({ drop: ['ALL'], add: ['NET_BIND_SERVICE'] })],
    ['no extended resources', { resources: { limits: { 'nvidia.com/gpu': '0' } } }],
  ])('accepts %s', (_, container) => {
    expect(judgePod(aPodWith(container))).toEqual({ faults: [], warnings: [] });
  });

  it('refuses several containers that end one by one, and takes them when they restart together', () => {
    const containers = [aContainer(), aContainer({ name: 'side' })];
    expect(faultsOf(aPod({ containers, restartPolicy: 'OnFailure' }))).toEqual(['spec.containers']);
    expect(faultsOf(aPod({ containers, restartPolicy: 'Always' }))).toEqual([]);
  });

  it('refuses more containers than a task has room for', () => {
    const containers = Array.from({ length: 11 }, (_, index) => aContainer({ name: `c${index}` }));
    expect(faultsOf(aPod({ containers }))).toEqual(['spec.containers']);
  });

  it('refuses an emptyDir that its container could not write to', () => {
    const volumes = [{ name: 'work', emptyDir: {} }];
    const mounts = { volumeMounts: [{ name: 'work', mountPath: '/work' }] };
    expect(faultsOf(aPodWith(mounts, { volumes }))).toEqual([]);
    expect(faultsOf(aPodWith(mounts, { volumes, securityContext: { runAsUser: 1000 } }))).toEqual([
      'spec.containers[0].volumeMounts[0]',
    ]);
    expect(faultsOf(aPod({ volumes, securityContext: { fsGroup: 1000 } }))).toEqual([
      'spec.securityContext.fsGroup',
    ]);
  });

  it('takes only the real service account volume for one', () => {
    const hidden = { name: 'kube-api-access-abcde', hostPath: { path: '/etc' } };
    expect(faultsOf(aPod({ volumes: [hidden] }))).toEqual(['spec.volumes[0].hostPath']);
    const secret = { name: 'kube-api-access-abcde', projected: { sources: [{ secret: { name: 's' } }] } };
    expect(faultsOf(aPod({ volumes: [secret] }))).toEqual(['spec.volumes[0].projected']);
  });

  it('warns of what it cannot hold to', () => {
    const pod = aPodWith(
      {
        terminationMessagePath: '/tmp/last-words',
        securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true },
      },
      { terminationGracePeriodSeconds: 600, securityContext: { fsGroup: 5 } },
    );
    expect(faultsOf(pod)).toEqual([]);
    expect(warningsOf(pod)).toEqual([
      'spec.containers[0].securityContext.allowPrivilegeEscalation',
      'spec.containers[0].terminationMessagePath',
      'spec.containers[0].securityContext.runAsNonRoot',
      'spec.securityContext.fsGroup',
      'spec.terminationGracePeriodSeconds',
    ]);
  });

  it('warns of a field that is newer than this version', () => {
    const pod = aPod({ quantumPolicy: 'Entangled' } as Partial<PodSpec>);
    expect(judgePod(pod)).toEqual({
      faults: [],
      warnings: [{ path: 'spec.quantumPolicy', note: expect.stringContaining('newer') as string }],
    });
  });
});

describe('choosing capabilities', () => {
  it.each([
    [{}, {}],
    [{ drop: ['ALL'] }, { drop: ['ALL'] }],
    [{ drop: ['NET_RAW'] }, { drop: ['NET_RAW'] }],
    [
      { add: ['SYS_PTRACE'], drop: ['ALL'] },
      { add: ['SYS_PTRACE'], drop: ['ALL'] },
    ],
    [{ add: ['CHOWN'] }, {}],
    [{ add: ['NET_RAW'], drop: ['ALL', 'NET_RAW'] }, { drop: ['ALL'] }],
  ])('makes of %j: %j', (given, expected) => {
    expect(chooseCapabilities(given)).toEqual(expected);
  });

  it('drops all the others by name to keep a default one', () => {
    const { drop = [] } = chooseCapabilities({ add: ['NET_BIND_SERVICE'], drop: ['ALL'] });
    expect(drop).toHaveLength(13);
    expect(drop).not.toContain('NET_BIND_SERVICE');
  });
});

describe('the page of what a pod may ask for', () => {
  it('is generated from the tables and up to date', () => {
    expect(
      isCompatibilityStale(),
      'run `node lib/providers/ecs-fargate/write-compatibility.ts` and commit docs/pod-compatibility.md',
    ).toBe(false);
  });

  it('has a row for every field', () => {
    expect(renderCompatibility()).toContain('| `privileged` | rejected |');
    expect(renderCompatibility().match(/^\| `/gm)?.length).toBeGreaterThan(150);
  });
});

function refTo(valueFrom: NonNullable<NonNullable<Container['env']>[number]['valueFrom']>) {
  return { name: 'X', valueFrom };
}

function capabilities(given: { add?: string[]; drop?: string[] }): Partial<Container> {
  return { securityContext: { capabilities: given } };
}
