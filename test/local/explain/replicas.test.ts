import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { createRandomIds } from '../../../lib/local/api-server/random-ids.ts';
import { admitReplicas } from '../../../lib/local/explain/admit-template.ts';
import { needsOf } from '../../../lib/core/pod-needs.ts';
import { bindSecrets } from '../../../lib/providers/ecs-fargate/plan/bind-secrets.ts';
import { planPod, type UnreadyPod } from '../../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import { foundInputs } from '../../support/vocabulary-inputs.ts';
import { CONTEXT, RUNNING, type RunningCase } from './corpus.ts';

/** So many of them are planned with their inputs. */
const PLANNED = 10;

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
      const drafts = new Set(pods.map((pod) => hashOf(planPod(pod, node, settings))));
      expect(drafts.size, `its pods have different drafts: ${[...drafts].join()}`).toBe(1);
      // With its inputs, as it is launched; these few tell what they all do.
      const some = pods.slice(0, PLANNED);
      const plans = new Set(some.map((pod) => hashOf(planPod(pod, node, settings, foundInputs(pod)))));
      // ECS takes a file system only in a definition, and each pod of a StatefulSet has its own.
      const hasOwnClaim = new Set(some.flatMap((pod) => needsOf(pod).claims)).size > 1;
      expect(plans.size, `its pods have different definitions: ${[...plans].join()}`).toBe(
        hasOwnClaim ? PLANNED : 1,
      );
    },
  );

  it('names three of them that are there', () => {
    expect(RUNNING.filter(({ name }) => THOUSAND.test(name))).toHaveLength(3);
  });
});

function hashOf(plan: ReturnType<typeof planPod> | UnreadyPod): string {
  switch (plan.kind) {
    case 'plan':
      return bindSecrets(plan, new Map(plan.mirrored.map(({ name }) => [name, `arn:${name}`]))).hash;
    case 'unsupported':
      return JSON.stringify(plan.faults);
    case 'unready':
      return plan.failure.message;
  }
}

/** What controllers add to the pods of one workload, and roll out as another template: the spec stays the same. */
function withTemplateLabels(pod: Pod, index: number): Pod {
  const labels = {
    ...pod.metadata.labels,
    'pod-template-hash': (index % 7).toString(36).repeat(10),
    'apps.kubernetes.io/pod-index': String(index),
  };
  return { ...pod, metadata: { ...pod.metadata, labels, resourceVersion: String(1000 + index) } };
}
