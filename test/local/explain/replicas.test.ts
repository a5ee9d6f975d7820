import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { createRandomIds } from '../../../lib/local/api-server/random-ids.ts';
import { admitReplicas } from '../../../lib/local/explain/admit-template.ts';
import { planPod } from '../../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import { CONTEXT, RUNNING, type RunningCase } from './corpus.ts';

/** For all of them a thousand would take minutes; these have files, a token, an index and an address. */
const THOUSAND = /^(python-worker|indexed-job|kafka-pod-ip):/;

describe('the replicas of a workload of the corpus share one task definition', () => {
  it.each(RUNNING.map((one) => [one.name, THOUSAND.test(one.name) ? 1_000 : 100, one] as const))(
    '%s, %d of them',
    (_, count, { workload }: RunningCase) => {
      const { node, settings } = CONTEXT;
      const pods = admitReplicas(workload, node.name, { count, ids: createRandomIds() }).flatMap(
        (admitted, index) => (admitted.kind === 'pod' ? [withTemplateLabels(admitted.pod, index)] : []),
      );
      expect(new Set(pods.map(({ metadata }) => metadata.uid)).size).toBe(count);
      const hashes = pods.map((pod) => {
        const plan = planPod(pod, node, settings);
        return plan.kind === 'plan' ? plan.hash : JSON.stringify(plan.faults);
      });
      expect(
        new Set(hashes).size,
        `its pods have different definitions: ${[...new Set(hashes)].join()}`,
      ).toBe(1);
    },
  );

  it('names three of them that are there', () => {
    expect(RUNNING.filter(({ name }) => THOUSAND.test(name))).toHaveLength(3);
  });
});

/** What controllers add to the pods of one workload, and roll out as another template: the spec stays the same. */
function withTemplateLabels(pod: Pod, index: number): Pod {
  const labels = {
    ...pod.metadata.labels,
    'pod-template-hash': (index % 7).toString(36).repeat(10),
    'apps.kubernetes.io/pod-index': String(index),
  };
  return { ...pod, metadata: { ...pod.metadata, labels, resourceVersion: String(1000 + index) } };
}
