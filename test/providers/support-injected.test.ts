import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { judgePod } from '../../lib/providers/ecs-fargate/support/field-support.ts';
import { nameInjectors } from '../../lib/providers/ecs-fargate/support/support-injected.ts';
import { aContainer, aPod, ON_DEMAND } from './fixtures.ts';

const faultsOf = (pod: Pod) => judgePod(pod, { node: ON_DEMAND, settings: { probes: true } }).faults;
const adding = (name: string, ...capabilities: string[]) =>
  aContainer({ name, securityContext: { capabilities: { add: capabilities, drop: ['ALL'] } } });

describe('what injectors add to a pod', () => {
  it.each([
    ['Istio', 'istio-init', 'sidecar.istio.io/inject: "false"'],
    ['Linkerd', 'linkerd-init', 'linkerd.io/inject: disabled'],
  ])('is refused with the way to opt out: %s', (name, container, optOut) => {
    const pod = aPod({ initContainers: [adding(container, 'NET_ADMIN', 'NET_RAW')] });
    expect(faultsOf(pod)).toEqual([
      {
        path: 'spec.initContainers[0].securityContext.capabilities.add[0]',
        note: expect.stringMatching(new RegExp(`NET_ADMIN.* ${name} adds this .*${optOut}`)) as string,
      },
    ]);
  });

  it('is refused with the way to opt out: the volumes of Datadog', () => {
    const pod = aPod({
      volumes: [
        { name: 'datadog', hostPath: { path: '/var/run/datadog', type: 'DirectoryOrCreate' } },
        { name: 'socket', hostPath: { path: '/var/run/datadog/apm.socket' } },
      ],
    });
    const notes = faultsOf(pod).map(({ note }) => note);
    expect(notes).toHaveLength(2);
    for (const note of notes) expect(note).toContain('`admission.datadoghq.com/enabled: "false"`');
  });

  it('is named also where a variable of the pod itself is refused, once', () => {
    const env = [{ name: 'A' }, { name: 'DD_AGENT_HOST' }];
    const pod = aPod({ containers: [aContainer({ env })] });
    const fault = (index: number) => ({ path: `spec.containers[0].env[${index}].valueFrom`, note: 'No.' });
    const named = nameInjectors(pod, [fault(0), fault(1)]);
    expect(named.map(({ note }) => note)).toEqual(['No.', expect.stringMatching(/^No\. Datadog adds this/)]);
    expect(nameInjectors(pod, named)).toEqual(named);
  });

  it('is accepted where a task can have it: the Vault agent with its memory', () => {
    const mount = { name: 'vault-secrets', mountPath: '/vault/secrets' };
    const agent = {
      securityContext: {
        runAsUser: 100,
        runAsGroup: 1000,
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      command: ['/bin/sh', '-ec'],
      env: [{ name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }],
    };
    const pod = aPod({
      serviceAccountName: 'shop',
      initContainers: [
        aContainer({
          ...agent,
          name: 'vault-agent-init',
          volumeMounts: [mount, { name: 'home-init', mountPath: '/home/vault' }],
        }),
      ],
      containers: [
        aContainer({ volumeMounts: [mount] }),
        aContainer({
          ...agent,
          name: 'vault-agent',
          volumeMounts: [mount, { name: 'home-sidecar', mountPath: '/home/vault' }],
        }),
      ],
      volumes: ['home-init', 'home-sidecar', 'vault-secrets'].map((name) => ({
        name,
        emptyDir: { medium: 'Memory' },
      })),
    });
    expect(faultsOf(pod)).toEqual([]);
  });

  it('is not suspected where the user wrote it', () => {
    const pod = aPod({ hostPID: true, containers: [adding('main', 'NET_ADMIN')] });
    for (const { note } of faultsOf(pod)) expect(note).not.toContain('at admission');
  });
});
