import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { type AskedScript, askScript, failureFrom } from './ask-script.ts';

const POD = {
  metadata: { namespace: 'a', name: 'web', uid: 'u', resourceVersion: '5' },
  spec: {},
} as unknown as Pod;

afterEach(() => {
  vi.useRealTimers();
});

/** Lets the server get the request, then ten seconds pass. */
async function passTenSeconds({ seen }: AskedScript): Promise<void> {
  while (seen.length === 0) await turn();
  vi.advanceTimersByTime(10_000);
}

describe('an API server that never answers', () => {
  it.each<[what: string, kind: string, call: (script: AskedScript) => Promise<unknown>]>([
    ['a read', 'transient', ({ ports }) => ports.pods.get('a', 'web', 'node-1')],
    ['a write', 'ambiguous', ({ ports }) => ports.pods.patchStatus(POD, { phase: 'Running' })],
    [
      'the start of a watch',
      'transient',
      ({ ports }) => ports.pods.watch('n', '1', new AbortController().signal)[Symbol.asyncIterator]().next(),
    ],
  ])('makes %s fail as %s after ten seconds, once', async (_what, kind, call) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const script = await askScript(['silence']);
    const failing = failureFrom(call(script));
    await passTenSeconds(script);
    expect(await failing).toMatchObject({ kind, code: 'ETIMEDOUT' });
    expect(script.seen).toHaveLength(1);
  });
});
