import type { ManifestDocument } from './read-documents.ts';
import { read, textOf, type JsonLike } from './read-path.ts';

/** The object of that kind and name, in that namespace unless its kind has none. */
export function findDocument(
  documents: readonly ManifestDocument[],
  kind: string,
  name: string,
  namespace?: string,
): JsonLike | undefined {
  return documents.find(
    (one) =>
      one.kind === kind &&
      read(one.object, ['metadata', 'name']) === name &&
      (namespace === undefined || namespaceOf(one.object) === namespace),
  )?.object;
}

/** The namespace of an object: `default` where it says none. */
export function namespaceOf(object: JsonLike): string {
  return textOf(read(object, ['metadata', 'namespace']), 'default');
}
