import type { FunctionName } from '../../infra/names.ts';
import type { Counted, FunctionUse } from './count-deployment.ts';
import { priceOfOperation } from './prices/operation-prices.ts';
import { usdOf, type PriceName } from './prices/price-list.ts';

/** The parts of a bill, in the order in which they are told. */
export const PARTS = [
  ...(['Lambda', 'SQS', 'DynamoDB', 'EventBridge', 'S3', 'CloudWatch'] as const),
  ...(['Secrets Manager', 'Logs'] as const),
] as const;
export type BillPart = (typeof PARTS)[number];

/** One line of a bill: so many units at their list price. */
export interface BillLine {
  readonly part: BillPart;
  readonly what: string;
  readonly price: PriceName;
  readonly units: number;
  readonly usd: number;
}

/** Memory of each function in MB. */
export type Memory = Readonly<Record<FunctionName, number>>;

/** A month of AWS's calculations, in minutes (730 h). */
export const MONTH_MINUTES = 43_800;
/** Memory that comes with one vCPU (Lambda developer guide, "Configure Lambda function memory"). */
const MB_OF_ONE_VCPU = 1769;
/**
 * What a short invocation computes, on one whole vCPU: measured on warm functions against emulators in another process (2 vCPU of an
 * AMD EPYC, Node 24): 0.5 to 0.9 ms a request for a heartbeat and for a pass, TLS, signatures and JSON included.
 */
export const CPU_MS = { invocation: 1, request: 1 } as const;
/** START, END and REPORT, which Lambda itself writes for each invocation. */
export const PLATFORM_LINES_BYTES = 270;
const GB = 1e9;
const HOLDING = ', all the time';

const PART_OF: Readonly<Partial<Record<PriceName, BillPart>>> = {
  sqsRequest: 'SQS',
  readUnit: 'DynamoDB',
  writeUnit: 'DynamoDB',
  schedulerInvocation: 'EventBridge',
  customEvent: 'EventBridge',
  s3Write: 'S3',
  s3Read: 'S3',
  secretCall: 'Secrets Manager',
  metricRequest: 'CloudWatch',
};

/** What was counted, in money: the lines of the counted span, not yet of a month. */
export function billOf(counted: Counted, memory: Memory): readonly BillLine[] {
  return [...functionLines(counted, memory), ...callLines(counted), ...logLines(counted)];
}

function functionLines({ functions }: Counted, memory: Memory): readonly BillLine[] {
  const uses = Object.entries(functions) as readonly (readonly [FunctionName, FunctionUse])[];
  return uses.flatMap(([name, use]) => {
    const { held, short } = gbSecondsOf(use, memory[name]);
    return [
      ...(held > 0 ? [line('Lambda', `${name}, ${memory[name]} MB${HOLDING}`, 'lambdaGbSecond', held)] : []),
      line('Lambda', `${name}, ${memory[name]} MB`, 'lambdaGbSecond', short),
      line('Lambda', `${name}, invocations`, 'lambdaRequest', use.invocations),
    ];
  });
}

/** An invocation is billed while it waits for answers and while it computes, with the share of a vCPU that its memory brings. */
function gbSecondsOf(
  { invocations, heldMs, waitedMs, requests }: FunctionUse,
  memoryMb: number,
): { readonly held: number; readonly short: number } {
  const cpuMs = invocations * CPU_MS.invocation + requests * CPU_MS.request;
  const computedMs = (cpuMs * MB_OF_ONE_VCPU) / Math.min(memoryMb, MB_OF_ONE_VCPU);
  const ofMs = (ms: number): number => (ms / 1000) * (memoryMb / 1024);
  return { held: ofMs(heldMs), short: ofMs(waitedMs + computedMs) };
}

/** Whether a line is the time of the holder: it runs all the time, with pods and without. */
export function isHolding({ what }: BillLine): boolean {
  return what.endsWith(HOLDING);
}

function callLines({ calls }: Counted): readonly BillLine[] {
  return Object.entries(calls).flatMap(([name, { units }]) => {
    const price = priceOfOperation(name);
    return price === 'free' ? [] : [line(partOf(price), name.replace(/^\w+\./, ''), price, units)];
  });
}

function partOf(price: PriceName): BillPart {
  const part = PART_OF[price];
  if (part === undefined) throw new Error(`Calls are not billed as ${price}`);
  return part;
}

function logLines({ log, functions }: Counted): readonly BillLine[] {
  const invocations = Object.values(functions).reduce((sum, use) => sum + use.invocations, 0);
  return [
    line('Logs', 'lines of the functions', 'logGb', log.bytes / GB),
    line('Logs', 'lines of Lambda itself', 'logGb', (invocations * PLATFORM_LINES_BYTES) / GB),
  ];
}

function line(part: BillPart, what: string, price: PriceName, units: number): BillLine {
  return { part, what, price, units, usd: usdOf(price, units) };
}

/** The same lines, so many times. */
export function times(lines: readonly BillLine[], factor: number): readonly BillLine[] {
  return lines.map((one) => ({ ...one, units: one.units * factor, usd: one.usd * factor }));
}

/** What is left of `lines` when `others` are taken away, line by line. */
export function minus(lines: readonly BillLine[], others: readonly BillLine[]): readonly BillLine[] {
  return lines.map((one) => {
    const other = others.find(({ part, what }) => part === one.part && what === one.what);
    return other === undefined ? one : { ...one, units: one.units - other.units, usd: one.usd - other.usd };
  });
}

/** The sum of the lines, or of those of some parts. */
export function sumOf(lines: readonly BillLine[], isMeant: (part: BillPart) => boolean = () => true): number {
  return lines.reduce((sum, { part, usd }) => (isMeant(part) ? sum + usd : sum), 0);
}

/** Whether a part is of the control loop; the others depend on choices of the user and are told apart. */
export function isOfLoop(part: BillPart): boolean {
  switch (part) {
    case 'Lambda':
    case 'SQS':
    case 'DynamoDB':
    case 'EventBridge':
    case 'S3':
    case 'CloudWatch':
      return true;
    case 'Secrets Manager':
    case 'Logs':
      return false;
  }
}
