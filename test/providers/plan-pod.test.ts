import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container, Pod } from '../../lib/core/kubernetes.ts';
import { canonicalJson, toFamily } from '../../lib/providers/ecs-fargate/hash-task-definition.ts';
import { planPod, type PodPlan } from '../../lib/providers/ecs-fargate/plan-pod.ts';
import { aContainer, aPod, ON_DEMAND, SETTINGS, SPOT, withToken } from './fixtures.ts';

function planOf(pod: Pod, node = ON_DEMAND): PodPlan {
  const plan = planPod(pod, node, SETTINGS);
  if (plan.kind === 'plan') return plan;
  throw new Error(`the pod was refused: ${plan.faults.map(({ path }) => path).join(', ')}`);
}

const dnsName = fc.stringMatching(/^[a-z]([a-z0-9]{0,8})$/);
const someContainer = fc.record({
  name: dnsName,
  image: dnsName,
  args: fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }),
  env: fc.array(
    fc.oneof(
      fc.record({ name: dnsName, value: fc.string({ maxLength: 8 }) }),
      fc.record({
        name: dnsName,
        valueFrom: fc.constant({ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }),
      }),
    ),
    { maxLength: 4 },
  ),
  resources: fc.record({
    requests: fc.record({
      cpu: fc.integer({ min: 1, max: 4000 }).map((milli) => `${milli}m`),
      memory: fc.integer({ min: 1, max: 8000 }).map((mebi) => `${mebi}Mi`),
    }),
  }),
});

describe('planning a pod', () => {
  it('gives replicas one definition, whatever their names and the names of their volumes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(someContainer, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
        dnsName,
        dnsName,
        (containers, one, other) => {
          const replica = (volume: string): Pod => {
            const mounted = containers.map((container): Container => ({
              ...container,
              volumeMounts: [{ name: `v-${volume}`, mountPath: '/work' }],
            }));
            const spec = { containers: mounted, volumes: [{ name: `v-${volume}`, emptyDir: {} }] };
            const pod = aPod(spec);
            return { ...pod, spec: withToken(pod.spec, volume) };
          };
          const [first, second] = [planOf(replica(one)), planOf(replica(other))];
          expect(second.family).toBe(first.family);
          expect(second.definition).toEqual(first.definition);
          expect(JSON.stringify(first.definition)).not.toContain('kube-api-access');
        },
      ),
    );
  });

  it('gives containers that fit their task', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(someContainer, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
        (containers) => {
          const { definition } = planOf(aPod({ containers }));
          const sum = (field: 'cpu' | 'memoryReservation') =>
            definition.containerDefinitions!.reduce((total, each) => total + (each[field] ?? 0), 0);
          expect(sum('cpu')).toBeLessThanOrEqual(Number(definition.cpu));
          expect(sum('memoryReservation')).toBeLessThanOrEqual(Number(definition.memory));
        },
      ),
    );
  });

  it('gives another definition for another image, architecture or grace', () => {
    const hashes = [
      planOf(aPod()),
      planOf(aPod({ containers: [aContainer({ image: 'nginx:2' })] })),
      planOf(aPod({ terminationGracePeriodSeconds: 5 })),
      planOf(aPod(), SPOT),
    ].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(4);
  });

  it('gives the same definition in whatever order variables are written', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    const one = planOf(aPod({ containers: [aContainer({ env })] }));
    const other = planOf(aPod({ containers: [aContainer({ env: env.toReversed() })] }));
    expect(other.hash).toBe(one.hash);
  });

  it('refuses a definition that is larger than ECS takes', () => {
    const pod = aPod({ containers: [aContainer({ args: ['x'.repeat(70_000)] })] });
    expect(planPod(pod, ON_DEMAND, SETTINGS)).toMatchObject({
      kind: 'unsupported',
      faults: [{ path: 'spec.containers[0]' }],
    });
  });

  it('names no container when several together need too much', () => {
    const annotations = { notes: 'x'.repeat(5000) };
    const env = [{ name: 'N', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['notes']" } } }];
    const resources = { requests: { memory: '200Gi' } };
    const containers = ['a', 'b'].map((name) => aContainer({ name, env, resources }));
    expect(planPod(aPod({ containers }, { annotations }), ON_DEMAND, SETTINGS)).toMatchObject({
      kind: 'unsupported',
      faults: [{ path: 'spec.containers[*].resources' }, { path: 'spec.containers[*].env' }],
    });
  });
});

describe('naming a definition', () => {
  it('stays within the characters and the length of a family', () => {
    expect(toFamily(`my.cluster_${'x'.repeat(52)}`, 'a'.repeat(64))).toMatch(/^[A-Za-z0-9_-]{1,255}$/);
  });

  it('writes JSON with sorted keys and without what is undefined', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}');
  });
});
