/**
 * The agent sends what it takes for text (amazon-ssm-agent, processStdoutData): up to three bytes at the end that are no whole character
 * wait for more, and are lost at the end of the output; of the character U+FFFD only the first byte is sent. Everything else passes.
 */
export class TextPasser {
  #rest: Buffer = Buffer.alloc(0);

  pass(bytes: Uint8Array): Uint8Array {
    const all = Buffer.concat([this.#rest, bytes]);
    const kept: number[] = [];
    let at = 0;
    while (at < all.length) {
      const length = characterLength(all, at);
      const isWrong = length === 0;
      const isReplacement = length === 3 && all.readUIntBE(at, 3) === 0xefbfbd;
      if ((isWrong || isReplacement) && all.length - at < 4) break;
      if (isWrong || isReplacement) kept.push(all[at] ?? 0);
      else kept.push(...all.subarray(at, at + length));
      at += Math.max(1, length);
    }
    this.#rest = all.subarray(at);
    return Uint8Array.from(kept);
  }
}

/** Of the character of UTF-8 at this place; 0: there is none. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0
      ? 2
      : first >= 0xe0 && first < 0xf0
        ? 3
        : first >= 0xf0 && first < 0xf5
          ? 4
          : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const text = bytes.toString('utf8', at, at + length);
  return Buffer.from(text).equals(bytes.subarray(at, at + length)) &&
    text.codePointAt(0) !== undefined &&
    text.length === (length === 4 ? 2 : 1)
    ? length
    : 0;
}
