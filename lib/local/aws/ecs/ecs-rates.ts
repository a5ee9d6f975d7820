import type { Instant } from '../../../core/kubernetes.ts';
import { AwsError } from '../aws-model.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Rate } from '../token-bucket.ts';

/** The token buckets of the ECS API, each shared by several operations. */
export type EcsBucket =
  | 'modifyTaskDefinition'
  | 'readTaskDefinition'
  | 'modifyTask'
  | 'fargateRunTaskCalls'
  | 'fargateOnDemandLaunches'
  | 'fargateSpotLaunches'
  | 'readTask'
  | 'tagResource'
  | 'readCluster';

/** A rate for each bucket. */
export type EcsRates = Readonly<Record<EcsBucket, Rate>>;

/** The documented quotas of the sixteen large Regions ("Request throttling for the Amazon ECS API", "AWS Fargate throttling quotas"). */
export const largeRegionRates: EcsRates = {
  modifyTaskDefinition: { burst: 20, perSecond: 1 },
  readTaskDefinition: { burst: 50, perSecond: 20 },
  modifyTask: { burst: 100, perSecond: 40 },
  fargateRunTaskCalls: { burst: 20, perSecond: 20 },
  fargateOnDemandLaunches: { burst: 100, perSecond: 20 },
  fargateSpotLaunches: { burst: 100, perSecond: 20 },
  readTask: { burst: 100, perSecond: 20 },
  tagResource: { burst: 20, perSecond: 10 },
  readCluster: { burst: 50, perSecond: 20 },
};

/** All other Regions: fewer launches. */
export const smallRegionRates: EcsRates = {
  ...largeRegionRates,
  fargateOnDemandLaunches: { burst: 25, perSecond: 5 },
  fargateSpotLaunches: { burst: 25, perSecond: 5 },
};

const BUCKET_OF: Readonly<Record<string, EcsBucket>> = {
  RegisterTaskDefinition: 'modifyTaskDefinition',
  DeregisterTaskDefinition: 'modifyTaskDefinition',
  DescribeTaskDefinition: 'readTaskDefinition',
  ListTaskDefinitions: 'readTaskDefinition',
  ListTaskDefinitionFamilies: 'readTaskDefinition',
  RunTask: 'modifyTask',
  StopTask: 'modifyTask',
  DescribeTasks: 'readTask',
  ListTasks: 'readTask',
  TagResource: 'tagResource',
  UntagResource: 'tagResource',
  DescribeClusters: 'readCluster',
};

/** Takes tokens for calls; throws `ThrottlingException` when one is missing, and then takes none. */
export class EcsRateLimits {
  readonly #buckets: ReadonlyMap<EcsBucket, TokenBucket>;

  /** @param rates - `undefined` means that nothing is throttled */
  constructor(rates: EcsRates | undefined) {
    const entries = Object.entries(rates ?? {}) as [EcsBucket, Rate][];
    this.#buckets = new Map(entries.map(([name, rate]) => [name, new TokenBucket(rate)]));
  }

  /** One call of an operation. */
  call(operation: string, now: Instant): void {
    const bucket = BUCKET_OF[operation];
    if (bucket !== undefined) this.#takeAll([[bucket, 1]], now);
  }

  /** The throttles that RunTask on Fargate has on top: one for calls, one for tasks. */
  launch(count: number, spot: boolean, now: Instant): void {
    const launches = spot ? 'fargateSpotLaunches' : 'fargateOnDemandLaunches';
    this.#takeAll(
      [
        ['fargateRunTaskCalls', 1],
        [launches, count],
      ],
      now,
    );
  }

  #takeAll(wanted: readonly (readonly [EcsBucket, number])[], now: Instant): void {
    const missing = wanted.some(([name, count]) => this.#buckets.get(name)?.has(count, now) === false);
    if (missing) throw new AwsError('ThrottlingException', 'Rate exceeded');
    for (const [name, count] of wanted) this.#buckets.get(name)?.take(count);
  }
}
