/** How often an operation was called, and how many units it is billed for. */
export interface CallCount {
  readonly calls: number;
  /** Read or write units of DynamoDB, requests of 64 KB of SQS and EventBridge; elsewhere as many as calls. */
  readonly units: number;
}

/** Counts by `service.operation`, such as `dynamodb.GetItem`. */
export type CallCounts = Readonly<Record<string, CallCount>>;

/** Counts calls. */
export interface CallMeter {
  count(name: string, units?: number): void;
  counts(): CallCounts;
  /** Counts from zero again. */
  reset(): void;
}

/** A meter at zero. */
export function createCallMeter(): CallMeter {
  let counted = new Map<string, { calls: number; units: number }>();
  return {
    count: (name, units = 1) => {
      const known = counted.get(name) ?? { calls: 0, units: 0 };
      counted.set(name, { calls: known.calls + 1, units: known.units + units });
    },
    counts: () => Object.fromEntries([...counted].sort(([one], [other]) => (one < other ? -1 : 1))),
    reset: () => {
      counted = new Map();
    },
  };
}
