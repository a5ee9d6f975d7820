import { describe, expect, it } from 'vitest';
import { trimPod } from '../../../lib/adapters/kubernetes/trim-pod.ts';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { POD_SPEC_SUPPORT } from '../../../lib/providers/ecs-fargate/support/support-pod-spec.ts';

/** A pod with every field of the spec set to something. */
function wholePod(): Pod {
  const spec = Object.fromEntries(Object.keys(POD_SPEC_SUPPORT).map((name) => [name, `some ${name}`]));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '7',
      annotations: { note: 'kept' },
      managedFields: [{ manager: 'kubectl' }],
    },
    spec,
    status: { phase: 'Pending' },
  } as unknown as Pod;
}

describe('trimming a pod', () => {
  it('drops of its spec only what the provider accepts without looking at it', () => {
    const whole = wholePod();
    const trimmed = trimPod(whole);
    const dropped = Object.keys(whole.spec).filter((name) => !(name in trimmed.spec));
    expect(dropped).toEqual(['affinity', 'tolerations', 'topologySpreadConstraints']);
    for (const name of dropped as (keyof typeof POD_SPEC_SUPPORT)[]) {
      expect(POD_SPEC_SUPPORT[name].level, `${name} means something to the provider: keep it`).toBe(
        'ignored',
      );
    }
  });

  it('drops managedFields of its metadata, and keeps all the rest as it is', () => {
    const whole = wholePod();
    const { managedFields: _, ...metadata } = whole.metadata;
    const { spec, ...trimmed } = trimPod(whole);
    expect(trimmed).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Pending' } });
    expect(whole.spec).toMatchObject(spec);
  });

  it('leaves the pod that it was given alone', () => {
    const whole = wholePod();
    trimPod(whole);
    expect(whole).toEqual(wholePod());
  });
});
