import { describe, expect, it } from 'vitest';
import { ecsRates } from '../../lib/providers/ecs-fargate/calls/ecs-rates.ts';

describe('the rates of ECS', () => {
  it('are the documented ones of the account, with four fifths of each burst, when all of them may be used', () => {
    expect(ecsRates({ region: 'eu-west-1', share: 1 })).toEqual({
      runTask: { burst: 16, perSecond: 20 },
      launches: { burst: 80, perSecond: 20 },
      modify: { burst: 80, perSecond: 40 },
      definitions: { burst: 16, perSecond: 1 },
      reads: { burst: 80, perSecond: 20 },
      definitionReads: { burst: 40, perSecond: 20 },
    });
  });

  it.each(['eu-south-2', 'ap-northeast-3', 'mars-north-1', ''])(
    'have the lower launch rate in "%s", which is not known to be large',
    (region) => {
      expect(ecsRates({ region, share: 1 }).launches).toEqual({ burst: 20, perSecond: 5 });
    },
  );

  it('are cut to the share, in whole calls of a burst and never less than one', () => {
    const { runTask, definitions, launches } = ecsRates({ region: 'us-east-1', share: 0.03 });
    expect(runTask).toEqual({ burst: 1, perSecond: 0.6 });
    expect(definitions).toEqual({ burst: 1, perSecond: 0.03 });
    expect(launches).toEqual({ burst: 2, perSecond: 0.6 });
  });

  it.each([
    ['raised sustained rate leaves the burst', 'eu-west-1', 50, { burst: 80, perSecond: 50 }],
    ['rate above the burst raises it', 'eu-west-1', 200, { burst: 160, perSecond: 200 }],
    ['lowered rate lowers the burst', 'eu-west-1', 2, { burst: 8, perSecond: 2 }],
    ['raised rate of a small Region', 'eu-south-2', 20, { burst: 20, perSecond: 20 }],
  ])('take the launch rate of the account: a %s', (_, region, launchesPerSecond, launches) => {
    const rates = ecsRates({ region, share: 1, launchesPerSecond });
    expect(rates.launches).toEqual(launches);
    expect(rates.runTask).toEqual({ burst: 16, perSecond: 20 });
  });

  it.each([0, -1, 1.1, Number.NaN])('cannot be had for a share of %s', (share) => {
    expect(() => ecsRates({ region: 'eu-west-1', share })).toThrow('above 0 and at most 1');
  });
});
