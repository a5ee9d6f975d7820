/**
 * The size of an item as DynamoDB counts it (developer guide, "DynamoDB item sizes and formats"): names and texts in bytes of
 * UTF-8, two digits of a number to the byte and one more, 3 bytes for a map or list and 1 for each of its members.
 */
export function itemSize(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/[^0-9]/g, '').length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, member) => sum + 1 + valueSize(member), 3);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).reduce(
      (sum, [name, member]) => sum + 1 + Buffer.byteLength(name) + valueSize(member),
      3,
    );
  }
  return 1;
}
