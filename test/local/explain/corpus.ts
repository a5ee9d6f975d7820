// The manifests of test/corpus, and their pods as an API server would store them.
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { admitTemplate } from '../../../lib/local/explain/admit-template.ts';
import { anyNode } from '../../../lib/local/explain/choose-node.ts';
import { findWorkloads, type Workload } from '../../../lib/local/explain/find-workloads.ts';
import { readDocuments, type Documents } from '../../../lib/local/explain/read-documents.ts';
import { planPod, type PodPlan } from '../../../lib/providers/ecs-fargate/plan/plan-pod.ts';

export const FOLDER = new URL('../../corpus/', import.meta.url).pathname;
export const CONTEXT = anyNode({ architecture: 'amd64', region: 'us-east-1', probes: true });

/** The names of all manifests. */
export const NAMES: readonly string[] = globSync('*.yaml', { cwd: FOLDER })
  .map((file) => basename(file, '.yaml'))
  .sort();

/** The documents of a manifest, as `npm run explain -- -f <name>.yaml` reads them. */
export function documentsOf(name: string): Documents {
  return readDocuments(readFileSync(`${FOLDER}${name}.yaml`, 'utf8'), `${name}.yaml`);
}

/** A workload of the corpus that runs, with its first pod. */
export interface RunningCase {
  readonly name: string;
  readonly workload: Workload;
  readonly pod: Pod;
  readonly plan: PodPlan;
}

/** Every workload of the corpus that is admitted and planned, each once a run. */
export const RUNNING: readonly RunningCase[] = NAMES.flatMap((name) =>
  findWorkloads(documentsOf(name).documents).workloads.flatMap((workload) => {
    const admitted = admitTemplate(workload, CONTEXT.node.name);
    if (admitted.kind === 'invalid') return [];
    const plan = planPod(admitted.pod, CONTEXT.node, CONTEXT.settings);
    return plan.kind === 'plan'
      ? [{ name: `${name}: ${workload.kind} ${workload.name}`, workload, pod: admitted.pod, plan }]
      : [];
  }),
);
