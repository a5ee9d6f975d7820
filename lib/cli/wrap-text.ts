/**
 * A text in lines of at most `width` characters, broken at blanks; a word that is longer than a line has one of its own. The first
 * line begins with `first`, the others with as many blanks.
 */
export function wrapText(text: string, width: number, first = ''): readonly string[] {
  const indent = ' '.repeat(first.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + longer.length > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((one, index) => `${index === 0 ? first : indent}${one}`.trimEnd());
}
