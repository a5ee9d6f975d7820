/** How a part of a script ends other than at its end. */
export class Jump extends Error {
  readonly to: 'exit' | 'return' | 'break' | 'continue';
  /** Exit status, or the number of loops. */
  readonly value: number;
  constructor(to: Jump['to'], value: number) {
    super(to);
    this.to = to;
    this.value = value;
  }
}

export const INTERRUPTED = 130;
