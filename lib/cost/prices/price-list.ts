/** One list price. */
export interface Price {
  /** USD for `per` units. */
  readonly usd: number;
  readonly per: number;
  readonly unit: string;
  /** The public price page, or the row of the price list. */
  readonly source: string;
}

/** The Region of the prices, and when they were read. */
export const PRICE_LIST = { region: 'us-east-1', readOn: '2026-11-22' } as const;

const aws = (page: string): string => `https://aws.amazon.com/${page}/pricing/`;

/** List prices of {@link PRICE_LIST}, first tier, without the free tier, taxes and discounts. */
export const PRICES = {
  lambdaGbSecond: { usd: 0.0000133334, per: 1, unit: 'GB-second, arm64', source: aws('lambda') },
  lambdaRequest: { usd: 0.2, per: 1e6, unit: 'invocations', source: aws('lambda') },
  sqsRequest: { usd: 0.4, per: 1e6, unit: 'requests of 64 KB, standard queue', source: aws('sqs') },
  readUnit: {
    usd: 0.125,
    per: 1e6,
    unit: 'read units on demand (4 KB, strongly consistent)',
    source: aws('dynamodb'),
  },
  writeUnit: { usd: 0.625, per: 1e6, unit: 'write units on demand (1 KB)', source: aws('dynamodb') },
  schedulerInvocation: { usd: 1, per: 1e6, unit: 'invocations of the Scheduler', source: aws('eventbridge') },
  customEvent: { usd: 1, per: 1e6, unit: 'custom events of 64 KB', source: aws('eventbridge') },
  s3Write: { usd: 0.005, per: 1000, unit: 'PUT or LIST requests', source: aws('s3') },
  s3Read: { usd: 0.0004, per: 1000, unit: 'GET requests', source: aws('s3') },
  secretCall: { usd: 0.05, per: 10_000, unit: 'calls of Secrets Manager', source: aws('secrets-manager') },
  secretMonth: { usd: 0.4, per: 1, unit: 'secret a month', source: aws('secrets-manager') },
  metricRequest: { usd: 0.01, per: 1000, unit: 'requests for values of metrics', source: aws('cloudwatch') },
  metricMonth: { usd: 0.3, per: 1, unit: 'custom metric a month', source: aws('cloudwatch') },
  alarmMonth: { usd: 0.1, per: 1, unit: 'metric of an alarm a month', source: aws('cloudwatch') },
  dashboardMonth: { usd: 3, per: 1, unit: 'dashboard a month', source: aws('cloudwatch') },
  logGb: { usd: 0.5, per: 1, unit: 'GB of logs taken in', source: aws('cloudwatch') },
  logGbMonth: { usd: 0.03, per: 1, unit: 'GB of logs kept a month (compressed)', source: aws('cloudwatch') },
  configItem: {
    usd: 0.003,
    per: 1,
    unit: 'configuration item, recorded continuously',
    source: aws('config'),
  },
  fargateVcpuHour: { usd: 0.03238, per: 1, unit: 'vCPU-hour of Fargate, arm64', source: aws('fargate') },
  fargateGbHour: { usd: 0.00356, per: 1, unit: 'GB-hour of Fargate, arm64', source: aws('fargate') },
  publicAddressHour: { usd: 0.005, per: 1, unit: 'hour of a public IPv4 address', source: aws('vpc') },
  natHour: { usd: 0.045, per: 1, unit: 'hour of a NAT gateway', source: aws('vpc') },
  natGb: { usd: 0.045, per: 1, unit: 'GB through a NAT gateway', source: aws('vpc') },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/** What so many units cost. */
export function usdOf(name: PriceName, units: number): number {
  const { usd, per } = PRICES[name];
  return (usd / per) * units;
}
