import { fullBucket, takeToken } from '../core/token-bucket.ts';
import type { Clock } from '../ports/clock.ts';

/** RunTask on Fargate: 20 calls at once, then 20 a second, per account and Region (facts: ECS throttling quotas). */
const RUN_TASK = { burst: 20, perSecond: 20 } as const;

/** A pace for launches: each call resolves when its RunTask may be sent, in the order of the calls. */
export function paceLaunches(clock: Clock): () => Promise<void> {
  let bucket = fullBucket(RUN_TASK.burst, RUN_TASK.perSecond, clock.now());
  return async () => {
    const now = clock.now();
    const taken = takeToken(bucket, now);
    bucket = taken.bucket;
    if (taken.readyAt > now) await clock.sleep(taken.readyAt);
  };
}
