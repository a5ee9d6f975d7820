/**
 * Collects the placeholders of one request. Every attribute name becomes a placeholder, because DynamoDB reserves hundreds
 * of words (`state` and `name` among them).
 */
export class ExpressionTerms {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, unknown>();

  /** The placeholder path of a dotted attribute path, such as `task.version`. */
  name(path: string): string {
    return path
      .split('.')
      .map((part) => {
        const placeholder = `#${part}`;
        this.#names.set(placeholder, part);
        return placeholder;
      })
      .join('.');
  }

  /** The placeholder of a value. */
  value(value: unknown): string {
    const placeholder = `:v${this.#values.size}`;
    this.#values.set(placeholder, value);
    return placeholder;
  }

  /** The request parameters; a kind that was not used is left out, because DynamoDB refuses empty ones. */
  parameters(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, unknown>;
  } {
    return {
      ...(this.#names.size > 0 && { ExpressionAttributeNames: Object.fromEntries(this.#names) }),
      ...(this.#values.size > 0 && { ExpressionAttributeValues: Object.fromEntries(this.#values) }),
    };
  }
}

/** Builds a condition expression over the terms of its request. */
export type Condition = (terms: ExpressionTerms) => string;

/** `SET a = :v0 REMOVE b`: `undefined` removes; no change gives no expression. */
export function updateExpression(
  changes: Readonly<Record<string, unknown>>,
  terms: ExpressionTerms,
): string | undefined {
  const set: string[] = [];
  const remove: string[] = [];
  for (const [attribute, value] of Object.entries(changes)) {
    if (value === undefined) remove.push(terms.name(attribute));
    else set.push(`${terms.name(attribute)} = ${terms.value(value)}`);
  }
  const clauses = [
    ...(set.length > 0 ? [`SET ${set.join(', ')}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.join(', ')}`] : []),
  ];
  return clauses.length > 0 ? clauses.join(' ') : undefined;
}
