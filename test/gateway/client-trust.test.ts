import { describe, expect, it } from 'vitest';
import { FailureError } from '../../lib/core/failure.ts';
import { trustPublished } from '../../lib/gateway/client-trust.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const AWAY = new FailureError({ kind: 'transient', message: 'no answer' });

/** What is trusted of a cluster that says one thing after the other, and the last one for ever. */
function watchTrust(...answers: (string | undefined | FailureError)[]) {
  const clock = createManualClock();
  const telemetry = createMemoryTelemetry();
  const shown: string[] = [];
  const end = new AbortController();
  let reads = 0;
  const read = (): Promise<string | undefined> => {
    const answer = answers[Math.min(reads, answers.length - 1)];
    reads += 1;
    return answer instanceof FailureError ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const trust = trustPublished({ authorities: { read }, clock, telemetry });
  const begun = trust.keep((pem) => shown.push(pem), end.signal);
  const told = (): string[] => telemetry.lines.map(({ message }) => message);
  return { clock, shown, end, begun, told, reads: () => reads };
}

describe('whom a gateway trusts', () => {
  it('is whoever the cluster publishes, read again every five minutes, shown when it is another', async () => {
    const { clock, shown, begun, reads, told } = watchTrust('one', 'one', 'two');
    await begun;
    expect(shown).toEqual(['one']);
    await clock.advance(5 * MINUTE);
    expect(shown).toEqual(['one']);
    await clock.advance(5 * MINUTE);
    expect(shown).toEqual(['one', 'two']);
    expect(reads()).toBe(3);
    expect(told()).toEqual(['The authorities of client certificates are others now']);
  });

  it('is waited for while the API server is away', async () => {
    const { clock, shown, begun } = watchTrust(AWAY, AWAY, 'one');
    await clock.advance(5 * SECOND);
    expect(shown).toEqual([]);
    await clock.advance(5 * SECOND);
    await begun;
    expect(shown).toEqual(['one']);
  });

  it('stays whoever it was while nothing can be read, or nothing is published any more', async () => {
    const { clock, shown, begun, reads } = watchTrust('one', AWAY, undefined);
    await begun;
    await clock.advance(11 * MINUTE);
    expect(reads()).toBe(3);
    expect(shown).toEqual(['one']);
  });

  it('is nobody where nothing may be read, which is told with the way out, until that is granted', async () => {
    const { clock, shown, begun, told } = watchTrust(undefined, 'one');
    await begun;
    expect(shown).toEqual(['']);
    expect(told()).toEqual(['No client certificate is trusted: callers are known by their tokens only']);
    await clock.advance(5 * MINUTE);
    expect(shown).toEqual(['', 'one']);
  });

  it('is asked for no more once the gateway ends, not even before the first answer', async () => {
    const running = watchTrust('one');
    await running.begun;
    running.end.abort();
    await running.clock.advance(60 * MINUTE);
    expect(running.reads()).toBe(1);
    const waiting = watchTrust(AWAY);
    await waiting.clock.advance(SECOND);
    waiting.end.abort();
    await waiting.begun;
    expect(waiting.reads()).toBe(1);
  });
});
