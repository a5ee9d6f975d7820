/** How much of a connection's input is held because nobody took it yet: over the mark, nothing more is read from it. */
export interface InputGauge {
  readonly isFull: boolean;
  add(bytes: number): void;
  take(bytes: number): void;
  /** Resolves when it is not full. */
  room(): Promise<undefined>;
}

/** What is held at most, besides one chunk of the connection. */
const MARK_BYTES = 262_144;

/** An empty gauge. */
export function createInputGauge(mark: number = MARK_BYTES): InputGauge {
  let held = 0;
  let waiting = Promise.withResolvers<undefined>();
  waiting.resolve(undefined);
  return {
    get isFull() {
      return held >= mark;
    },
    add: (bytes) => {
      const wasFull = held >= mark;
      held += bytes;
      if (!wasFull && held >= mark) waiting = Promise.withResolvers<undefined>();
    },
    take: (bytes) => {
      held -= bytes;
      if (held < mark) waiting.resolve(undefined);
    },
    room: () => waiting.promise,
  };
}
