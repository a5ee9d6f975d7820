import type { TaskSize } from './choose-size.ts';
import type { HourlyPrice } from './price-task.ts';

const GIB = 1024;
const VCPU = 1024;

/** What a pod is told of its task as annotations: the size that was bought, what of it was not asked for, and the price. */
export function describeTask(given: {
  readonly size: TaskSize;
  /** What the pod asked for. */
  readonly need: TaskSize;
  readonly price: HourlyPrice;
}): Readonly<Record<string, string>> {
  const { size, need, price } = given;
  const slack = { cpu: Math.max(0, size.cpu - need.cpu), memory: Math.max(0, size.memory - need.memory) };
  return {
    'lambdalet.dev/task-size': inWords(size),
    'lambdalet.dev/task-slack': inWords(slack),
    'lambdalet.dev/hourly-price': priceInWords(price),
  };
}

/** `0.0123 USD (on-demand, us-east-1 list price)`. */
export function priceInWords({ usd, region, capacityType }: HourlyPrice): string {
  const what =
    capacityType === 'spot' ? `Spot, ${region} list price less 70 %` : `on-demand, ${region} list price`;
  return `${usd.toFixed(4)} USD (${what})`;
}

/** `0.25 vCPU, 0.5 GiB`. */
function inWords({ cpu, memory }: TaskSize): string {
  return `${plain(cpu / VCPU)} vCPU, ${plain(memory / GIB)} GiB`;
}

function plain(amount: number): string {
  return String(Number(amount.toFixed(3)));
}
