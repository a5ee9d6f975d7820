import type { Pod } from '../../lib/core/kubernetes.ts';
import type { PodPage, Pods } from '../../lib/ports/pods.ts';

/** Every page of a list, read to its end. */
export async function pagesOf<Page>(list: AsyncIterable<Page>): Promise<readonly Page[]> {
  const pages: Page[] = [];
  for await (const page of list) pages.push(page);
  return pages;
}

/** Every pod of a node. */
export async function podsOf(pods: Pick<Pods, 'list'>, node: string): Promise<readonly Pod[]> {
  const pages: readonly PodPage[] = await pagesOf(pods.list(node));
  return pages.flatMap((page) => page.pods);
}
