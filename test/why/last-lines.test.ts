import { describe, expect, it } from 'vitest';
import type { LogLine, Logs } from '../../lib/ports/logs.ts';
import { findTellingRun, readLastLines } from '../../lib/why/last-lines.ts';
import { reportOn } from '../../lib/why/why-report.ts';
import { aLaunch, aPod, ARN, aTask, ago, exited, NOW, showing } from '../support/vocabulary.ts';
import { evidenceOf, known } from './why-words.ts';

const TWO = aPod({
  spec: {
    containers: [
      { name: 'main', image: 'a' },
      { name: 'side', image: 'b' },
    ],
  },
});
const running = (name: string) => ({ name, state: 'running', startedAt: ago(30) }) as const;

describe('the log that is shown', () => {
  it('is that of the container that failed', () => {
    const task = aTask({
      ...{ state: 'stopped', version: 9, cause: 'exited', startedAt: ago(70), stoppedAt: ago(4) },
      containers: [exited('main', 0), exited('side', 3)],
    });
    const record = aLaunch(task);
    expect(findTellingRun(showing(TWO, record), record)).toMatchObject({
      container: 'side',
      run: { task: { taskArn: ARN } },
    });
  });

  it('is that of the container that kubectl takes where all are well', () => {
    const record = aLaunch(aTask({ containers: [running('main'), running('side')] }));
    const chosen = { ...TWO.metadata, annotations: { 'kubectl.kubernetes.io/default-container': 'side' } };
    expect(findTellingRun(showing(TWO, record), record)?.container).toBe('main');
    expect(findTellingRun(showing({ ...TWO, metadata: chosen }, record), record)?.container).toBe('side');
  });

  it('is none while nothing has run', () => {
    expect(findTellingRun(aPod(), undefined)).toBeUndefined();
    expect(findTellingRun(undefined, undefined)).toBeUndefined();
  });

  it('is that of the last task of a pod that is gone, of a container of its own', () => {
    const task = aTask({
      ...{ state: 'stopped', version: 9, stoppedAt: ago(4) },
      containers: [exited('lambdalet-writer', 1), exited('main', 0), exited('side', 3)],
    });
    const telling = findTellingRun(undefined, aLaunch(task));
    expect(telling).toEqual({
      container: 'side',
      run: { kind: 'log', task: { taskArn: task.arn }, endedAt: expect.any(Number) as number },
    });
  });
});

describe('its last lines', () => {
  const linesOf = (count: number): LogLine[] =>
    Array.from({ length: count }, (_, nth) => ({ at: ago(60) + nth, text: `line ${nth + 1}` }));

  it('are ten at most, of the stream of the run', async () => {
    const asked: string[] = [];
    const logs: Logs = {
      read: ({ group, stream }, ask) => {
        asked.push(`${ask.kind} ${group} ${stream}`);
        return Promise.resolve({ lines: linesOf(12), next: ask, isEnd: true });
      },
    };
    const run = { kind: 'log', task: { taskArn: 'arn:aws:ecs:r:1:task/c/0001' } } as const;
    const { lines } = await readLastLines(logs, '/lambdalet/shop/pods', { container: 'main', run });
    expect(lines.map(({ text }) => text)).toEqual(
      linesOf(12)
        .slice(2)
        .map(({ text }) => text),
    );
    expect(asked).toEqual(['wholeTail /lambdalet/shop/pods pod/main/0001']);
  });

  it('say so where there are none', () => {
    const evidence = evidenceOf({ log: known({ container: 'main', isOver: false, lines: [] }) });
    const { sections } = reportOn(evidence, NOW);
    expect(sections.find(({ id }) => id === 'log')?.lines).toEqual([
      { name: 'of', value: 'main, which runs' },
      { name: '', value: 'nothing is there (yet)' },
    ]);
  });
});
