/** One statement of a policy, all references resolved, with lists where IAM allows a single text. */
export interface PolicyStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What IAM is asked before a call is carried out. */
export interface IamRequest {
  readonly action: string;
  /** `*` where the action knows no resource (Service Authorization Reference). */
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** The statements that allow a request; none is a refusal, because the policies of functions outside of a VPC deny nothing. */
export function allowing(
  statements: readonly PolicyStatement[],
  request: IamRequest,
): readonly PolicyStatement[] {
  return statements.filter(
    ({ actions, resources, conditions }) =>
      actions.some((action) => matches(action, request.action)) &&
      resources.some((resource) => matches(resource, request.resource)) &&
      Object.entries(conditions).every(([operator, keys]) =>
        Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, request.context[key])),
      ),
  );
}

/** IAM's wildcards: `*` is any text, `?` any character. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** A key that the request does not have holds for `ForAllValues`, and for nothing else. */
function holds(operator: string, wanted: readonly string[], values: readonly string[] | undefined): boolean {
  const forAll = operator.startsWith('ForAllValues:');
  const compare = comparing(operator.replace('ForAllValues:', ''));
  if (values === undefined) return forAll;
  const fits = (value: string): boolean => wanted.some((pattern) => compare(pattern, value));
  return forAll ? values.every(fits) : values.some(fits);
}

function comparing(operator: string): (wanted: string, value: string) => boolean {
  switch (operator) {
    case 'StringEquals':
      return (wanted, value) => wanted === value;
    case 'StringLike':
    case 'ArnEquals':
    case 'ArnLike':
      return matches;
  }
  throw new Error(
    `The test does not know the condition operator ${operator}: teach it to evaluate-policy.ts`,
  );
}
