/** The command was asked in a way that it cannot follow. Each fault says what was seen and what is allowed. */
export class UsageError extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'UsageError';
  }
}

/** What was asked for cannot be done, for a reason that is no fault of the program: told without a stack. */
export class CommandFault extends Error {
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFault';
    this.exitCode = exitCode;
  }
}
