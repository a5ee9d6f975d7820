/** A `metav1.LabelSelector` as it travels in JSON. */
interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/**
 * Whether a selector, such as a network policy's `podSelector`, selects an object with these labels: every label and every
 * expression must match, so an empty selector selects all. `NotIn` also matches where the label is absent, as in Kubernetes. An
 * operator that Kubernetes does not have matches nothing.
 */
export function matchesLabels(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  // A map, because an object also "has" what every object inherits, such as `constructor`.
  const values = new Map(Object.entries(labels));
  return (
    Object.entries(matchLabels).every(([key, value]) => values.get(key) === value) &&
    matchExpressions.every(
      (one) => OPERATORS.get(one.operator)?.(values.get(one.key), one.values ?? []) === true,
    )
  );
}

/** The operators of Kubernetes, given the label's value and the values of the expression. */
const OPERATORS = new Map<string, (value: string | undefined, values: readonly string[]) => boolean>([
  ['In', (value, values) => value !== undefined && values.includes(value)],
  ['NotIn', (value, values) => value === undefined || !values.includes(value)],
  ['Exists', (value) => value !== undefined],
  ['DoesNotExist', (value) => value === undefined],
]);
