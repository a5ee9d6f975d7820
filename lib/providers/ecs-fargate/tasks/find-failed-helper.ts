import { isHelper } from '../../../core/task.ts';

/** What is known of the end of a container. */
interface EndedContainer {
  readonly name?: string | undefined;
  readonly lastStatus?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
}

/** Exit codes of a container that was killed by a signal (SIGKILL, SIGTERM), as every stop of a task does. */
const KILLED: readonly (number | undefined)[] = [137, 143];

/**
 * Whether a container is a helper that nobody needs to see: all but those that failed by themselves. A helper that a stop of the
 * task ended (`isStopping`) did not fail.
 */
export function isQuietHelper(container: EndedContainer, isStopping: boolean): boolean {
  const { name = '', lastStatus, exitCode, reason } = container;
  if (!isHelper({ name })) return false;
  if (lastStatus !== 'STOPPED' || exitCode === 0) return true;
  if (reason !== undefined) return false;
  return isStopping && (exitCode === undefined || KILLED.includes(exitCode));
}

/** Which helper failed, and how: the pod does not show it, so that the task must say it. */
export function findFailedHelper(containers: readonly EndedContainer[]): string | undefined {
  const failed = containers.find(({ name = '' }) => isHelper({ name }));
  if (failed === undefined) return undefined;
  const { name, exitCode, reason = `exited with code ${exitCode ?? 'unknown'}` } = failed;
  return `${name ?? ''}: ${reason}`;
}
