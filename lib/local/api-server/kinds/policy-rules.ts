import type { KindRules } from './kind-row.ts';
import { forbiddenField, invalidValue, required, unsupported } from '../objects/api-failure.ts';
import type { Cause } from '../objects/api-failure.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { listAt, objectAt, objectsAt, textAt, withoutNulls } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';

function completePolicy(policy: ApiObject): ApiObject {
  const spec = objectAt(policy, 'spec');
  const hasEgress = objectsAt(spec, 'egress').length > 0;
  const completed = withoutNulls({
    ...spec,
    podSelector: objectAt(spec, 'podSelector'),
    ingress: rulesOf(spec, 'ingress'),
    egress: rulesOf(spec, 'egress'),
    policyTypes: spec['policyTypes'] ?? ['Ingress', ...(hasEgress ? ['Egress'] : [])],
  });
  return { ...policy, spec: completed };
}

function rulesOf(spec: JsonObject, direction: string): Json {
  if (spec[direction] === undefined) return null;
  return objectsAt(spec, direction).map((rule) => {
    if (rule['ports'] === undefined) return rule;
    return { ...rule, ports: objectsAt(rule, 'ports').map((port) => ({ protocol: 'TCP', ...port })) };
  });
}

const TYPES = ['Ingress', 'Egress'];

function validatePolicy(policy: ApiObject): readonly Cause[] {
  const expressions = objectsAt(policy, 'spec', 'podSelector', 'matchExpressions');
  return [
    ...expressions.flatMap((one, index) =>
      validateExpression(one, `spec.podSelector.matchExpressions[${index}]`),
    ),
    ...(listAt(policy, 'spec', 'policyTypes') as readonly string[]).flatMap((type, index) =>
      TYPES.includes(type) ? [] : [unsupported(`spec.policyTypes[${index}]`, type, TYPES)],
    ),
  ];
}

function validateExpression(expression: JsonObject, at: string): readonly Cause[] {
  const operator = textAt(expression, 'operator');
  const count = listAt(expression, 'values').length;
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be specified when `operator` is 'In' or 'NotIn'";
    return count > 0 ? [] : [required(`${at}.values`, why)];
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    return count > 0 ? [forbiddenField(`${at}.values`, why)] : [];
  }
  return [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')];
}

/** What is special about NetworkPolicies. Nothing enforces them here. */
export const networkPolicyRules: KindRules = {
  create: completePolicy,
  update: completePolicy,
  validate: validatePolicy,
};
