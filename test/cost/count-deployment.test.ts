import { afterEach, describe, expect, it } from 'vitest';
import { countDeployment, type CountOptions } from '../../lib/cost/count-deployment.ts';
import { priceOfOperation } from '../../lib/cost/prices/operation-prices.ts';
import { openWorld, type CostWorld } from '../../lib/cost/world/open-world.ts';

const MINUTE_MS = 60_000;
const PATIENCE_MS = 240_000;

const count = (story: CountOptions['story'], mode: CountOptions['mode'] = 'economy') =>
  countDeployment({ mode, nodes: ['fargate'], story });

let world: CostWorld | undefined;
afterEach(() => world?.close());

describe('what is counted of a deployment', () => {
  it(
    'is the same every time, call by call and byte by byte but for what a clock of the machine writes',
    async () => {
      const [one, other] = [
        await count({ kind: 'idle', minutes: 2 }),
        await count({ kind: 'idle', minutes: 2 }),
      ];
      expect({ ...one, log: one.log.lines }).toEqual({ ...other, log: other.log.lines });
    },
    PATIENCE_MS,
  );

  it(
    'of pods is everything until they are forgotten, and each operation has a price',
    async () => {
      const { calls, functions, metrics } = await count({ kind: 'batch', pods: 2 });
      for (const name of Object.keys(calls)) expect(() => priceOfOperation(name)).not.toThrow();
      const callsOf = (name: string) => calls[name]?.calls;
      expect(callsOf('ecs.RunTask')).toBeGreaterThanOrEqual(2);
      expect(callsOf('ecs.RegisterTaskDefinition')).toBe(1);
      expect(callsOf('s3.PutObject'), 'the env file of each').toBe(2);
      expect(callsOf('s3.GetObject'), 'by the agent of ECS').toBe(2);
      expect(callsOf('dynamodb.DeleteItem'), 'the record of each, an hour later').toBe(2);
      expect(callsOf('eventBridge.PutEvents')).toBe(6);
      const events = callsOf('sqs.SendMessage') ?? 0;
      expect(events, 'task events on their way through the queue').toBeGreaterThan(10);
      expect(functions['task-events']?.invocations).toBeGreaterThan(0);
      expect(functions['task-events']?.invocations).toBeLessThanOrEqual(events);
      expect(metrics).toContain('LaunchToRunning{cluster=local,node=fargate}');
    },
    PATIENCE_MS,
  );

  it('gives back the variables and the output that it took', async () => {
    const variables = { ...process.env };
    world = await openWorld({ mode: 'watch', nodes: ['fargate'] });
    expect(process.env['AWS_ENDPOINT_URL']).toMatch(/^http:\/\/127\.0\.0\.1:/);
    await world.close();
    world = undefined;
    expect({ ...process.env }).toEqual(variables);
  });
});

describe('the beats that are paid for', () => {
  it.each(['watch', 'economy'] as const)(
    'keep every lease younger than 13 s in %s mode, so that two lost beats in a row do no harm',
    async (mode) => {
      world = await openWorld({ mode, nodes: ['node-a', 'node-b'] });
      const { clock, api } = world;
      await clock.run(clock.now() + MINUTE_MS);
      let oldest = 0;
      for (let second = 0; second < 300; second += 1) {
        await clock.run(clock.now() + 1000);
        const leases = api.store.list('leases');
        expect(leases).toHaveLength(2);
        for (const { spec } of leases as unknown as readonly {
          readonly spec: { readonly renewTime: string };
        }[])
          oldest = Math.max(oldest, clock.now() - Date.parse(spec.renewTime));
      }
      expect(oldest).toBeLessThan(13_000);
    },
    PATIENCE_MS,
  );
});
