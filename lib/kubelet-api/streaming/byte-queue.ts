import type { InputGauge } from './input-gauge.ts';

/** Bytes on their way to the one who takes them, in order. What is held counts on the gauge of their connection. */
export interface ByteQueue {
  /** To be taken once. Ends behind the last byte, or early when the queue is cut; whoever stops taking throws the rest away. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Bytes that came after the end, or that nobody wants, are dropped. */
  push(bytes: Uint8Array): void;
  /** Nothing follows. */
  end(): void;
  /** Throws away what is held, and ends. */
  cut(): void;
  /** Throws away what is held and what comes: nobody wants it. */
  discard(): void;
}

/** What a chunk costs besides its bytes, so that many small ones count too. */
const CHUNK_BYTES = 256;

/** An empty queue. @param taken is told of bytes that were taken or thrown away */
export function createByteQueue(
  gauge: InputGauge,
  taken: (bytes: number) => void = () => undefined,
): ByteQueue {
  const held: Uint8Array[] = [];
  let isOver = false;
  let isUnwanted = false;
  let wake = (): void => undefined;

  const release = ({ length }: Uint8Array): void => {
    gauge.take(length + CHUNK_BYTES);
    taken(length);
  };
  const drop = (): void => held.splice(0).forEach(release);
  const discard = (): void => {
    isUnwanted = true;
    drop();
  };
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    for (;;) {
      const bytes = held.shift();
      if (bytes !== undefined) {
        release(bytes);
        return { done: false, value: bytes };
      }
      if (isOver || isUnwanted) return { done: true, value: undefined };
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const stop = (): Promise<IteratorResult<Uint8Array, undefined>> => {
    discard();
    return Promise.resolve({ done: true, value: undefined });
  };
  return {
    bytes: { [Symbol.asyncIterator]: () => ({ next, return: stop }) },
    push: (bytes) => {
      if (isOver || bytes.length === 0) return;
      if (isUnwanted) {
        taken(bytes.length);
        return;
      }
      gauge.add(bytes.length + CHUNK_BYTES);
      held.push(bytes);
      wake();
    },
    end: () => {
      isOver = true;
      wake();
    },
    cut: () => {
      isOver = true;
      drop();
      wake();
    },
    discard: () => {
      discard();
      wake();
    },
  };
}
