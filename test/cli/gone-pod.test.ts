import { describe, expect, it } from 'vitest';
import { goneSource } from '../../lib/cli/logs/find-gone-pod.ts';
import type { LogSource } from '../../lib/cli/logs/log-source.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import { carryOver } from '../../lib/core/restart.ts';
import { withoutUndefined } from '../../lib/core/without-undefined.ts';
import { createMemoryRecords, type MemoryRecords } from '../memory/memory-records.ts';
import {
  ago,
  aLaunch,
  aStoppedTask,
  aTask,
  aTaskThatNeverRan,
  exited,
  NOW,
  seen,
} from '../support/vocabulary.ts';

const WEB = { namespace: 'default', name: 'web' };
const arnOf = (id: string): string => `arn:aws:ecs:eu-west-1:111122223333:task/demo/${id}`;
const ended = (id: string, words: Partial<PodRecord> = {}): PodRecord => {
  const task = aStoppedTask(1, { arn: arnOf(id) });
  return aLaunch(task, { state: 'ended', taskArn: task.arn, expiresAt: NOW + 1_000, ...words });
};

function remembering(...records: readonly PodRecord[]): MemoryRecords {
  const memory = createMemoryRecords();
  for (const record of records) memory.put(record);
  return memory;
}

const find = (records: MemoryRecords, uid?: string): Promise<LogSource> =>
  goneSource({ records, nodes: ['node-1'], logGroup: '/pods', clock: { now: () => NOW } }, WEB, uid);

describe('the logs of a pod that is gone', () => {
  it('are those of the last run on its record, which has ended', async () => {
    const source = await find(remembering(ended('last')));
    expect(source.defaultContainer()).toEqual({ container: 'main' });
    const log = await source.findLog('main', false);
    expect(log.stream).toEqual({ group: '/pods', stream: 'pod/main/last' });
    expect(await log.endedAt()).toBe(NOW);
    expect(source.notices).toEqual([
      `pod default/web is gone: this is of its record (uid ${ended('last').uid}, its task ended at 2026-01-01T12:00:00Z)`,
    ]);
  });

  it('have the run before, too', async () => {
    const before = ended('first', { state: 'launched' });
    const task = aStoppedTask(2, { arn: arnOf('second') });
    const record = {
      ...aLaunch(task, { taskArn: task.arn, ...withoutUndefined(carryOver(before)) }),
      state: 'ended' as const,
    };
    const source = await find(remembering(record));
    expect((await source.findLog('main', false)).stream.stream).toBe('pod/main/second');
    const previous = await source.findLog('main', true);
    expect(previous.stream.stream).toBe('pod/main/first');
    expect(await previous.endedAt()).toBe(NOW);
    await expect((await find(remembering(ended('only')))).findLog('main', true)).rejects.toThrow(
      'previous terminated container "main" in pod "web" not found',
    );
  });

  it('are of the run before where the last attempt never ran', async () => {
    const task = { ...aTaskThatNeverRan('imagePull', 'no'), arn: arnOf('vain') };
    const record = aLaunch(task, { taskArn: task.arn, ...withoutUndefined(carryOver(ended('ran'))) });
    const source = await find(remembering({ ...record, state: 'ended' }));
    expect((await source.findLog('main', false)).stream.stream).toBe('pod/main/ran');
  });

  it('end when the task has stopped that outlives its pod', async () => {
    const records = remembering(aLaunch(aTask({ state: 'stopping' })));
    const log = await (await find(records)).findLog('main', false);
    expect(await log.endedAt()).toBeUndefined();
    records.failNext('get', { kind: 'throttled', message: 'slow down' });
    expect(await log.endedAt()).toBeUndefined();
    records.put(aLaunch(aStoppedTask(0, { containers: [exited('main', 0, { finishedAt: ago(1) })] })));
    expect(await log.endedAt()).toBe(ago(1));
  });

  it('are of the newest of several pods, and say how the others are named', async () => {
    const records = remembering(
      ended('b', { uid: 'uid-b', launchBefore: ago(20) }),
      ended('a', { uid: 'uid-a', launchBefore: ago(10) }),
      ended('c', { uid: 'uid-c', launchBefore: ago(30) }),
      ended('x', { uid: 'uid-x', name: 'other', launchBefore: NOW }),
    );
    const source = await find(records);
    expect((await source.findLog('main', false)).stream.stream).toBe('pod/main/a');
    expect(source.notices[1]).toBe(
      '2 other pods of this name are remembered, the newest first: --uid uid-b, --uid uid-c',
    );
    const named = await find(records, 'uid-c');
    expect((await named.findLog('main', false)).stream.stream).toBe('pod/main/c');
    expect(named.notices).toHaveLength(1);
  });

  it('are of the container that is named, or of an app where none is', async () => {
    const task = aStoppedTask(1, {
      containers: [
        exited('lambdalet-writer', 0),
        exited('migrate', 0, { startedAt: ago(60), finishedAt: ago(40) }),
        exited('app', 1),
      ],
      startedAt: ago(30),
    });
    const source = await find(remembering(aLaunch(task, { state: 'ended' })));
    expect(source.containers).toEqual(['migrate', 'app']);
    expect(source.defaultContainer()).toEqual({
      container: 'app',
      notice: 'Defaulted container "app" out of: migrate, app',
    });
    await expect(source.findLog('x', false)).rejects.toThrow(
      'container x is not valid for pod web: it had migrate, app',
    );
  });

  it('are not there where nothing ever ran, or nobody remembers it', async () => {
    const vain = { ...aTaskThatNeverRan('imagePull', 'no') };
    const source = await find(remembering(aLaunch(vain, { state: 'ended' })));
    await expect(source.findLog('main', false)).rejects.toThrow(
      'container "main" in pod "web" never ran, and the pod is gone',
    );
    const { taskArn: _arn, task: _task, ...never } = ended('none');
    const empty = await find(remembering({ ...never, attempt: 0 }));
    expect(() => empty.defaultContainer()).toThrow(
      'nothing of pod "web", which is gone, was ever seen to run',
    );
    await expect(find(remembering())).rejects.toThrow(
      /^pods "web" not found in default, and no record of one is on node-1; a record is kept for an hour/,
    );
    const spoilt = remembering(aLaunch(aTask({ containers: [seen()] }), { uid: 'spoilt' }));
    spoilt.spoil('spoilt');
    await expect(find(spoilt)).rejects.toThrow(/1 of the records there cannot be read/);
  });
});
