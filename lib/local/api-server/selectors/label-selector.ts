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
  const found = parseSet(part) ?? parseExistence(part) ?? parseComparison(part);
  if (found !== undefined) return expression(found);
  const stranger = part.trim().split(/\s+/).at(-1) ?? '';
  throw badRequest(
    `unable to parse requirement: found '${stranger}', expected: in, notin, =, ==, !=, gt, lt`,
  );
}

function parseSet(part: string): Expression | undefined {
  const [, key, word, list = ''] = SET.exec(part) ?? [];
  if (key === undefined) return undefined;
  return {
    key,
    operator: word === 'in' ? 'In' : 'NotIn',
    values: list.split(',').map((value) => value.trim()),
  };
}

function parseExistence(part: string): Expression | undefined {
  const [, not, key] = EXISTS.exec(part) ?? [];
  return key === undefined
    ? undefined
    : { key, operator: not === '!' ? 'DoesNotExist' : 'Exists', values: [] };
}

function parseComparison(part: string): Expression | undefined {
  const [, key, sign = '', value = ''] = COMPARE.exec(part) ?? [];
  return key === undefined ? undefined : { key, operator: operatorOf(sign), values: [value] };
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
