import { fromTime, type Container, type Instant, type Pod } from './kubernetes.ts';

const SECOND = 1000;
/** `sleep N`, by itself or through a shell: what most preStop hooks are. */
const SLEEP = /^\s*(?:\/(?:usr\/)?bin\/)?sleep\s+(\d+(?:\.\d+)?)s?\s*;?\s*$/;
const SHELLS = new Set(['sh', 'bash', '/bin/sh', '/bin/bash', '/usr/bin/sh', '/usr/bin/bash']);

type Hook = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

/** Seconds that a preStop hook does nothing but sleep; `undefined` for a hook that does anything else. */
export function sleepOf(hook: Hook): number | undefined {
  if (hook.sleep !== undefined) return hook.sleep.seconds;
  const command = hook.exec?.command ?? [];
  const [program, flag, script, ...more] = command;
  const isScript = SHELLS.has(`${program}`) && flag === '-c' && more.length === 0;
  const seconds = SLEEP.exec(isScript ? `${script}` : command.join(' '))?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/**
 * When the task of a deleted pod is to be stopped: once the longest sleep of its preStop hooks is over, within its grace, as the
 * kubelet would send the signal then. The deletion timestamp is the end of the grace.
 */
export function stopTimeOf(pod: Pod): Instant {
  const grace = (pod.metadata.deletionGracePeriodSeconds ?? 0) * SECOND;
  const end = fromTime(pod.metadata.deletionTimestamp) ?? 0;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const sleeps = [...pod.spec.containers, ...sidecars].map(({ lifecycle }) =>
    lifecycle?.preStop === undefined ? 0 : (sleepOf(lifecycle.preStop) ?? 0),
  );
  return end - grace + Math.min(grace, Math.max(0, ...sleeps) * SECOND);
}
