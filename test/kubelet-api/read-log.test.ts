import { describe, expect, it } from 'vitest';
import { readLog } from '../../lib/kubelet-api/logs/read-log.ts';
import type { Logs } from '../../lib/ports/logs.ts';
import { createMemoryLogs } from '../memory/memory-logs.ts';

const STREAM = { group: '/pods', stream: 'pod/main/0123' };

describe('what a log has by now', () => {
  it('is read page by page', async () => {
    const logs = createMemoryLogs({ pageLines: 2 });
    logs.addGroup(STREAM.group);
    logs.write(STREAM, ...Array.from({ length: 5 }, (_, at) => ({ at, text: `${at}` })));
    const sizes: number[] = [];
    for await (const lines of readLog(logs, STREAM, { tail: 3, span: { since: 1 } }))
      sizes.push(lines.length);
    expect(sizes).toEqual([2, 1]);
  });

  it('ends, although more comes with every page', async () => {
    let written = 0;
    const endless: Logs = {
      read: (_, next) =>
        Promise.resolve({ lines: [{ at: (written += 10), text: 'more' }], next, isEnd: false }),
    };
    let count = 0;
    for await (const lines of readLog(endless, STREAM, { span: {} })) count += lines.length;
    expect(count).toBe(3);
  });

  it('is read to its end, whatever the time is here', async () => {
    const logs = createMemoryLogs({ pageLines: 2 });
    logs.addGroup(STREAM.group);
    const nextYear = Date.now() + 365 * 24 * 3_600_000;
    logs.write(STREAM, ...Array.from({ length: 99 }, (_, at) => ({ at: nextYear + at, text: `${at}` })));
    let count = 0;
    for await (const lines of readLog(logs, STREAM, { span: {} })) count += lines.length;
    expect(count).toBe(99);
  });

  it('asks for nothing but its pages where those are few', async () => {
    const logs = createMemoryLogs();
    logs.addGroup(STREAM.group);
    logs.write(STREAM, { at: 0, text: 'one' });
    for await (const lines of readLog(logs, STREAM, { span: {} })) expect(lines).toHaveLength(1);
    expect(logs.reads.map(({ kind }) => kind)).toEqual(['head', 'after']);
  });
});
