import { goesOn, isFullPart } from '../../core/log-parts.ts';

/** A page on the way back through a log. */
interface BackPage {
  /** So many ends of lines are looked for, the last one first. */
  readonly ends: number;
  /** Whether the first line of the page behind this one ends a line hangs on the last of this one. */
  readonly isUnsure: boolean;
  /** Nothing is behind this page: its last line counts as an end, also where it goes on. */
  readonly isLast: boolean;
  /** Nothing is before this page, which is empty. */
  readonly isStart: boolean;
}

/** Where the last of the ends is. */
type FoundEnd =
  /** What follows it begins at this line of the page. */
  | { readonly kind: 'here'; readonly index: number }
  /** It is the first line of the page behind this one. */
  | { readonly kind: 'laterBehindOne' }
  /** Before this page. */
  | { readonly kind: 'earlier'; readonly ends: number; readonly isUnsure: boolean };

/** Looks through the texts of a page, of which each may be a part of a line. */
export function findEnd(texts: readonly string[], { ends, isUnsure, isLast, isStart }: BackPage): FoundEnd {
  const last = texts.at(-1);
  let left = ends;
  if (isUnsure && (last === undefined ? isStart : !isFullPart(last))) left -= 1;
  if (left === 0) return { kind: 'laterBehindOne' };
  if (last === undefined) return { kind: 'earlier', ends: left, isUnsure: isUnsure && !isStart };
  for (let index = texts.length - 1; index >= 0; index -= 1) {
    const isOpen =
      isLast && index === texts.length - 1 ? false : goesOn(texts[index] ?? '', texts[index - 1]);
    if (isOpen === undefined) return { kind: 'earlier', ends: left, isUnsure: true };
    if (isOpen) continue;
    left -= 1;
    if (left === 0) return { kind: 'here', index: index + 1 };
  }
  return { kind: 'earlier', ends: left, isUnsure: false };
}
