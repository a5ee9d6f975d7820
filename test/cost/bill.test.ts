import { describe, expect, it } from 'vitest';
import { billOf, isOfLoop, minus, PARTS, PLATFORM_LINES_BYTES, sumOf, times } from '../../lib/cost/bill.ts';
import type { Counted } from '../../lib/cost/count-deployment.ts';
import { OPERATION_PRICES } from '../../lib/cost/prices/operation-prices.ts';

const MEMORY = { 'node-heartbeat': 256, 'pod-sync': 256, 'task-events': 512, 'node-teardown': 512 };

/** Nothing but what is given was counted, in a minute. */
function counted(given: Partial<Counted>): Counted {
  return { minutes: 1, calls: {}, functions: {}, log: { lines: 0, bytes: 0 }, metrics: [], ...given };
}

const use = { invocations: 0, heldMs: 0, waitedMs: 0, requests: 0 };

describe('the bill of what was counted', () => {
  it('of a holder of 256 MB is 8.76 USD for a month, whatever it asks meanwhile', () => {
    const month = 730 * 3600 * 1000;
    const lines = billOf(counted({ functions: { 'pod-sync': { ...use, heldMs: month } } }), MEMORY);
    expect(sumOf(lines)).toBeCloseTo(8.76, 2);
  });

  it('doubles with the memory of the holder', () => {
    const functions = { 'pod-sync': { ...use, heldMs: 1e9 } };
    const [small, large] = [256, 512].map((mb) =>
      sumOf(billOf(counted({ functions }), { ...MEMORY, 'pod-sync': mb })),
    );
    expect(large).toBeCloseTo(2 * (small ?? 0), 10);
  });

  it('of a short invocation has its waiting, and its computing at the share of a vCPU that its memory brings', () => {
    const functions = { 'node-heartbeat': { ...use, invocations: 1000, waitedMs: 60_000, requests: 7_000 } };
    const [time, invocations] = billOf(counted({ functions }), MEMORY);
    // A millisecond for each request and each invocation, on 256 / 1,769 of a vCPU.
    const seconds = 60 + 8 * (1769 / 256);
    expect(time?.units).toBeCloseTo(seconds / 4, 6);
    expect(invocations).toMatchObject({ price: 'lambdaRequest', units: 1000 });
  });

  it('takes units, not calls, and leaves out what AWS bills nothing for', () => {
    const calls = {
      'dynamodb.UpdateItem': { calls: 1, units: 4 },
      'ecs.RunTask': { calls: 5, units: 5 },
    };
    const lines = billOf(counted({ calls }), MEMORY).filter(({ part }) => part !== 'Logs');
    expect(lines).toEqual([
      { part: 'DynamoDB', what: 'UpdateItem', price: 'writeUnit', units: 4, usd: (4 * 0.625) / 1e6 },
    ]);
  });

  it('fails for an operation whose price nobody has decided on', () => {
    const calls = { 'dynamodb.TransactWriteItems': { calls: 1, units: 2 } };
    expect(() => billOf(counted({ calls }), MEMORY)).toThrow(
      'dynamodb.TransactWriteItems is called, and its price is not known',
    );
  });

  it('knows a part for every price of an operation', () => {
    const calls = Object.fromEntries(
      Object.keys(OPERATION_PRICES).map((name) => [name, { calls: 1, units: 1 }]),
    );
    expect(() => billOf(counted({ calls }), MEMORY)).not.toThrow();
  });

  it('has the lines of the functions, and those that Lambda itself writes for each invocation', () => {
    const functions = { 'pod-sync': { ...use, invocations: 1e6 } };
    const lines = billOf(counted({ functions, log: { lines: 1, bytes: 2e9 } }), MEMORY);
    const logs = lines.filter(({ part }) => part === 'Logs').map(({ usd }) => usd);
    expect(logs).toEqual([1, (PLATFORM_LINES_BYTES * 1e6 * 0.5) / 1e9]);
  });

  it('tells secret and logs apart from the control loop', () => {
    expect(PARTS.filter((part) => !isOfLoop(part))).toEqual(['Secrets Manager', 'Logs']);
  });

  it('can be multiplied, and what was there anyway can be taken away', () => {
    const line = (units: number) =>
      billOf(counted({ calls: { 'sqs.SendMessage': { calls: units, units } } }), MEMORY).filter(
        ({ part }) => part === 'SQS',
      );
    expect(times(line(10), 2)).toEqual(line(20));
    expect(minus(line(10), line(4))[0]?.units).toBe(6);
    expect(minus(line(10), [])).toEqual(line(10));
  });
});
