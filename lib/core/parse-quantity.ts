const NANO = 1_000_000_000n;
const SYNTAX = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * A Kubernetes quantity (`100m`, `1.5Gi`, `2e3`, `1E`) in billionths, exact; finer parts are rounded up, as Kubernetes does.
 * `undefined` when the text is no quantity.
 */
export function parseQuantity(text: string | number): bigint | undefined {
  const match = SYNTAX.exec(String(text));
  if (match === null) return undefined;
  const [, sign, digits = '', suffix = '', exponent = '0'] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const binary = BINARY.indexOf(suffix);
  const powerOfTwo = binary > 0 ? 1024n ** BigInt(binary) : 1n;
  const decimal = binary > 0 ? 0 : (DECIMAL.indexOf(suffix) - 3) * 3;
  const power = decimal + Number(exponent) - fraction.length;
  const scaled = BigInt(`${whole}${fraction}`) * powerOfTwo * NANO;
  const size = power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power));
  return sign === '-' ? -size : size;
}

/** A quantity in whole thousandths, ones or mebi (2^20), rounded up: what a container is surely given. */
export function quantityIn(quantity: bigint, unit: 'milli' | 'one' | 'mebi'): number {
  const nanosPerUnit = { milli: NANO / 1000n, one: NANO, mebi: NANO * 1024n * 1024n }[unit];
  return Number(divideUp(quantity, nanosPerUnit));
}

/** Quotient rounded up; for a positive divisor. */
export function divideUp(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor > 0n ? quotient + 1n : quotient;
}
