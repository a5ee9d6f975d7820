const DECIMAL: readonly string[] = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const PATTERN = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Numbers are counted in billionths, the finest that a quantity can say, so that no fraction is lost. */
const SCALE = 1_000_000_000n;

interface Parsed {
  readonly billionths: bigint;
  readonly form: 'decimal' | 'binary' | 'exponent';
}

function parse(text: string): Parsed | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign = '', digits = '', exponent = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const unscaled = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`) * SCALE;
  if (suffix.endsWith('i')) {
    const factor = 1_024n ** BigInt(BINARY.indexOf(suffix));
    return { billionths: shift(unscaled * factor, -fraction.length), form: 'binary' };
  }
  const power =
    exponent === '' ? (DECIMAL.indexOf(suffix) - DECIMAL.indexOf('')) * 3 : Number(exponent.slice(1));
  return {
    billionths: shift(unscaled, power - fraction.length),
    form: exponent === '' ? 'decimal' : 'exponent',
  };
}

// Rounds up, away from zero, as Kubernetes does below a billionth.
function shift(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  const rest = value % divisor;
  const quotient = value / divisor;
  if (rest === 0n) return quotient;
  return rest > 0n ? quotient + 1n : quotient - 1n;
}

/** The number that a Kubernetes quantity (`500m`, `1Gi`, `1e3`) stands for; `undefined` when it is malformed. */
export function parseQuantity(text: string): number | undefined {
  const parsed = parse(text);
  return parsed === undefined ? undefined : Number(parsed.billionths) / Number(SCALE);
}

/** The quantity in the one form that the API server gives it: `1000m` is `1`, `1024Mi` is `1Gi`. Malformed: `undefined`. */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  const { billionths, form } = parsed;
  if (billionths === 0n) return '0';
  if (form === 'exponent') return text;
  const isWhole = billionths % SCALE === 0n;
  const size = billionths < 0n ? -billionths : billionths;
  const isBinary = form === 'binary' && isWhole && size >= 1_024n * SCALE;
  return isBinary ? reduce(billionths / SCALE, 1_024n, BINARY) : reduce(billionths, 1_000n, DECIMAL);
}

function reduce(value: bigint, base: bigint, suffixes: readonly string[]): string {
  let rest = value;
  let index = 0;
  while (rest % base === 0n && index < suffixes.length - 1) {
    rest /= base;
    index += 1;
  }
  return `${rest}${suffixes[index] ?? ''}`;
}
