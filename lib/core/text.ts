/** The most that is kept of a far side's words, in bytes of UTF-8. */
const KEPT_BYTES = 256;
const ELLIPSIS = '…';

/** The text cut to 256 bytes of UTF-8, never inside a code point; what was cut shows as an ellipsis. */
export function cutText(text: string): string {
  if (sizeOf(text) <= KEPT_BYTES) return text;
  let kept = '';
  let bytes = sizeOf(ELLIPSIS);
  for (const character of text) {
    bytes += sizeOf(character);
    if (bytes > KEPT_BYTES) break;
    kept += character;
  }
  return kept + ELLIPSIS;
}

/** Bytes of UTF-8: a surrogate pair (two units) is four bytes, so each half counts two. */
function sizeOf(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}
