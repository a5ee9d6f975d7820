/**
 * Whether two JSON values of Kubernetes say the same; the order of keys does not count. A key whose value is `undefined` or
 * `null` counts as absent: the API server writes a time that nobody set (`startedAt` of a container that never ran) as `null`.
 */
export function sameJson(left: unknown, right: unknown): boolean {
  if ((left ?? undefined) === (right ?? undefined)) return true;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameJson(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => sameJson(left[key], right[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
