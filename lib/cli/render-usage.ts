import type { OptionTable } from './option-table.ts';
import { wrapText } from './wrap-text.ts';

/** What a usage text is made of. */
export interface UsageParts {
  readonly name: string;
  /** What follows the name of the command. */
  readonly synopsis: string;
  readonly about: string;
  readonly options: OptionTable;
  readonly notes?: string;
}

const WIDTH = 110;

/** The text of `--help`. */
export function renderUsage({ name, synopsis, about, options, notes }: UsageParts): string {
  const rows = Object.entries(options).map(([long, { short, value, about: what }]) => {
    const before = short === undefined ? '' : `-${short}, `;
    return [`${before}--${long}${value === undefined ? '' : ` ${value}`}`, what] as const;
  });
  const column = Math.max(...rows.map(([option]) => option.length)) + 2;
  const lines = rows.flatMap(([option, what]) => wrapText(what, WIDTH, `  ${option.padEnd(column)}`));
  const tail = notes === undefined ? [] : ['', notes];
  return [`usage: lambdalet ${name} ${synopsis}`.trimEnd(), '', about, '', ...lines, ...tail].join('\n');
}
