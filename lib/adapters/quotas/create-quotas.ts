import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { CapacityType } from '../../core/capacity-type.ts';
import type { Instant } from '../../core/kubernetes.ts';
import type { Quotas } from '../../ports/quotas.ts';
import { createQuotasClient, readLimit } from './read-limit.ts';
import { createUseClient, readUse } from './read-use.ts';

/** What the quotas are read with. */
export interface QuotasOptions {
  readonly clock: { now(): Instant };
  /** Default: a client for the Region and the endpoints of the environment. */
  readonly quotasClient?: Pick<ServiceQuotasClient, 'send'>;
  readonly useClient?: Pick<CloudWatchClient, 'send'>;
}

/** A quota is raised by a person, who can wait an hour. */
const LIMIT_MS = 60 * 60_000;
/** Less than between two sweeps, so that each reads anew, once for all nodes. */
const USE_MS = 4 * 60_000;
/** A failure is kept as well: many nodes must not all wait for what does not answer. */
const FAILED_MS = 60_000;

/** The quotas of the account by Service Quotas and by CloudWatch's usage metrics of Fargate. */
export function createQuotas(options: QuotasOptions): Quotas {
  const { clock, quotasClient = createQuotasClient(), useClient = createUseClient() } = options;
  const both = (capacityType: CapacityType): (() => ReturnType<Quotas['vcpu']>) => {
    const limit = keep(clock, LIMIT_MS, () => readLimit(quotasClient, capacityType));
    const use = keep(clock, USE_MS, () => readUse(useClient, capacityType, clock.now()));
    return async () => {
      const [most, used] = await Promise.all([limit(), use()]);
      return { limit: most, ...(used !== undefined && { use: used }) };
    };
  };
  const byType: Readonly<Record<CapacityType, ReturnType<typeof both>>> = {
    'on-demand': both('on-demand'),
    spot: both('spot'),
  };
  return { vcpu: (capacityType) => byType[capacityType]() };
}

/** The read, whose answer is given again for a time; calls at once share one. */
function keep<T>(clock: QuotasOptions['clock'], forMs: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly until: Instant; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = clock.now();
    if (kept !== undefined && now < kept.until) return kept.answer;
    const answer = read();
    kept = { until: now + forMs, answer };
    answer.catch(() => {
      if (kept?.answer === answer) kept = { until: now + FAILED_MS, answer };
    });
    return answer;
  };
}
