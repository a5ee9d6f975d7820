import type { Pod } from '../../../core/kubernetes.ts';
import { allContainers } from '../../../core/pod-needs.ts';
import type { FieldFault } from '../../../ports/provider.ts';
import { helpersOf } from './choose-helpers.ts';
import { HELPERS } from '../plan/plan-types.ts';
import { placementOf, unknownAnnotations } from './support-annotations.ts';
import { nameInjectors } from './support-injected.ts';
import { POD_SPEC_SUPPORT } from './support-pod-spec.ts';
import { judgeProbes } from './support-probe.ts';
import {
  fault,
  judgeFields,
  warning,
  type FieldUse,
  type Finding,
  type JudgeContext,
  type Place,
} from './support-row.ts';

/** ECS takes no more containers in one task definition. */
const MOST_CONTAINERS = 10;

/**
 * Judges every field of a pod's spec by the tables, and its annotations by the rules of its node: all faults and all warnings at
 * once, each path once. Nothing that the tables reject is left out silently, and nothing that admission adds by default is
 * refused. `visit` is told of every field that is set, with its row.
 */
export function judgePod(
  pod: Pod,
  context: JudgeContext,
  visit?: Place['visit'],
): { readonly faults: readonly FieldFault[]; readonly warnings: readonly FieldFault[] } {
  const place: Place = { path: 'spec', pod, context, ...(visit === undefined ? {} : { visit }) };
  const findings = [
    ...judgeFields(POD_SPEC_SUPPORT, pod.spec, place),
    ...judgeProbes(pod, context),
    ...judgeCount(pod),
    ...placementOf(pod, context.node).faults.map(({ path, note }) => fault(path, note)),
    ...unknownAnnotations(pod).map(({ path, note }) => warning(path, note)),
  ];
  return {
    faults: nameInjectors(pod, ofSeverity(findings, 'fault')),
    warnings: ofSeverity(findings, 'warning'),
  };
}

/** Every field that a pod sets, in the order of the tables, with what happens to it. */
export function listFieldUses(pod: Pod, context: JudgeContext): readonly FieldUse[] {
  const uses: FieldUse[] = [];
  judgePod(pod, context, (use) => uses.push(use));
  return uses;
}

/** The path names the list, not a container of it: none of them is the one too many. */
function judgeCount(pod: Pod): readonly Finding[] {
  const own = allContainers(pod.spec).length;
  const helpers = helpersOf(pod).map((helper) => HELPERS[helper]);
  const all = own + helpers.length;
  if (all <= MOST_CONTAINERS) return [];
  const withHelpers = helpers.length === 0 ? '' : ` with the helpers that it needs (${helpers.join(', ')})`;
  return [
    fault(
      'spec.containers',
      `A task has at most ${MOST_CONTAINERS} containers, this pod has ${all}${withHelpers}: split it, or run this pod on another node.`,
    ),
  ];
}

function ofSeverity(findings: readonly Finding[], severity: Finding['severity']): readonly FieldFault[] {
  const wanted = findings.filter((finding) => finding.severity === severity);
  const byKey = new Map(wanted.map(({ path, note }) => [`${path} ${note}`, { path, note }]));
  return [...byKey.values()];
}
