/** The most that is kept of a far side's words, in bytes of UTF-8. */
const KEPT_BYTES = 256;

/** The text cut to 256 bytes, never inside a character; what was cut shows as an ellipsis. */
export function cutText(text: string): string {
  const sizeOf = (character: string) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return 1;
    if (code < 0x800) return 2;
    return code < 0x10000 ? 3 : 4;
  };
  const characters = [...text];
  let bytes = 0;
  let keptForEllipsis = 0;
  for (const [index, character] of characters.entries()) {
    bytes += sizeOf(character);
    if (bytes <= KEPT_BYTES - 3) keptForEllipsis = index + 1;
    if (bytes > KEPT_BYTES) return `${characters.slice(0, keptForEllipsis).join('')}…`;
  }
  return text;
}
