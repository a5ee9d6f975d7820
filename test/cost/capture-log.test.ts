import { afterEach, describe, expect, it } from 'vitest';
import { captureLog, type LogCapture } from '../../lib/cost/world/capture-log.ts';
import { createTelemetry } from '../../lib/adapters/telemetry/create-telemetry.ts';

let log: LogCapture | undefined;
afterEach(() => log?.stop());

describe('the log of the functions', () => {
  it('is counted by its bytes, as CloudWatch Logs takes them in', () => {
    log = captureLog();
    process.stdout.write('{"message":"grün"}\n');
    process.stderr.write('not JSON\n');
    const { lines, bytes } = log.read();
    expect({ lines, bytes }).toEqual({ lines: 2, bytes: 19 + 8 });
  });

  it('tells each custom metric once, by its name and its dimensions', () => {
    log = captureLog();
    const telemetry = createTelemetry({ service: 'node-heartbeat', cluster: 'demo' });
    for (const node of ['a', 'b', 'a']) telemetry.count('HeartbeatAge', 3, node);
    telemetry.count('TakeOvers', 1);
    telemetry.flush();
    expect(log.read().metrics).toEqual([
      'HeartbeatAge{cluster=demo,node=a}',
      'HeartbeatAge{cluster=demo,node=b}',
      'TakeOvers{cluster=demo}',
    ]);
  });

  it('counts from zero when it is told to, and lets the output through again when it is stopped', () => {
    log = captureLog();
    process.stdout.write('before\n');
    log.reset();
    expect(log.read()).toEqual({ lines: 0, bytes: 0, metrics: [] });
    log.stop();
    process.stdout.write('');
    expect(log.read().lines).toBe(0);
  });
});
