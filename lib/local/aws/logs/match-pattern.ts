import { AwsError } from '../aws-model.ts';

/**
 * The filter patterns of CloudWatch Logs as far as the product and its pages use them: `"a phrase"`, words without operators, and fields of
 * JSON lines, `{ $.uid = "x" && $.message = "y" }`, with `=` and `!=`, a `*` at the end of a text for
 * anything, all joined by `&&` or all by `||` (CloudWatch Logs User Guide, "Filter pattern syntax").
 * @throws AwsError for anything else
 */
export function compilePattern(pattern: string | undefined): (message: string) => boolean {
  const text = (pattern ?? '').trim();
  const fields = /^\{(.*)\}$/s.exec(text)?.[1];
  if (fields !== undefined) return compileFields(fields);
  const phrase = text.replace(/^"(.*)"$/s, '$1');
  return (message) => message.includes(phrase);
}

const CONDITION = /^\(?\s*\$\.([\w.]+)\s*(=|!=)\s*("[^"]*"|[\w.-]+)\s*\)?$/;

function compileFields(text: string): (message: string) => boolean {
  const isAny = text.includes('||');
  const conditions = text.split(isAny ? '||' : '&&').map(compileCondition);
  return (message) => {
    const line = parseLine(message);
    if (line === undefined) return false;
    return isAny ? conditions.some((holds) => holds(line)) : conditions.every((holds) => holds(line));
  };
}

function compileCondition(text: string): (line: object) => boolean {
  const [, path, operator, value = ''] = CONDITION.exec(text.trim()) ?? [];
  if (path === undefined) throw new AwsError('InvalidParameterException', `Invalid filter pattern: ${text}`);
  const wanted = value.replace(/^"(.*)"$/, '$1');
  return (line) => {
    const found = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], line);
    const isMet = wanted.endsWith('*')
      ? String(found).startsWith(wanted.slice(0, -1))
      : String(found) === wanted;
    return isMet === (operator === '=');
  };
}

function parseLine(message: string): object | undefined {
  try {
    const line: unknown = JSON.parse(message);
    return typeof line === 'object' && line !== null ? line : undefined;
  } catch {
    return undefined;
  }
}
