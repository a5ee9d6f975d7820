/** An EventBridge event pattern: nested objects whose leaves are lists of what is allowed. */
export type EventPattern = { readonly [field: string]: readonly unknown[] | EventPattern };

/**
 * Whether an event matches a pattern. Leaves know exact values, `prefix`, `suffix`, `exists`, `anything-but` and
 * `equals-ignore-case`; another matcher throws, because a rule that silently matches nothing is hard to find.
 */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, allowed]) => {
    const value = fieldOf(event, field);
    return Array.isArray(allowed)
      ? allowed.some((matcher) => matchesLeaf(matcher, value))
      : matchesPattern(allowed as EventPattern, value);
  });
}

/** An array in an event matches when one of its elements does. */
function matchesLeaf(matcher: unknown, value: unknown): boolean {
  if (typeof matcher !== 'object' || matcher === null) return asList(value).includes(matcher);
  const [kind, wanted] = (Object.entries(matcher) as [string, unknown][])[0] ?? ['', undefined];
  if (kind === 'exists') return (value !== undefined) === wanted;
  const test = TESTS[kind];
  if (test === undefined) throw new Error(`event pattern matcher not emulated: ${kind}`);
  return asList(value).some((one) => one !== undefined && test(one, wanted));
}

const TESTS: Readonly<Record<string, (value: unknown, wanted: unknown) => boolean>> = {
  prefix: (value, wanted) => String(value).startsWith(String(wanted)),
  suffix: (value, wanted) => String(value).endsWith(String(wanted)),
  'anything-but': (value, wanted) => !asList(wanted).includes(value),
  'equals-ignore-case': (value, wanted) => String(value).toLowerCase() === String(wanted).toLowerCase(),
};

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function fieldOf(event: unknown, field: string): unknown {
  return typeof event === 'object' && event !== null ? Reflect.get(event, field) : undefined;
}
