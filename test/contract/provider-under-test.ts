import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Provider } from '../../lib/ports/provider.ts';
import type { Oversight } from '../memory/memory-tasks.ts';

/** A provider under test with what only the world does to tasks. The node is `fargate-1`, the cluster `demo`. */
export interface ProviderHarness {
  readonly provider: Provider;
  now(): Instant;
  advance(ms: number): Promise<void>;
  /** Waits or works until the task runs. */
  run(taskArn: string): Promise<void>;
  /** Waits or works until the task, which runs or was asked to stop, is over. */
  end(taskArn: string): Promise<void>;
  /** Answers are wrong about a task that lives on: `{}` makes them right again. */
  overlook(taskArn: string, oversight: Oversight): void;
  /** Starts a task that is nobody's of ours; gives its ARN. */
  startStranger(): string;
  /** The next launch fails like this. */
  failLaunch(how: 'capacity' | 'throttled' | 'timeoutAfterSuccess'): void;
  /** The attempts that files are stored for, as `<node>/<uid>/<attempt>`, in the order of their launches. */
  files(): readonly string[];
  /** How many launches were sent, also those that failed. */
  sends(): number;
}
