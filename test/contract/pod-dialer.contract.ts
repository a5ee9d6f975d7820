import { describe, expect, it } from 'vitest';
import { FailureError, type Failure } from '../../lib/core/failure.ts';
import type { PodDialer } from '../../lib/ports/pod-dialer.ts';

/** A dialer, and what it can be asked for. */
export interface DialerUnderTest {
  readonly dialer: PodDialer;
  readonly address: string;
  /** Speaks HTTP/1.1. */
  readonly openPort: number;
  /** Nobody listens there. */
  readonly closedPort: number;
  /** Where there is no pod. */
  readonly nowhere: string;
  readonly close: () => Promise<void>;
}

/** What every dialer of pods does. */
export function podDialerContract(name: string, open: () => Promise<DialerUnderTest>): void {
  const { signal } = new AbortController();

  describe(`${name} as a dialer of pods`, () => {
    it('connects to a port, for both directions', async () => {
      const { dialer, address, openPort, close } = await open();
      const connection = await dialer.dial(address, openPort, signal);
      connection.write('GET / HTTP/1.1\r\nhost: pod\r\nconnection: close\r\n\r\n');
      let answer = '';
      for await (const chunk of connection) answer += String(chunk);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      await close();
    });

    it('still reads when it has ended what it writes', async () => {
      const { dialer, address, openPort, close } = await open();
      const connection = await dialer.dial(address, openPort, signal);
      connection.end('GET / HTTP/1.1\r\nhost: pod\r\nconnection: close\r\n\r\n');
      let answer = '';
      for await (const chunk of connection) answer += String(chunk);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      await close();
    });

    it('says that nobody listens', async () => {
      const { dialer, address, closedPort, close } = await open();
      const failure = await failureOf(dialer.dial(address, closedPort, signal));
      expect(failure.kind).toBe('refused');
      expect(failure.message).toContain(`dial tcp ${address}:${closedPort}: connection refused`);
      await close();
    });

    it('says that there is no way', async () => {
      const { dialer, nowhere, openPort, close } = await open();
      const failure = await failureOf(dialer.dial(nowhere, openPort, signal));
      expect(failure.kind).toBe('transient');
      expect(failure.message).toContain(`dial tcp ${nowhere}:${openPort}: `);
      await close();
    });

    it('does not connect for whoever is gone', async () => {
      const { dialer, address, openPort, close } = await open();
      expect((await failureOf(dialer.dial(address, openPort, AbortSignal.abort()))).kind).toBe('transient');
      await close();
    });
  });
}

async function failureOf(dialing: Promise<unknown>): Promise<Failure> {
  const error = await dialing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FailureError);
  return (error as FailureError).failure;
}
