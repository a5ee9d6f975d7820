import { badRequest } from '../objects/api-failure.ts';
import { objectsAt, textAt, textsAt } from '../objects/json.ts';
import type { Json, JsonObject } from '../objects/json.ts';

/** Whether labels (or fields) satisfy a selector. */
export type Matcher = (labels: Readonly<Record<string, string>>) => boolean;

const KEY = String.raw`[A-Za-z0-9][-A-Za-z0-9_./]*`;
const VALUE = String.raw`[-A-Za-z0-9_.]*`;
const SET = new RegExp(String.raw`^\s*(${KEY})\s+(in|notin)\s+\(([^)]*)\)\s*$`);
const EXISTS = new RegExp(String.raw`^\s*(!?)\s*(${KEY})\s*$`);
const COMPARE = new RegExp(String.raw`^\s*(${KEY})\s*(==|=|!=|>|<)\s*(${VALUE})\s*$`);

/** The `labelSelector` of a query: equality, sets, existence and comparison, joined by commas. Malformed is 400. */
export function parseLabelSelector(text: string): Matcher {
  const parts = splitOutsideParentheses(text).filter((part) => part.trim() !== '');
  const matchers = parts.map(parseRequirement);
  return (labels) => matchers.every((matches) => matches(labels));
}

// "in (a,b)" has commas that do not separate requirements.
function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}

function parseRequirement(part: string): Matcher {
  const set = SET.exec(part);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return expression({ key: set[1] ?? '', operator: set[2] === 'in' ? 'In' : 'NotIn', values });
  }
  const exists = EXISTS.exec(part);
  if (exists !== null) {
    return expression({
      key: exists[2] ?? '',
      operator: exists[1] === '!' ? 'DoesNotExist' : 'Exists',
      values: [],
    });
  }
  const compare = COMPARE.exec(part);
  if (compare === null)
    throw badRequest(
      `unable to parse requirement: found '${part.trim().split(/\s+/).at(-1) ?? ''}', expected: in, notin, =, ==, !=, gt, lt`,
    );
  return expression({
    key: compare[1] ?? '',
    operator: operatorOf(compare[2] ?? ''),
    values: [compare[3] ?? ''],
  });
}

function operatorOf(sign: string): Operator {
  if (sign === '!=') return 'NotIn';
  if (sign === '>') return 'Gt';
  return sign === '<' ? 'Lt' : 'In';
}

type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

interface Expression {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

function expression({ key, operator, values }: Expression): Matcher {
  const valueOf = (labels: Readonly<Record<string, string>>): string | undefined => labels[key];
  switch (operator) {
    case 'In':
      return (labels) => values.includes(valueOf(labels) ?? '\0');
    case 'NotIn':
      return (labels) => !values.includes(valueOf(labels) ?? '\0');
    case 'Exists':
      return (labels) => valueOf(labels) !== undefined;
    case 'DoesNotExist':
      return (labels) => valueOf(labels) === undefined;
    case 'Gt':
      return (labels) => Number(valueOf(labels)) > Number(values[0]);
    case 'Lt':
      return (labels) => Number(valueOf(labels)) < Number(values[0]);
  }
}

const OPERATORS: readonly string[] = [
  'In',
  'NotIn',
  'Exists',
  'DoesNotExist',
  'Gt',
  'Lt',
] satisfies Operator[];

/** The `matchExpressions` of a selector or of a node affinity term; an operator that does not exist matches nothing. */
export function matchExpressions(list: readonly JsonObject[]): Matcher {
  const matchers = list.map((one) => {
    const operator = textAt(one, 'operator');
    if (!OPERATORS.includes(operator)) return () => false;
    const values = Array.isArray(one['values']) ? (one['values'] as readonly string[]) : [];
    return expression({ key: textAt(one, 'key'), operator: operator as Operator, values });
  });
  return (labels) => matchers.every((matches) => matches(labels));
}

/** A `LabelSelector` object as in a Deployment. */
export function matchLabelSelector(selector: Json | undefined): Matcher {
  const wanted = Object.entries(textsAt(selector, 'matchLabels'));
  const expressions = matchExpressions(objectsAt(selector, 'matchExpressions'));
  return (labels) => wanted.every(([key, value]) => labels[key] === value) && expressions(labels);
}
