// Lists that come page by page, as a test wants them.
import { FailureError } from '../../lib/core/failure.ts';

/** A list of just these pages. */
export async function* pagesOf<Page>(...pages: readonly Page[]): AsyncGenerator<Page> {
  for (const page of await Promise.resolve(pages)) yield page;
}

/** A list whose first page never comes. */
export function failingPages<Page>(message = 'down'): AsyncIterable<Page> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new FailureError({ kind: 'transient', message })),
    }),
  };
}

/** The same list, with every page changed on its way. */
export async function* changedPages<Page>(
  list: AsyncIterable<Page>,
  change: (page: Page) => Page,
): AsyncGenerator<Page> {
  for await (const page of list) yield change(page);
}
