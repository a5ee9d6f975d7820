import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../lib/core/failure.ts';
import { PAGE_MS, PAGES_AT_ONCE } from '../../lib/kubelet-api/logs/log-pace.ts';
import { createPatientLogs } from '../../lib/kubelet-api/logs/patient-logs.ts';
import { readLog } from '../../lib/kubelet-api/logs/read-log.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryLogs } from '../memory/memory-logs.ts';

const STREAM = { group: '/pods', stream: 'pod/main/0123' };

function open({
  lines = 1,
  failures = [] as readonly FailureKind[],
  signal = new AbortController().signal,
} = {}) {
  const clock = createManualClock();
  const logs = createMemoryLogs({ pageLines: 1 });
  logs.addGroup(STREAM.group);
  logs.write(STREAM, ...Array.from({ length: lines }, (_, at) => ({ at, text: `${at}` })));
  for (const kind of failures) logs.failNext({ kind, message: 'Rate exceeded' });
  const pauses: number[] = [];
  const patient = createPatientLogs(logs, clock, { signal, onPause: (_, ms) => void pauses.push(ms) });
  const read = async (): Promise<readonly string[]> => {
    const texts: string[] = [];
    for await (const page of readLog(patient, STREAM, { span: {} }))
      texts.push(...page.map(({ text }) => text));
    return texts;
  };
  return { clock, logs, pauses, read };
}

describe('a log that is read once', () => {
  it('is read more slowly where it is asked too often, and in full', async () => {
    const { clock, pauses, read } = open({ lines: 3, failures: Array(6).fill('throttled') as FailureKind[] });
    expect(await clock.runUntil(read())).toEqual(['0', '1', '2']);
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('is read at once where it is short, and by the budget of pages where it is long', async () => {
    // Beside these there are the questions for the newest line and for the end.
    const short = open({ lines: PAGES_AT_ONCE - 2 });
    const begun = short.clock.now();
    await short.clock.runUntil(short.read());
    expect(short.clock.now()).toBe(begun);
    const long = open({ lines: 100 });
    await long.clock.runUntil(long.read());
    expect(long.clock.now() - begun).toBe((long.logs.reads.length - PAGES_AT_ONCE) * PAGE_MS);
  });

  it('gets over a passing fault, but not over one that stays', async () => {
    const brief = open({ failures: ['transient', 'transient'] });
    expect(await brief.clock.runUntil(brief.read())).toEqual(['0']);
    const lasting = open({ failures: ['transient', 'transient', 'transient'] });
    await expect(lasting.clock.runUntil(lasting.read())).rejects.toMatchObject({
      failure: { kind: 'transient' },
    });
  });

  it('fails at once without the right to read it', async () => {
    const { clock, pauses, read } = open({ failures: ['auth'] });
    await expect(clock.runUntil(read())).rejects.toMatchObject({ failure: { kind: 'auth' } });
    expect(pauses).toEqual([]);
  });

  it('is waited for by nobody who has left', async () => {
    const leaving = new AbortController();
    const failures = Array(9).fill('throttled') as FailureKind[];
    const { clock, logs, read } = open({ failures, signal: leaving.signal });
    const failed = expect(read()).rejects.toMatchObject({ failure: { kind: 'throttled' } });
    await clock.advance(100);
    leaving.abort();
    await failed;
    expect(logs.reads).toHaveLength(2);
  });
});
