import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, faultOf, linksOf, listPages } from './read-links.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGES = listPages(ROOT);

describe('the links of the pages', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const links = linksOf(page, readFileSync(resolve(ROOT, page), 'utf8'));
    expect(links.map((link) => faultOf(ROOT, link)).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('lead to every page of docs from another page', () => {
    const linked = PAGES.flatMap((page) => linksOf(page, readFileSync(resolve(ROOT, page), 'utf8'))).map(
      ({ target }) => target.split('#')[0]?.split('/').at(-1),
    );
    const pages = PAGES.filter((page) => page.startsWith('docs/')).map((page) => page.split('/').at(-1));
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  });
});

describe('a broken link', () => {
  it('is told when the file is missing, the heading is, or it leaves the repository', () => {
    const fault = (target: string): string | undefined => faultOf(ROOT, { page: 'docs/cost.md', target });
    expect(fault('nowhere.md')).toContain('does not exist');
    expect(fault('identity.md#nowhere')).toContain('no such heading');
    expect(fault('../../README.md')).toContain('outside of the repository');
    expect(fault('#the-formula')).toBeUndefined();
    expect(fault('identity.md#as-whom-impersonatenodes')).toBeUndefined();
  });

  it('is looked for in text, and neither in code nor at other sites', () => {
    const text = 'See [a](b.md#c), `[d](e)`, [f](https://example.com).\n```\n[g](h.md)\n```\n![i](j.svg)\n';
    expect(linksOf('p.md', text).map(({ target }) => target)).toEqual(['b.md#c', 'j.svg']);
  });

  it('knows the anchors that GitHub gives', () => {
    const text = '# One: `two`, [three](x.md)\n```\n# none\n```\n## No capacity\n### No capacity\n';
    expect(anchorsOf(text)).toEqual(['one-two-three', 'no-capacity', 'no-capacity-1']);
  });
});
