import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { OutputStream } from '../../lib/cli/command-io.ts';
import { createScreen } from '../../lib/local/demo/create-screen.ts';
import { tellTimes } from '../../lib/local/demo/tell-times.ts';
import { changesOf } from '../../lib/local/demo/watch-table.ts';

/** A stream that keeps what is written. */
function keptStream(more: Partial<OutputStream> = {}) {
  const written: string[] = [];
  const stream = new PassThrough().on('data', (chunk: Buffer) => written.push(chunk.toString()));
  return { stream: Object.assign(stream, more) as unknown as OutputStream, text: () => written.join('') };
}

describe('the screen of the demo', () => {
  it('prints plain lines where there is no terminal: changes as they come, a picture at the end', () => {
    const { stream, text } = keptStream();
    const screen = createScreen(stream);
    screen.title('Story');
    screen.chapter('Pods');
    screen.chapter('Gone');
    screen.command('kubectl get pods');
    screen.live({ lines: ['NAME', 'web'], changes: ['web  Pending'] });
    screen.live({ lines: ['NAME', 'web'], changes: [] });
    screen.settle(['NAME', 'web']);
    screen.good('done');
    screen.bad('a pod is missing');
    expect(text().split('\n')).toEqual([
      'Story',
      '',
      '1  Pods',
      '',
      '2  Gone',
      '   $ kubectl get pods',
      '   web  Pending',
      '   NAME',
      '   web',
      '   ok done',
      '   FAILED a pod is missing',
      '',
    ]);
  });

  it('draws over the last picture on a terminal, cut to its width', () => {
    const { stream, text } = keptStream({ isTTY: true, columns: 20, rows: 10 });
    const screen = createScreen(stream);
    screen.live({ lines: ['NAME   STATUS', 'web    Pending'], changes: ['web Pending'] });
    screen.settle(['NAME   STATUS', `web    Running ${'x'.repeat(30)}`]);
    expect(text()).not.toContain('web Pending\n');
    expect(text()).toContain('\u001b[');
    expect(text()).toContain('web    \u001b[32mRunning\u001b[39m...\n');
  });
});

describe('the changes between two looks at a table', () => {
  const web = { Name: 'web', Ready: '0/1', Status: 'Pending', Restarts: '0' };

  it('are who came, who is otherwise, and who went', () => {
    expect(changesOf([], [web])).toEqual(['web  Pending (0/1 ready)']);
    expect(changesOf([web], [{ ...web, Ready: '1/1', Status: 'Running' }])).toEqual([
      'web  Running (1/1 ready)',
    ]);
    expect(changesOf([web], [])).toEqual(['web  is gone']);
  });

  it('are not the passing of time', () => {
    const restarted = { ...web, Restarts: '1 (3s ago)' };
    expect(changesOf([web], [restarted])).toEqual(['web  Pending (0/1 ready, restarts 1)']);
    expect(changesOf([restarted], [{ ...web, Restarts: '1 (4s ago)', Age: '9s' }])).toEqual([]);
  });

  it('tell the status alone of what has nothing else', () => {
    expect(changesOf([], [{ Name: 'node', Status: 'Ready' }])).toEqual(['node  Ready']);
  });
});

describe('where the time went', () => {
  const notice = {
    ...{ schemaVersion: 1 as const, cluster: 'local', node: 'n', attempt: 1 },
    pod: { namespace: 'default', name: 'web', uid: 'u' },
  } as const;

  it('is told pod by pod from the notices, and not where nothing is known', () => {
    const notices = [
      { ...notice, kind: 'launched', latenciesMs: { boundToLaunched: 300 } },
      { ...notice, kind: 'running', latenciesMs: { launchedToRunning: 1900, runningToPatched: 25 } },
      { ...notice, kind: 'finished' },
    ] as const;
    expect(tellTimes(notices, ['web', 'typo']).map((line) => line.split(/ {2,}/))).toEqual([
      ['POD', 'BOUND -> TASK (+-1 s)', 'TASK -> RUNNING', 'RUNNING -> STATUS PATCHED'],
      ['web', '300 ms', '1900 ms', '25 ms'],
      ['typo', '-', '-', '-'],
    ]);
  });
});
