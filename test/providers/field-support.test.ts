import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../../lib/core/kubernetes.ts';
import { defaultPodSpec } from '../../lib/local/api-server/kinds/pod/default-pod.ts';
import { chooseCapabilities } from '../../lib/providers/ecs-fargate/support/choose-capabilities.ts';
import { judgePod, listFieldUses } from '../../lib/providers/ecs-fargate/support/field-support.ts';
import {
  renderCompatibility,
  staleFiles,
} from '../../lib/providers/ecs-fargate/support/write-compatibility.ts';
import { aContainer, aPod, aPodWith, ON_DEMAND, withToken } from './fixtures.ts';

const CONTEXT = { node: ON_DEMAND, settings: { probes: true } };
const judge = (pod: Pod) => judgePod(pod, CONTEXT);
const faultsOf = (pod: Pod) => judge(pod).faults.map(({ path }) => path);
const warningsOf = (pod: Pod) => judge(pod).warnings.map(({ path }) => path);

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
    expect(judge(aPod(spec))).toEqual({ faults: [], warnings: [] });
  });

  it('names all faults at once, each by its full path', () => {
    const pod = aPod({
      hostNetwork: true,
      initContainers: [aContainer({ name: 'init', volumeDevices: [{ name: 'd', devicePath: '/dev/x' }] })],
      containers: [
        aContainer({
          securityContext: { privileged: true },
          livenessProbe: { httpGet: { port: 80, host: '127.0.0.1' } },
        }),
        aContainer({
          name: 'side',
          env: [
            { name: 'OK', value: '1' },
            { name: 'KEY', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } } },
          ],
          resources: { limits: { 'nvidia.com/gpu': '1' } },
        }),
      ],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
    });
    expect(faultsOf(pod)).toEqual([
      'spec.containers[0].livenessProbe.httpGet.host',
      'spec.containers[0].securityContext.privileged',
      'spec.containers[1].env[1].valueFrom.fileKeyRef',
      'spec.containers[1].resources.limits["nvidia.com/gpu"]',
      'spec.hostNetwork',
      'spec.initContainers[0].volumeDevices',
      'spec.volumes[0].hostPath',
    ]);
  });

  it.each<[string, Partial<PodSpec>]>([
    ['spec.hostIPC', { hostIPC: true }],
    ['spec.hostPID', { hostPID: true }],
    ['spec.hostAliases[0].hostnames', { hostAliases: [{ ip: '1.2.3.4', hostnames: ['a'] }] }],
    ['spec.dnsPolicy', { dnsPolicy: 'None' }],
    ['spec.dnsConfig.nameservers', { dnsConfig: { nameservers: ['1.1.1.1'] } }],
    ['spec.hostnameOverride', { hostnameOverride: 'a.b' }],
    ['spec.os.name', { os: { name: 'windows' } }],
    ['spec.runtimeClassName', { runtimeClassName: 'gvisor' }],
    ['spec.resourceClaims', { resourceClaims: [{ name: 'gpu' }] }],
    ['spec.setHostnameAsFQDN', { setHostnameAsFQDN: true }],
    ['spec.overhead.cpu', { overhead: { cpu: 'lots' } }],
    [
      'spec.securityContext.sysctls[0].name',
      { securityContext: { sysctls: [{ name: 'kernel.panic', value: '1' }] } },
    ],
    ['spec.securityContext.supplementalGroups', { securityContext: { supplementalGroups: [1] } }],
    [
      'spec.securityContext.seccompProfile.type',
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    ],
    [
      'spec.volumes[0].projected.sources[0].clusterTrustBundle',
      {
        volumes: [{ name: 'c', projected: { sources: [{ clusterTrustBundle: { name: 'b', path: 'p' } }] } }],
      },
    ],
    [
      'spec.volumes[0].projected.sources[0].podCertificate',
      {
        volumes: [
          { name: 'c', projected: { sources: [{ podCertificate: { keyType: 'RSA', signerName: 's' } }] } },
        ],
      },
    ],
    [
      'spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath',
      {
        volumes: [
          { name: 'd', downwardAPI: { items: [{ path: 'ip', fieldRef: { fieldPath: 'status.podIP' } }] } },
        ],
      },
    ],
    ['spec.volumes[0].csi', { volumes: [{ name: 's', csi: { driver: 'secrets-store.csi.k8s.io' } }] }],
    ['spec.volumes[0].emptyDir.medium', { volumes: [{ name: 'm', emptyDir: { medium: 'HugePages' } }] }],
    ['spec.volumes[0].emptyDir.sizeLimit', { volumes: [{ name: 'm', emptyDir: { sizeLimit: 'much' } }] }],
  ])('refuses %s', (path, spec) => {
    expect(faultsOf(aPod(spec))).toEqual([path]);
  });

  it.each<[string, Partial<Container>]>([
    ['env[0].valueFrom.fieldRef.fieldPath', { env: [refTo({ fieldRef: { fieldPath: 'status.phase' } })] }],
    [
      'env[0].valueFrom.resourceFieldRef.resource',
      { env: [refTo({ resourceFieldRef: { resource: 'limits.hugepages-2Mi' } })] },
    ],
    [
      'env[0].valueFrom.resourceFieldRef.divisor',
      { env: [refTo({ resourceFieldRef: { resource: 'limits.cpu', divisor: 'half' } })] },
    ],
    ['imagePullPolicy', { imagePullPolicy: 'Never' }],
    ['image', { image: 'a'.repeat(256) }],
    ['lifecycle.postStart', { lifecycle: { postStart: { sleep: { seconds: 1 } } } }],
    ['lifecycle.preStop.exec', { lifecycle: { preStop: { exec: { command: ['nginx', '-s', 'quit'] } } } }],
    ['lifecycle.preStop.httpGet', { lifecycle: { preStop: { httpGet: { port: 80 } } } }],
    ['lifecycle.stopSignal', { lifecycle: { stopSignal: 'SIGQUIT' } }],
    ['name', { name: 'lambdalet-writer' }],
    ['readinessProbe.tcpSocket.host', { readinessProbe: { tcpSocket: { port: 80, host: 'localhost' } } }],
    ['ports[0].hostIP', { ports: [{ containerPort: 80, hostIP: '10.0.0.1' }] }],
    ['ports[0].hostPort', { ports: [{ containerPort: 80, hostPort: 8080 }] }],
    ['ports[0].protocol', { ports: [{ containerPort: 80, protocol: 'SCTP' }] }],
    ['resources.claims', { resources: { claims: [{ name: 'gpu' }] } }],
    ['resources.limits.memory', { resources: { limits: { memory: 'much' } } }],
    ['restartPolicy', { restartPolicy: 'OnFailure' }],
    ['restartPolicyRules', { restartPolicyRules: [{ action: 'Restart' }] }],
    ['volumeDevices', { volumeDevices: [{ name: 'd', devicePath: '/dev/x' }] }],
    [
      'volumeMounts[0].mountPropagation',
      { volumeMounts: [{ name: 'v', mountPath: '/v', mountPropagation: 'Bidirectional' }] },
    ],
    ['securityContext.procMount', { securityContext: { procMount: 'Unmasked' } }],
    ['securityContext.seLinuxOptions', { securityContext: { seLinuxOptions: { level: 's0' } } }],
    [
      'securityContext.appArmorProfile.type',
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
    ],
    ['securityContext.capabilities.add[1]', capabilities({ add: ['SYS_PTRACE', 'NET_ADMIN'] })],
    ['securityContext.runAsGroup', { securityContext: { runAsGroup: 5 } }],
    ['securityContext.runAsUser', { securityContext: { runAsNonRoot: true, runAsUser: 0 } }],
  ])('refuses %s of a container', (path, container) => {
    expect(faultsOf(aPodWith(container))).toEqual([`spec.containers[0].${path}`]);
  });

  it.each<[string, Partial<Container>]>([
    ['a host port that is the container port', { ports: [{ containerPort: 80, hostPort: 80 }] }],
    ['a probe by http', { livenessProbe: { httpGet: { port: 'web', host: '', path: '/' } } }],
    ['a health check', { readinessProbe: { exec: { command: ['true'] }, successThreshold: 1 } }],
    ['a hook that sleeps', { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 5'] } } } }],
    ['an empty lifecycle', { lifecycle: {} }],
    ['nothing privileged', { securityContext: { privileged: false, procMount: 'Default' } }],
    ['NET_BIND_SERVICE after ALL', capabilities({ drop: ['ALL'], add: ['NET_BIND_SERVICE'] })],
    ['no extended resources', { resources: { limits: { 'nvidia.com/gpu': '0' } } }],
    [
      'values of objects',
      { envFrom: [{ configMapRef: { name: 'c' } }, { prefix: 'S_', secretRef: { name: 's' } }] },
    ],
    [
      'a key of an object',
      {
        env: [
          refTo({ configMapKeyRef: { name: 'c', key: 'k', optional: true } }),
          refTo({ secretKeyRef: { name: 's', key: 'k' } }),
        ],
      },
    ],
    ['its own address', { command: ['run'], env: [refTo({ fieldRef: { fieldPath: 'status.podIP' } })] }],
    ['the policy of the pod', { restartPolicy: 'Always' }],
  ])('accepts %s', (_, container) => {
    expect(judge(aPodWith(container))).toEqual({ faults: [], warnings: [] });
  });

  it.each<[string, Partial<PodSpec>]>([
    [
      'files',
      { volumes: [{ name: 'c', configMap: { name: 'c', items: [{ key: 'a', path: 'b/a', mode: 0o400 }] } }] },
    ],
    ['secrets', { volumes: [{ name: 's', secret: { secretName: 's', optional: true } }] }],
    [
      'tokens',
      { volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
    ],
    ['claims', { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'd' } }] }],
    ['memory', { volumes: [{ name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }] }],
    ['registries', { imagePullSecrets: [{ name: 'r' }] }],
    [
      'parameters of the network',
      { securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1024' }] } },
    ],
    ['parameters of IPC', { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } }],
    ['options of the resolver', { dnsConfig: { options: [{ name: 'timeout', value: '2' }] } }],
  ])('accepts %s of a pod', (_, spec) => {
    expect(judge(aPod(spec))).toEqual({ faults: [], warnings: [] });
  });

  it('takes init containers, and native sidecars among them', () => {
    const initContainers = [
      aContainer({ name: 'migrate' }),
      aContainer({ name: 'proxy', restartPolicy: 'Always' }),
      aContainer({ name: 'retry', restartPolicy: 'OnFailure' }),
    ];
    expect(faultsOf(aPod({ initContainers, restartPolicy: 'OnFailure' }))).toEqual([]);
    expect(faultsOf(aPod({ initContainers, restartPolicy: 'Never' }))).toEqual([
      'spec.initContainers[2].restartPolicy',
    ]);
  });

  it('counts init containers and helpers among the ten of a task', () => {
    const many = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => aContainer({ name: `${name}${index}` }));
    expect(faultsOf(aPod({ containers: many(10, 'c') }))).toEqual([]);
    expect(faultsOf(aPod({ containers: many(6, 'c'), initContainers: many(5, 'i') }))).toEqual([
      'spec.containers',
    ]);
    const [fault] = judge(aPod({ containers: many(10, 'c'), restartPolicy: 'Never' })).faults;
    expect(fault).toEqual({
      path: 'spec.containers',
      note: expect.stringMatching(/11 with the helpers that it needs \(lambdalet-waiter\)/) as string,
    });
  });

  it('judges the token volume of admission only where it is delivered', () => {
    const hidden = { name: 'kube-api-access-abcde', hostPath: { path: '/etc' } };
    expect(faultsOf(aPod({ volumes: [hidden] }))).toEqual(['spec.volumes[0].hostPath']);
    const spec = withToken({ containers: [aContainer()] }, 'abcde');
    const mount = { ...spec.containers[0]!.volumeMounts![0]!, mountPropagation: 'HostToContainer' };
    const odd = { ...spec, containers: [aContainer({ volumeMounts: [mount] })] };
    expect(faultsOf(aPod(odd))).toEqual([]);
    expect(faultsOf(aPod({ ...odd, serviceAccountName: 'robot' }))).toEqual([
      'spec.containers[0].volumeMounts[0].mountPropagation',
    ]);
  });

  it('warns of what it cannot hold to', () => {
    const pod = aPodWith(
      {
        terminationMessagePath: '/tmp/last-words',
        securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true },
        readinessProbe: {
          exec: { command: ['true'] },
          successThreshold: 2,
          terminationGracePeriodSeconds: 5,
        },
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'keys', mountPath: '/keys' },
        ],
      },
      {
        terminationGracePeriodSeconds: 600,
        securityContext: { fsGroup: 5, supplementalGroupsPolicy: 'Strict' },
        ephemeralContainers: [{ name: 'debug' }],
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o440 } },
        ],
      },
    );
    expect(faultsOf(pod)).toEqual([]);
    expect(warningsOf(pod)).toEqual([
      'spec.containers[0].readinessProbe.terminationGracePeriodSeconds',
      'spec.containers[0].readinessProbe.successThreshold',
      'spec.containers[0].securityContext.allowPrivilegeEscalation',
      'spec.containers[0].terminationMessagePath',
      'spec.containers[0].securityContext.runAsNonRoot',
      'spec.ephemeralContainers',
      'spec.securityContext.fsGroup',
      'spec.securityContext.fsGroup',
      'spec.securityContext.supplementalGroupsPolicy',
      'spec.terminationGracePeriodSeconds',
    ]);
  });

  it('does not warn of files for a group that the processes have, or for everybody', () => {
    const keys = (more: object, securityContext: PodSpec['securityContext']) =>
      aPodWith(
        { volumeMounts: [{ name: 'keys', mountPath: '/keys' }] },
        { securityContext: { fsGroup: 5, ...securityContext }, volumes: [{ name: 'keys', ...more }] },
      );
    const closed = { secret: { secretName: 'keys', items: [{ key: 'k', path: 'k', mode: 0o400 }] } };
    expect(warningsOf(keys(closed, { runAsUser: 1000 }))).toEqual(['spec.securityContext.fsGroup']);
    expect(warningsOf(keys(closed, { runAsUser: 1000, runAsGroup: 5 }))).toEqual([]);
    expect(warningsOf(keys(closed, { runAsUser: 0 }))).toEqual([]);
    expect(warningsOf(keys({ secret: { secretName: 'keys' } }, { runAsUser: 1000 }))).toEqual([]);
    const one = { secret: { name: 'keys', items: [{ key: 'k', path: 'k', mode: 0o440 }] } };
    expect(warningsOf(keys({ projected: { sources: [one] } }, { runAsUser: 1000 }))).toHaveLength(1);
  });

  it('warns of probes that are not run where pod-sync is not in the VPC', () => {
    const pod = aPodWith({ readinessProbe: { tcpSocket: { port: 80 } } });
    expect(warningsOf(pod)).toEqual([]);
    const [warning] = judgePod(pod, { ...CONTEXT, settings: {} }).warnings;
    expect(warning).toEqual({
      path: 'spec.containers[0].readinessProbe',
      note: expect.stringContaining('ready as soon as it runs') as string,
    });
  });

  it('warns of a field that is newer than this version', () => {
    const pod = aPod({ quantumPolicy: 'Entangled' } as Partial<PodSpec>);
    expect(judge(pod)).toEqual({
      faults: [],
      warnings: [{ path: 'spec.quantumPolicy', note: expect.stringContaining('newer') as string }],
    });
  });

  it('lists capabilities like any other field', () => {
    const uses = listFieldUses(aPodWith(capabilities({ drop: ['ALL'] })), CONTEXT);
    expect(uses.map(({ path }) => path)).toContain('spec.containers[0].securityContext.capabilities.drop');
  });

  it('lists every field that is set with what happens to it', () => {
    const uses = listFieldUses(aPodWith({ tty: true }, { priority: 0, hostPID: false }), CONTEXT);
    expect(uses).toContainEqual({
      path: 'spec.containers[0].tty',
      level: 'native',
      note: 'As the kubelet.',
      blank: false,
    });
    const mount = { name: 'v', mountPath: '/v', mountPropagation: 'None' };
    expect(listFieldUses(aPodWith({ volumeMounts: [mount] }), CONTEXT)).toContainEqual(
      expect.objectContaining({ path: 'spec.containers[0].volumeMounts[0].mountPropagation', blank: true }),
    );
    expect(uses.map(({ path, level, blank }) => `${path} ${level} ${blank}`)).toContain(
      'spec.hostPID rejected true',
    );
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

describe('the page of what a pod may ask for, and the admission policy', () => {
  it('are generated from the tables and up to date', () => {
    expect(
      staleFiles(),
      'run `node lib/providers/ecs-fargate/support/write-compatibility.ts` and commit what it writes',
    ).toEqual([]);
  });

  it('has a row for every field, and tables of annotations, helpers and sizes', () => {
    const page = renderCompatibility();
    expect(page).toContain('| `privileged` | rejected |');
    expect(page).toContain('| `capacity-type` | on-demand or spot | `capacityTypes` |');
    expect(page).toContain('| `lambdalet-waiter` |');
    expect(page.match(/^\| `/gm)?.length).toBeGreaterThan(250);
  });
});

function refTo(valueFrom: NonNullable<NonNullable<Container['env']>[number]['valueFrom']>) {
  return { name: 'X', valueFrom };
}

function capabilities(given: { add?: string[]; drop?: string[] }): Partial<Container> {
  return { securityContext: { capabilities: given } };
}
