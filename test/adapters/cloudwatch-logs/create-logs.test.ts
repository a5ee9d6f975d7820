import type { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { createLogs } from '../../../lib/adapters/cloudwatch-logs/create-logs.ts';
import { PAGE_MS, PAGES_AT_ONCE } from '../../../lib/kubelet-api/logs/log-pace.ts';
import { createPatientLogs } from '../../../lib/kubelet-api/logs/patient-logs.ts';
import { readLog } from '../../../lib/kubelet-api/logs/read-log.ts';
import { createLogsModel } from '../../../lib/local/aws/logs/logs-model.ts';
import { createManualClock } from '../../memory/manual-clock.ts';

const STREAM = { group: '/pods', stream: 'pod/main/0123' };

/** A stream of so many lines, and when it was asked for a page. */
function open(lines: number) {
  const clock = createManualClock();
  const place = { account: '111122223333', region: 'eu-west-1' };
  const model = createLogsModel({ place, linesKept: lines });
  model.sink.openGroup(STREAM.group, true, clock.now());
  const begun = clock.now();
  for (let at = 0; at < lines; at += 1)
    model.sink.write({ ...STREAM, text: `${at}`, at: begun - lines + at });
  const asked: number[] = [];
  const client = {
    send: ({ input }: GetLogEventsCommand) => {
      asked.push(clock.now());
      return Promise.resolve(model.handle('GetLogEvents', input, clock.now()));
    },
  } as unknown as Pick<CloudWatchLogsClient, 'send'>;
  return { clock, asked, logs: createLogs({ client }) };
}

describe('a tail of many pages', () => {
  it('is looked for by one question a page, at the pace of all reading', async () => {
    const { clock, asked, logs } = open(200_000);
    const patient = createPatientLogs(logs, clock);
    let [count, first, largest] = [0, '', 0];
    const read = async (): Promise<void> => {
      for await (const lines of readLog(patient, STREAM, { tail: 150_000, span: {} })) {
        if (count === 0) first = lines[0]?.text ?? '';
        count += lines.length;
        largest = Math.max(largest, lines.length);
      }
    };
    await clock.runUntil(read());
    expect([count, first]).toEqual([150_000, '50000']);
    expect(largest).toBeLessThanOrEqual(10_000);
    // There and back.
    expect(asked.length).toBeGreaterThanOrEqual(2 * 15);
    for (const [index, at] of asked.entries())
      expect(at - asked[0]!).toBeGreaterThanOrEqual((index - PAGES_AT_ONCE) * PAGE_MS);
  });

  it('asks once for each page that is read of it', async () => {
    const { asked, logs } = open(25_000);
    let reads = 0;
    const counted = {
      read: async (...given: Parameters<typeof logs.read>) => {
        const before = asked.length;
        const page = await logs.read(...given);
        expect(asked.length - before).toBe(1);
        reads += 1;
        return page;
      },
    };
    const texts: string[] = [];
    for await (const lines of readLog(counted, STREAM, { tail: 99_999, span: {} }))
      texts.push(...lines.map(({ text }) => text));
    expect(texts).toHaveLength(25_000);
    expect(reads).toBe(asked.length);
  });
});
