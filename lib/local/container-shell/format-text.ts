const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v', '\\': '\\' },
};

/** Text with the escapes of `printf` carried out; with `zero`, those of `%b` and `echo -e`, whose octal numbers begin with a zero. */
export function unescape(text: string, zero = false): string {
  const octal = zero ? /\\(?:0([0-7]{0,3})|([^0]|$))/gs : /\\(?:([0-7]{1,3})|([^0-7]|$))/gs;
  return text.replaceAll(octal, (_, digits: string | undefined, letter: string | undefined) => {
    if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits || '0', 8) & 255);
    return ESCAPES[letter ?? ''] ?? `\\${letter ?? ''}`;
  });
}

/** What `printf FORMAT WORDS` writes. The format is used again for words that are left. */
export function formatText(format: string, given: readonly string[]): string {
  const words = [...given];
  let text = '';
  do {
    const before = words.length;
    text += formatOnce(format, words);
    if (words.length === before) break;
  } while (words.length > 0);
  return text;
}

function formatOnce(format: string, words: string[]): string {
  const pattern =
    /%(?<flags>[-0 ]*)(?<width>\d*)(?:\.(?<precision>\d+))?(?<conversion>[sdbciuxXo%])|\\[0-7]{1,3}|\\.|[^%\\]+|[%\\]/gs;
  let text = '';
  for (const { 0: all, groups = {} } of format.matchAll(pattern)) {
    const { flags = '', width = '', precision, conversion } = groups;
    if (conversion === undefined) text += unescape(all);
    else if (conversion === '%') text += '%';
    else {
      const cut = conversion === 's' && precision !== undefined ? Number(precision) : undefined;
      const value = convert(conversion, words.shift() ?? '').slice(0, cut);
      text += flags.includes('-')
        ? value.padEnd(Number(width))
        : value.padStart(Number(width), flags.includes('0') ? '0' : ' ');
    }
  }
  return text;
}

function convert(conversion: string, word: string): string {
  switch (conversion) {
    case 's':
      return word;
    case 'b':
      return unescape(word, true);
    case 'c':
      return word.slice(0, 1);
    case 'x':
      return Number(word || 0).toString(16);
    case 'X':
      return Number(word || 0)
        .toString(16)
        .toUpperCase();
    case 'o':
      return Number(word || 0).toString(8);
  }
  return String(Math.trunc(Number(word || 0)) || 0);
}
