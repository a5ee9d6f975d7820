import { labelsOf, nameOf } from '../../objects/api-object.ts';
import type { ApiObject } from '../../objects/api-object.ts';
import { objectAt, objectsAt, textAt, textsAt } from '../../objects/json.ts';
import type { JsonObject } from '../../objects/json.ts';
import { parseQuantity } from '../../objects/quantity.ts';
import { matchExpressions } from '../../selectors/label-selector.ts';
import { requestsOf } from './node-usage.ts';
import type { Amounts } from './node-usage.ts';

/** Whether a toleration covers a taint. */
export function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const [key, effect] = [textAt(toleration, 'key'), textAt(toleration, 'effect')];
  if (effect !== '' && effect !== textAt(taint, 'effect')) return false;
  if (key !== '' && key !== textAt(taint, 'key')) return false;
  if (textAt(toleration, 'operator') === 'Exists') return true;
  return key !== '' && textAt(toleration, 'value') === textAt(taint, 'value');
}

/** Why the node cannot take the pod, in the scheduler's words; empty when it can. */
export function misfitsOf(pod: ApiObject, node: ApiObject, used: Amounts): readonly string[] {
  if (objectAt(node, 'spec')['unschedulable'] === true && !toleratesUnschedulable(pod))
    return ['node(s) were unschedulable'];
  if (!matchesNodeAffinity(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  if (!toleratesAll(pod, node)) return ['node(s) had untolerated taint(s)'];
  return shortagesOf(pod, node, used);
}

function toleratesUnschedulable(pod: ApiObject): boolean {
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  return objectsAt(pod, 'spec', 'tolerations').some((one) => tolerates(one, taint));
}

function toleratesAll(pod: ApiObject, node: ApiObject): boolean {
  const tolerations = objectsAt(pod, 'spec', 'tolerations');
  return objectsAt(node, 'spec', 'taints')
    .filter((taint) => ['NoSchedule', 'NoExecute'].includes(textAt(taint, 'effect')))
    .every((taint) => tolerations.some((one) => tolerates(one, taint)));
}

/** Whether the node selector and the required node affinity of the pod take the node. */
export function matchesNodeAffinity(pod: ApiObject, node: ApiObject): boolean {
  const labels = labelsOf(node);
  const selector = Object.entries(textsAt(pod, 'spec', 'nodeSelector'));
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  const path = [
    'spec',
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
    'nodeSelectorTerms',
  ];
  const terms = objectsAt(pod, ...path);
  return terms.length === 0 || terms.some((term) => matchesTerm(term, node));
}

// An empty term matches nothing; the only field that may be matched is metadata.name.
function matchesTerm(term: JsonObject, node: ApiObject): boolean {
  const [expressions, fields] = [objectsAt(term, 'matchExpressions'), objectsAt(term, 'matchFields')];
  if (expressions.length === 0 && fields.length === 0) return false;
  return (
    matchExpressions(expressions)(labelsOf(node)) &&
    matchExpressions(fields)({ 'metadata.name': nameOf(node) })
  );
}

function shortagesOf(pod: ApiObject, node: ApiObject, used: Amounts): readonly string[] {
  const allocatable = textsAt(node, 'status', 'allocatable');
  return [...requestsOf(pod)].flatMap(([name, amount]) => {
    const capacity = parseQuantity(allocatable[name] ?? '0') ?? 0;
    if (amount === 0 || (used.get(name) ?? 0) + amount <= capacity) return [];
    return [name === 'pods' ? 'Too many pods' : `Insufficient ${name}`];
  });
}

/** How full the node is, 0 to 1, by its scarcest resource of those that pods ask for; the emptiest node gets the pod. */
export function fullnessOf(node: ApiObject, used: Amounts): number {
  const allocatable = textsAt(node, 'status', 'allocatable');
  const shares = ['cpu', 'memory', 'pods'].map(
    (name) => (used.get(name) ?? 0) / Math.max(1e-9, parseQuantity(allocatable[name] ?? '0') ?? 0),
  );
  return Math.max(...shares);
}
