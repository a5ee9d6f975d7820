import type { Rate } from '../../../core/token-bucket.ts';

/** What calls to ECS count against, as much of it as this deployment may use. */
export interface EcsRates {
  /** RunTask on Fargate, in calls. */
  readonly runTask: Rate;
  /** Tasks that start on Fargate: one bucket of this rate for each capacity type. */
  readonly launches: Rate;
  /** RunTask and StopTask together, in calls. */
  readonly modify: Rate;
  /** RegisterTaskDefinition and DeregisterTaskDefinition together. */
  readonly definitions: Rate;
  /** DescribeTasks and ListTasks together. */
  readonly reads: Rate;
  /** DescribeTaskDefinition and the lists of definitions together. */
  readonly definitionReads: Rate;
}

/**
 * Of every account and Region ("Request throttling for the Amazon ECS API"; for RunTask: "AWS Fargate throttling quotas"). All
 * can be raised on request, which an installation cannot count on.
 */
const ACCOUNT = {
  runTask: { burst: 20, perSecond: 20 },
  modify: { burst: 100, perSecond: 40 },
  definitions: { burst: 20, perSecond: 1 },
  reads: { burst: 100, perSecond: 20 },
  definitionReads: { burst: 50, perSecond: 20 },
} as const;

/** "Fargate On-Demand Burst Launch Rate" and "Sustained Launch Rate" by class of Region; Spot has the same again. */
const LAUNCHES = {
  large: { burst: 100, perSecond: 20 },
  other: { burst: 25, perSecond: 5 },
} as const;

/** Both classes may launch five seconds' worth at once. */
const BURST_SECONDS = 5;

/**
 * The Regions with the higher launch rate. AWS says that there are sixteen ("Amazon ECS endpoints and quotas"), but only
 * eu-west-1, us-east-1 and ap-northeast-1 could be confirmed by name: the others are taken from the sixteen Regions that are
 * enabled by default and older than 2020. Every other Region, and any that is new, counts as small. A Region that is wrong
 * here costs throttled calls, to which the pace adapts; the setting of the launch rate overrides both classes.
 */
const LARGE_REGIONS: ReadonlySet<string> = new Set([
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
]);

/**
 * How much of a burst is used: calls do not arrive as evenly as they are sent, and one that comes before its token is throttled,
 * which costs more than the burst that is left here.
 */
const OF_BURST = 0.8;

/**
 * The rates for this deployment: `share` (above 0, at most 1) of the account's. `launchesPerSecond` is the account's sustained
 * launch rate where it is not the Region's default; it does not raise RunTask, which starts one task a call and has a quota of
 * its own. Four fifths of a burst are used; it is a whole number and never
 * less than one call.
 */
export function ecsRates(given: {
  readonly region: string;
  readonly share: number;
  readonly launchesPerSecond?: number | undefined;
}): EcsRates {
  const { region, share, launchesPerSecond } = given;
  if (!(share > 0 && share <= 1))
    throw new RangeError(`a share of the account's rates is above 0 and at most 1, not ${share}`);
  const regional = LARGE_REGIONS.has(region) ? LAUNCHES.large : LAUNCHES.other;
  const launches = launchesPerSecond === undefined ? regional : launchRate(launchesPerSecond, regional);
  const part = ({ burst, perSecond }: Rate): Rate => ({
    burst: Math.max(1, Math.floor(burst * share * OF_BURST)),
    perSecond: perSecond * share,
  });
  return {
    runTask: part(ACCOUNT.runTask),
    launches: part(launches),
    modify: part(ACCOUNT.modify),
    definitions: part(ACCOUNT.definitions),
    reads: part(ACCOUNT.reads),
    definitionReads: part(ACCOUNT.definitionReads),
  };
}

/** The burst is a quota of its own: a raised sustained rate says nothing of it, a lowered one lowers it too. */
function launchRate(perSecond: number, regional: Rate): Rate {
  return { burst: Math.min(BURST_SECONDS * perSecond, Math.max(regional.burst, perSecond)), perSecond };
}
