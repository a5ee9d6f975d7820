import type { PlantedBug } from './planted-bug.ts';

const LAUNCHED = 'lib/core/next-launched-action.ts';
const FAILED = 'lib/core/find-failed-container.ts';

/** Bugs in what pods are made of: inputs, init containers, probes, hooks. */
export const PLANTED_POD_BUGS: Readonly<Record<string, PlantedBug>> = {
  'clear-while-pending': {
    breaks: 'the files of an attempt are removed before its containers have read them',
    replacements: [
      {
        file: LAUNCHED,
        find: "task !== undefined && task.state !== 'pending'",
        by: 'task !== undefined',
      },
    ],
    rule: 'a file was removed too early',
    weather: 'lost inputs',
    foundWithin: 30,
  },
  'launch-without-files': {
    breaks: 'a file that could not be stored does not keep the launch back',
    replacements: [
      {
        file: 'lib/providers/ecs-fargate/calls/prepare-launch.ts',
        find: 'files?.put(envFileKey({ cluster, node, uid, attempt, container }), content, by),',
        by: 'files?.put(envFileKey({ cluster, node, uid, attempt, container }), content, by).catch(() => undefined),',
      },
    ],
    rule: 'a task was started without its files',
    weather: 'lost inputs',
    foundWithin: 100,
  },
  'keep-files': {
    breaks: 'nobody removes the files of an attempt',
    replacements: [
      {
        file: 'lib/loop/clear-files.ts',
        find: 'await deps.provider.clearFiles(record);',
        by: '',
      },
    ],
    rule: 'a file was left behind',
    weather: 'lost inputs',
    foundWithin: 30,
  },
  'ignore-failed-init': {
    breaks: 'nobody stops the task of a failed init container, which waits for ever',
    replacements: [{ file: FAILED, find: 'failed !== undefined) return', by: 'false) return' }],
    rule: 'a failed init container was not stopped for',
    weather: 'lost inputs',
    foundWithin: 100,
  },
  'init-failure-always-again': {
    breaks: 'a failed init container is tried again whatever the restart policy says',
    replacements: [
      {
        file: 'lib/core/restart.ts',
        find: "if (pod.spec.restartPolicy === 'Never') return { kind: 'terminal', phase: 'Failed' };",
        by: '',
      },
    ],
    rule: 'a pod that runs once ran twice',
    weather: 'sick containers',
    foundWithin: 60,
  },
  'refusal-keeps-permit': {
    breaks: 'a pod that waits for a ConfigMap uses up a permission to launch with every try',
    replacements: [
      {
        file: 'lib/loop/reconcile-pod.ts',
        find: 'if (executed.unsent === true) permit.used = false;',
        by: '',
      },
    ],
    rule: 'a waiting pod kept its permission to launch',
    weather: 'lost inputs',
    foundWithin: 60,
  },
  'missing-input-is-final': {
    breaks: 'a pod that lacks something is not tried again',
    replacements: [
      {
        file: 'lib/loop/judge-refusal.ts',
        find: 'nextTryAt: refusal.retry ? now + delay : undefined,',
        by: "nextTryAt: kind === 'configuration' ? now + 36e5 : refusal.retry ? now + delay : undefined,",
      },
    ],
    rule: 'a pod waits although all is there',
    weather: 'lost inputs',
    foundWithin: 60,
  },
  'old-probes-believed': {
    breaks: 'what probes found of an earlier attempt counts for the current one',
    replacements: [
      {
        file: 'lib/core/record.ts',
        find: 'return probes?.attempt === attempt ? probes.containers : {};',
        by: 'return probes?.containers ?? {};',
      },
      { file: 'lib/loop/claim-attempt.ts', find: 'probes: undefined,', by: '' },
    ],
    rule: 'the task of a living pod was stopped',
    weather: 'sick containers',
    foundWithin: 60,
  },
  'liveness-ignored': {
    breaks: 'a container that fails its liveness probe is left alone',
    replacements: [{ file: FAILED, find: 'liveness?.ok === false', by: 'false' }],
    rule: 'an unhealthy task was not stopped',
    weather: 'sick containers',
    foundWithin: 100,
  },
  'ready-ignores-probe': {
    breaks: 'a container is ready as soon as it has started',
    replacements: [
      {
        file: 'lib/core/judge-probe.ts',
        find: "(plan === undefined || verdictOf(plan, probes.readiness) === 'success')",
        by: '(plan !== undefined || plan === undefined)',
      },
    ],
    rule: 'Ready does not follow the probe',
    weather: 'sick containers',
    foundWithin: 100,
  },
  'stop-during-sleep': {
    breaks: 'a deleted pod is stopped at once, whatever its preStop hook says',
    replacements: [
      {
        file: LAUNCHED,
        find: "request?.why === 'deleted' ? sleepEnd(view.pod, record, now) : undefined",
        by: 'undefined as number | undefined',
      },
    ],
    rule: 'a stop came before the preStop sleep was over',
    weather: 'sick containers',
    foundWithin: 60,
  },
  'sleep-beyond-grace': {
    breaks: 'a preStop sleep is slept to its end, and much longer, whatever the grace is',
    replacements: [
      {
        file: 'lib/core/stop-time.ts',
        find: 'Math.min(grace, Math.max(0, ...sleeps) * SECOND)',
        by: 'Math.max(0, ...sleeps) * 60 * SECOND',
      },
    ],
    rule: 'a stop came after the grace',
    weather: 'sick containers',
    foundWithin: 100,
  },
};
