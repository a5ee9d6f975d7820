import { describe, expect, it } from 'vitest';
import { nodeLabels } from '../../lib/core/node.ts';
import { isRestrictedLabel } from '../../lib/core/node-restriction.ts';
import { aNodeSettings } from '../support/vocabulary.ts';

// Each was tried on kube-apiserver 1.36, as a node that labels itself.
describe('a node that acts as itself', () => {
  it.each([
    'team',
    'example.com/team',
    'karpenter.sh/x',
    'lambdalet.dev/simulated',
    'notkubernetes.io/x',
    'topology.ebs.csi.aws.com/zone',
    'eks.amazonaws.com/compute-type',
    'kubelet.kubernetes.io/x',
    'node.kubernetes.io/exclude-from-external-load-balancers',
    'sub.node.kubernetes.io/x',
    'topology.kubernetes.io/zone',
    'failure-domain.beta.kubernetes.io/zone',
    'beta.kubernetes.io/os',
  ])('may have the label %s', (key) => {
    expect(isRestrictedLabel(key)).toBe(false);
  });

  it.each([
    'node-role.kubernetes.io/worker',
    'node-restriction.kubernetes.io/x',
    'x.node-restriction.kubernetes.io/y',
    'alpha.service-controller.kubernetes.io/exclude-balancer',
    'kubernetes.io/role',
    'kubernetes.io/cluster-service',
    'foo.k8s.io/x',
    'k8s.io/x',
  ])('may not have the label %s', (key) => {
    expect(isRestrictedLabel(key)).toBe(true);
  });

  it('may have every label that virtual nodes have by default', () => {
    const labels = nodeLabels(aNodeSettings({ zone: 'eu-west-1a' }));
    expect(Object.keys(labels).filter(isRestrictedLabel)).toEqual([]);
  });
});
