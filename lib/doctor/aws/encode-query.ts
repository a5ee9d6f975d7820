import type { JsonLike } from '../../local/explain/read-path.ts';

/**
 * The form of a question: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1`. Lists of the query protocol have `member` before the
 * number, those of EC2 have not.
 */
export function encodeQuery(
  {
    operation,
    version,
    lists,
  }: { readonly operation: string; readonly version: string; readonly lists: 'member' | 'flat' },
  input: JsonLike,
): string {
  const form = new URLSearchParams({ Action: operation, Version: version });
  const put = (name: string, value: unknown): void => {
    if (value === undefined) return;
    if (Array.isArray(value)) {
      const prefix = lists === 'member' ? `${name}.member` : name;
      value.forEach((one, index) => put(`${prefix}.${index + 1}`, one));
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) put(`${name}.${key}`, inner);
    } else form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  };
  for (const [name, value] of Object.entries(input)) put(name, value);
  return form.toString();
}
