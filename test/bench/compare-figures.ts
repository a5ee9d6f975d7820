/** A figure of two runs. */
interface Compared {
  readonly name: string;
  readonly before: number;
  readonly now: number;
}

/** Changes below this are not worth a line. */
const WORTH_TELLING = 0.02;

/** The ratios of all figures that both runs have and that differ: `burst.cpuSeconds 4.6 -> 3.9 (0.85)`. */
export function compareFigures(before: unknown, now: unknown): string {
  const old = new Map(numbersIn(before));
  const compared = numbersIn(now).flatMap(([name, value]): readonly Compared[] => {
    const known = old.get(name);
    return known === undefined ? [] : [{ name, before: known, now: value }];
  });
  const changed = compared.filter(
    (one) => Math.abs(one.now - one.before) > WORTH_TELLING * Math.abs(one.before),
  );
  const lines = changed.map(
    (one) => `${one.name}  ${short(one.before)} -> ${short(one.now)}  (${ratioOf(one)})`,
  );
  const title = `COMPARED with the saved run: ${compared.length} figures, ${changed.length} differ by more than ${WORTH_TELLING * 100} %`;
  return `${[title, ...lines].join('\n')}\n`;
}

function numbersIn(value: unknown, path = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    numbersIn(inner, path === '' ? name : `${path}.${name}`),
  );
}

function ratioOf({ before, now }: Compared): string {
  return before === 0 ? 'was none' : (now / before).toFixed(2);
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
