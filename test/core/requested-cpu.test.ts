import { describe, expect, it } from 'vitest';
import type { Container, PodSpec } from '../../lib/core/kubernetes.ts';
import { requestedVcpu } from '../../lib/core/requested-cpu.ts';

const asking = (cpu: string | undefined, words: Partial<Container> = {}): Container => ({
  name: 'c',
  ...(cpu !== undefined && { resources: { requests: { cpu } } }),
  ...words,
});
const sidecar = (cpu: string) => asking(cpu, { restartPolicy: 'Always' });

describe('the vCPU that the scheduler takes off the node for a pod', () => {
  it.each<{ of: string; spec: PodSpec; vcpu: number }>([
    { of: 'a pod that asks for nothing', spec: { containers: [asking(undefined)] }, vcpu: 0 },
    { of: 'several containers', spec: { containers: [asking('250m'), asking('1')] }, vcpu: 1.25 },
    {
      of: 'a small init container',
      spec: { containers: [asking('1')], initContainers: [asking('500m')] },
      vcpu: 1,
    },
    {
      of: 'a large init container',
      spec: { containers: [asking('1')], initContainers: [asking('2'), asking('500m')] },
      vcpu: 2,
    },
    {
      of: 'a sidecar beside the containers',
      spec: { containers: [asking('1')], initContainers: [sidecar('500m')] },
      vcpu: 1.5,
    },
    {
      of: 'a sidecar that was started before the init container',
      spec: { containers: [asking('1')], initContainers: [sidecar('500m'), asking('2')] },
      vcpu: 2.5,
    },
    {
      of: 'a sidecar that is started after the init container',
      spec: { containers: [asking('1')], initContainers: [asking('2'), sidecar('500m')] },
      vcpu: 2,
    },
    {
      of: 'a pod that asks as a whole',
      spec: { containers: [asking('1')], resources: { requests: { cpu: '3' } } },
      vcpu: 3,
    },
    {
      of: 'a pod with an overhead',
      spec: { containers: [asking('1')], overhead: { cpu: '250m' } },
      vcpu: 1.25,
    },
    { of: 'something that is no quantity', spec: { containers: [asking('much')] }, vcpu: 0 },
  ])('counts $of', ({ spec, vcpu }) => {
    expect(requestedVcpu(spec)).toBe(vcpu);
  });
});
