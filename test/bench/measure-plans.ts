import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { admitTemplate } from '../../lib/local/explain/admit-template.ts';
import { anyNode } from '../../lib/local/explain/choose-node.ts';
import { findWorkloads } from '../../lib/local/explain/find-workloads.ts';
import { readDocuments } from '../../lib/local/explain/read-documents.ts';
import { planPod } from '../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import { foundInputs } from '../support/vocabulary-inputs.ts';

const CORPUS = join(import.meta.dirname, '../corpus');
const WARM_UP = 20;
const ROUNDS = 50;

/** What the translation of pods costs, over the workloads of test/corpus; CPU time of this process. */
export interface PlanFigures {
  readonly planning: {
    readonly workloads: number;
    /** Milliseconds of one plan with its inputs: the mean over all, and of the workload that takes longest. */
    readonly meanMs: number;
    readonly worstMs: number;
    readonly worst: string;
  };
}

/** Plans every workload of the corpus again and again, with inputs for whatever it refers to. */
export function measurePlans(): PlanFigures {
  const pods = corpusPods();
  for (const { pod } of pods) planOften(pod, WARM_UP);
  const costs = pods.map(({ name, pod }) => ({ name, ms: planOften(pod, ROUNDS) }));
  const worst = costs.reduce((one, other) => (other.ms > one.ms ? other : one), { name: '', ms: 0 });
  const meanMs = costs.reduce((sum, { ms }) => sum + ms, 0) / costs.length;
  return { planning: { workloads: costs.length, meanMs, worstMs: worst.ms, worst: worst.name } };
}

function corpusPods(): readonly { readonly name: string; readonly pod: Pod }[] {
  const files = readdirSync(CORPUS).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) => {
    const { documents } = readDocuments(readFileSync(join(CORPUS, file), 'utf8'), file);
    return findWorkloads(documents).workloads.flatMap((workload) => {
      const admitted = admitTemplate(workload, 'fargate');
      return admitted.kind === 'pod' ? [{ name: `${file} ${workload.name}`, pod: admitted.pod }] : [];
    });
  });
}

function planOften(pod: Pod, rounds: number): number {
  const { node, settings } = anyNode({ architecture: 'amd64', region: 'us-east-1', probes: true });
  const inputs = foundInputs(pod);
  const begun = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) planPod(pod, node, settings, inputs);
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000 / rounds;
}
