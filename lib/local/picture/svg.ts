/** A place in the picture: x to the right, y downwards. */
export type Place = readonly [x: number, y: number];

/** A straight line. */
export function line([x1, y1]: Place, [x2, y2]: Place, className: string): string {
  return `<line class="${className}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

/** Text whose place and look its class says. */
export function text([x, y]: Place, words: string, className: string): string {
  return `<text class="${className}" x="${round(x)}" y="${round(y)}">${escapeText(words)}</text>`;
}

/** Words between tags. */
export function escapeText(words: string): string {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
