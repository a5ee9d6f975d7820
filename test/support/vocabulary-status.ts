// A pod's status in a few words, so that a table can hold one in a line.
import type { ContainerState, PodStatus } from '../../lib/core/kubernetes.ts';

/** `waiting <reason>`, `running`, `terminated <reason> <exit code>`, or `none`. */
export function wordsOfState(state: ContainerState | undefined): string {
  if (state?.running) return 'running';
  if (state?.waiting) return `waiting ${state.waiting.reason ?? ''}`;
  if (state?.terminated) return `terminated ${state.terminated.reason ?? ''} ${state.terminated.exitCode}`;
  return 'none';
}

/** The state of each container by its name. */
export function statesOf(status: Partial<PodStatus> | undefined): Record<string, string> {
  const statuses = status?.containerStatuses ?? [];
  return Object.fromEntries(statuses.map(({ name, state }) => [name, wordsOfState(state)]));
}

/** Each condition as `True`, `False` or `False <reason>`, by its type. */
export function conditionsOf(status: Partial<PodStatus> | undefined): Record<string, string> {
  const words = (status?.conditions ?? []).map(
    ({ type, status: value, reason }) => [type, reason ? `${value} ${reason}` : value] as const,
  );
  return Object.fromEntries(words);
}

/** Phase, reason and containers in one line: `Running; main: running`. */
export function lineOf(status: Partial<PodStatus> | undefined): string {
  const containers = Object.entries(statesOf(status)).map(([name, words]) => `${name}: ${words}`);
  return [[status?.phase, status?.reason].filter(Boolean).join(' '), ...containers].join('; ');
}
