import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** A link of one page to something within the repository. */
export interface PageLink {
  /** Path of the page from the root of the repository. */
  readonly page: string;
  /** As it is written: `identity.md#the-rights`. */
  readonly target: string;
}

/** The pages that people read: those of the root, and of `docs/`. */
export function listPages(root: string): readonly string[] {
  return ['.', 'docs'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
}

/** Every link of a page that is not to another site. Code is no link. */
export function linksOf(page: string, text: string): readonly PageLink[] {
  return [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/**
 * Where a link leads to nothing, and why; without a text when it does not. The anchors of a page are those that GitHub gives its
 * headings.
 */
export function faultOf(root: string, { page, target }: PageLink): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(root, page) : resolve(root, dirname(page), path);
  if (relative(root, file).startsWith('..')) return `${page} links to ${target}, outside of the repository`;
  if (!existsSync(file)) return `${page} links to ${target}, which does not exist`;
  if (anchor === undefined) return undefined;
  const anchors = file.endsWith('.md') ? anchorsOf(readFileSync(file, 'utf8')) : [];
  return anchors.includes(anchor) ? undefined : `${page} links to ${target}, which has no such heading`;
}

/**
 * The anchors of a page: GitHub lowers a heading, takes out what is neither letter, digit, blank, dash nor underscore, turns blanks into
 * dashes, and counts those that come again (the rule of github-slugger).
 */
export function anchorsOf(text: string): readonly string[] {
  const seen = new Map<string, number>();
  return [...withoutFences(text).matchAll(/^#{1,6} +(.*)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

function withoutFences(text: string): string {
  return text.replace(/^```[^]*?^```/gm, '');
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, '');
}
