import { ShellFault } from './shell-fault.ts';

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** The value of an arithmetic expansion: integers, variables, and the operators of C without assignments. */
export function evaluate(expression: string, variable: (name: string) => string): number {
  const tokens = expression.match(/\d+|[A-Za-z_]\w*|\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%()<>!~&|^]/g) ?? [];
  const state = { at: 0 };
  const primary = (): number => {
    const token = tokens[state.at];
    state.at += 1;
    if (token === undefined) return 0;
    if (token === '(') {
      const value = level(0);
      state.at += 1;
      return value;
    }
    if (token === '-') return -primary();
    if (token === '+') return primary();
    if (token === '!') return Number(primary() === 0);
    if (token === '~') return ~primary();
    const value = Number(/^\d/.test(token) ? token : variable(token) || 0);
    if (Number.isNaN(value))
      throw new ShellFault(`arithmetic expression: expecting primary: "${expression}"`);
    return value;
  };
  const level = (depth: number): number => {
    const operators = LEVELS[depth];
    if (operators === undefined) return primary();
    let left = level(depth + 1);
    for (
      let token = tokens[state.at];
      token !== undefined && operators.includes(token);
      token = tokens[state.at]
    ) {
      state.at += 1;
      left = apply(token, left, level(depth + 1));
    }
    return left;
  };
  return level(0);
}

function apply(operator: string, left: number, right: number): number {
  const divides = operator === '/' || operator === '%';
  if (divides && right === 0) throw new ShellFault('division by zero');
  const results: Readonly<Record<string, number>> = {
    ...{ '+': left + right, '-': left - right, '*': left * right },
    ...{ '/': divides ? Math.trunc(left / right) : 0, '%': divides ? left % right : 0 },
    ...{ '<': Number(left < right), '>': Number(left > right), '<=': Number(left <= right) },
    ...{ '>=': Number(left >= right), '==': Number(left === right), '!=': Number(left !== right) },
    ...{ '&&': Number(left !== 0 && right !== 0), '||': Number(left !== 0 || right !== 0) },
    ...{ '&': left & right, '|': left | right, '^': left ^ right, '<<': left << right, '>>': left >> right },
  };
  return results[operator] ?? 0;
}
