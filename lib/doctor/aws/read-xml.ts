import type { JsonLike } from '../../local/explain/read-path.ts';

/** An element while it is read. */
interface Element {
  readonly name: string;
  readonly children: { readonly name: string; readonly value: unknown }[];
  text: string;
}

const TOKENS = /<\?[^>]*\?>|<!--[^]*?-->|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * An XML answer of AWS as JSON-like data: elements with elements are objects, others texts; attributes are left out. What has
 * children named `item` (EC2) or `member` (all others) only is a list; an empty list is an empty text, as nothing tells them apart.
 * @throws SyntaxError for what is not XML
 */
export function readXml(xml: string): JsonLike {
  const root: Element = { name: '', children: [], text: '' };
  const open = [root];
  for (const [, slash, name, selfClosing, text] of xml.matchAll(TOKENS)) {
    const element = open.at(-1) ?? root;
    if (text !== undefined) element.text += decode(text);
    else if (name === undefined) continue;
    else if (slash === '/') close(open, name);
    else if (selfClosing === '/') element.children.push({ name, value: '' });
    else open.push({ name, children: [], text: '' });
  }
  if (open.length !== 1 || root.children.length === 0) throw new SyntaxError('The answer is not whole XML');
  return valueOf(root) as JsonLike;
}

function close(open: Element[], name: string): void {
  const element = open.pop();
  const parent = open.at(-1);
  if (element?.name !== name || parent === undefined) throw new SyntaxError('The answer is not whole XML');
  parent.children.push({ name, value: valueOf(element) });
}

function valueOf({ name, children, text }: Element): unknown {
  if (children.length === 0) return text.trim();
  if (name !== '' && children.every((child) => child.name === 'item' || child.name === 'member'))
    return children.map(({ value }) => value);
  const byName = Map.groupBy(children, (child) => child.name);
  return Object.fromEntries(
    [...byName].map(([key, same]) => [
      key,
      same.length === 1 ? same[0]?.value : same.map(({ value }) => value),
    ]),
  );
}

function decode(text: string): string {
  return text.replace(/&(#x?)?(\w+);/g, (whole, number: string | undefined, code: string) =>
    number === undefined
      ? (ENTITIES[code] ?? whole)
      : String.fromCodePoint(Number.parseInt(code, number === '#x' ? 16 : 10)),
  );
}
