import { invalidParameter } from './ecs-names.ts';

const PAGE = 100;

/** One page of at most 100 elements; the token is the place of the next. */
export function pageOf<Element>(
  all: readonly Element[],
  query: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
): { readonly page: readonly Element[]; readonly nextToken: string | undefined } {
  const size = query.maxResults ?? PAGE;
  if (size < 1 || size > PAGE) throw invalidParameter(`maxResults must be between 1 and ${PAGE}`);
  const from = Number(query.nextToken ?? 0);
  if (!Number.isInteger(from) || from < 0) throw invalidParameter('Invalid token');
  const end = from + size;
  return { page: all.slice(from, end), nextToken: end < all.length ? String(end) : undefined };
}
