import { startEnvironment, type ExecutionEnvironment, type FunctionShape } from './start-environment.ts';

/** One Lambda function: any number of invocations at a time, each in an execution environment of its own. */
export interface LocalFunction {
  /** Rejects as the invocation failed: thrown, timed out, crashed. */
  invoke(event: unknown): Promise<unknown>;
  /** Ends every environment at once; running invocations reject. */
  close(): Promise<void>;
}

/** A function that keeps its environments warm: a free one is used again, a new one starts only when all are busy. */
export function createFunction(shape: FunctionShape): LocalFunction {
  const free: ExecutionEnvironment[] = [];
  const busy = new Set<ExecutionEnvironment>();
  let isClosed = false;
  return {
    invoke: async (event) => {
      if (isClosed) throw new Error(`${shape.name} is closed`);
      const environment = takeAlive(free) ?? startEnvironment(shape);
      busy.add(environment);
      try {
        return await environment.invoke(event);
      } finally {
        busy.delete(environment);
        if (environment.isAlive()) free.push(environment);
      }
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...busy, ...free].map((environment) => environment.close()));
    },
  };
}

/** The one used last: the others may then be the ones to grow cold. */
function takeAlive(free: ExecutionEnvironment[]): ExecutionEnvironment | undefined {
  for (let found = free.pop(); found !== undefined; found = free.pop()) if (found.isAlive()) return found;
  return undefined;
}
