import type { NamespaceCeilings } from '../../core/ceiling.ts';
import type { Pod } from '../../core/kubernetes.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { judgePod } from '../../providers/ecs-fargate/support/field-support.ts';
import { planPod } from '../../providers/ecs-fargate/plan/plan-pod.ts';
import type { TaskSettings } from '../../providers/ecs-fargate/plan/to-task-definition.ts';
import { admitTemplate } from './admit-template.ts';
import { cpuLimits, explainTask, type ExplainedTask } from './explain-task.ts';
import type { Workload } from './find-workloads.ts';
import { hintInjectors } from './hint-injectors.ts';
import { judgeCeilings } from './judge-ceilings.ts';
import { judgeClaims } from './judge-claims.ts';
import { judgeExec } from './judge-exec.ts';
import { judgeSurroundings } from './judge-surroundings.ts';
import { inManifest } from './place-paths.ts';
import type { ManifestDocument } from './read-documents.ts';
import { shapePod } from './shape-pod.ts';
import { sortUses } from './sort-uses.ts';

/**
 * What becomes of a workload: an API server would not take it; it is refused; it runs only under conditions that are not known
 * here; some field of it does not do exactly what the kubelet makes of it; or nothing differs.
 */
export type Verdict = 'invalid' | 'refused' | 'depends' | 'emulated' | 'as is';

/** Everything that can be said of a workload. All paths are those of its manifest; no list says anything twice. */
export interface Explanation {
  readonly workload: Workload;
  readonly verdict: Verdict;
  /** Why it is invalid or refused. */
  readonly faults: readonly FieldFault[];
  /** On what it depends. */
  readonly conditions: readonly FieldFault[];
  readonly warnings: readonly FieldFault[];
  readonly emulated: readonly FieldFault[];
  readonly ignored: readonly FieldFault[];
  /** What is so for every pod, by the name of the field. */
  readonly general: readonly FieldFault[];
  /** What it becomes, unless it is invalid or refused. */
  readonly task?: ExplainedTask;
}

/** The node and the deployment that a workload is explained for, and what is known beside it. */
export interface ExplainContext {
  readonly node: NodeSettings;
  readonly settings: TaskSettings;
  readonly namespaceCeilings: NamespaceCeilings;
  /** Where claims, volumes, storage classes, service accounts and network policies are looked for. */
  readonly documents: readonly ManifestDocument[];
}

const NOTHING = { faults: [], conditions: [], warnings: [], emulated: [], ignored: [], general: [] } as const;
const DAEMON_SET: FieldFault = {
  path: 'kind',
  note: 'Pods of a DaemonSet are not run (DaemonSetNotSupported): a virtual node has no machine to look after. Keep it off with a nodeAffinity on the label type NotIn [virtual-kubelet].',
};

/** Explains one workload. Pure, and without AWS: contents of ConfigMaps and Secrets do not matter, only that they are read. */
export function explainWorkload(workload: Workload, context: ExplainContext): Explanation {
  const { node, settings, documents } = context;
  const admitted = admitTemplate(workload, node.name);
  if (admitted.kind === 'invalid')
    return { workload, verdict: 'invalid', ...NOTHING, faults: admitted.faults };
  const { pod, dropped } = admitted;
  const plan = planPod(pod, node, settings);
  const claims = judgeClaims(workload, pod, documents);
  const hints = hintInjectors(workload);
  const surroundings = judgeSurroundings(pod, node, documents);
  const place = (found: readonly FieldFault[]): readonly FieldFault[] =>
    found.map(({ path, note }) => ({ path: inManifest(workload, path), note }));
  const said = {
    faults: [
      ...(workload.kind === 'DaemonSet' ? [DAEMON_SET] : []),
      ...(plan.kind === 'plan' ? [] : place(plan.faults)),
      ...claims.faults,
      ...surroundings.faults,
      ...judgeCeilings(pod, context),
    ],
    conditions: [...claims.conditions, ...hints.conditions],
    warnings: [
      ...place(warningsOf(pod, plan, context)),
      ...dropped.map(toDropped),
      ...hints.warnings,
      ...surroundings.warnings,
    ],
  };
  const uses = sortUses(pod, shapePod(workload, node.name), { node, settings });
  const isNew = isNewBeside([...said.faults, ...said.conditions, ...said.warnings]);
  const limits = plan.kind === 'plan' ? cpuLimits(pod, Number(plan.definition.cpu)) : [];
  const exec = plan.kind === 'plan' ? judgeExec(pod, node, plan.placement.taskRole) : [];
  const emulated = place([...exec, ...uses.emulated, ...limits]).filter(isNew);
  const ignored = place(uses.ignored).filter(isNew);
  const verdict = verdictOf({ ...said, emulated });
  const task = plan.kind === 'plan' && said.faults.length === 0 ? explainTask(pod, plan, node) : undefined;
  return { workload, verdict, ...said, emulated, ignored, general: uses.general, ...(task && { task }) };
}

/** Whether nothing that needs more attention was said at the same path, or of a claim as a whole. */
function isNewBeside(said: readonly FieldFault[]): (one: FieldFault) => boolean {
  const paths = new Set(said.map(({ path }) => path));
  return ({ path }) => !paths.has(path) && !paths.has(path.replace(/\.claimName$/, ''));
}

/** With what is told as events when a pod is launched, by the reason of the event. */
function warningsOf(
  pod: Pod,
  plan: ReturnType<typeof planPod>,
  { node, settings }: ExplainContext,
): readonly FieldFault[] {
  if (plan.kind !== 'plan') return judgePod(pod, { node, settings }).warnings;
  const events = plan.notes.filter(({ type }) => type === 'Warning');
  return [...plan.warnings, ...events.map(({ reason, message }) => ({ path: reason, note: message }))];
}

function toDropped(message: string): FieldFault {
  const path = /"([^"]+)"/.exec(message)?.[1] ?? 'spec';
  return { path, note: 'No such field: the API server drops it. Is it misspelt, or in the wrong place?' };
}

function verdictOf(said: Pick<Explanation, 'faults' | 'conditions' | 'warnings' | 'emulated'>): Verdict {
  if (said.faults.length > 0) return 'refused';
  if (said.conditions.length > 0) return 'depends';
  return said.warnings.length + said.emulated.length > 0 ? 'emulated' : 'as is';
}
