import type { HealthCheck } from '@aws-sdk/client-ecs';
import type { Container } from '../../../core/kubernetes.ts';
import { healthCheckKind } from '../../../core/plan-probes.ts';
import type { FieldFault } from '../../../ports/provider.ts';

type Probe = NonNullable<Container['livenessProbe']>;

/** What ECS takes of a health check, in seconds and failures (API reference, HealthCheck). */
const LIMITS = {
  interval: { least: 5, most: 300 },
  timeout: { least: 2, most: 60 },
  retries: { least: 1, most: 10 },
  startPeriod: { least: 0, most: 300 },
} as const;
const { interval, timeout, retries, startPeriod } = LIMITS;
/** What the API server writes for what is absent or zero. */
const STANDARD = { period: 10, timeout: 1, failures: 3 } as const;

/** The health check that a container's exec probes become, and what of it is not as they ask. */
export interface PlannedHealthCheck {
  readonly healthCheck?: HealthCheck;
  readonly warnings: readonly FieldFault[];
}

/**
 * The exec probe of a container as its health check: of several the one that `healthCheckKind` names. A startup probe, of
 * whatever kind, gives the time in which failures do not count; else the initial delay does. Times that ECS does not take
 * become the nearest that it does; failures beyond ten are counted by whoever reads the health. `path` is the
 * container's.
 */
export function planHealthCheck(container: Container, path: string): PlannedHealthCheck {
  const kind = healthCheckKind(container);
  const field = kind === undefined ? undefined : (`${kind}Probe` as const);
  const probe = field === undefined ? undefined : container[field];
  if (field === undefined || probe?.exec === undefined) return { warnings: [] };
  const start = startPeriodOf(container.startupProbe, probe);
  return {
    healthCheck: {
      command: ['CMD', ...expandStatic(probe.exec.command ?? [], container)],
      interval: clamp(probe.periodSeconds || STANDARD.period, interval),
      timeout: clamp(probe.timeoutSeconds || STANDARD.timeout, timeout),
      retries: clamp(probe.failureThreshold || STANDARD.failures, retries),
      startPeriod: clamp(start, startPeriod),
    },
    warnings:
      start <= startPeriod.most
        ? []
        : [startWarning(start, `${path}.${container.startupProbe === undefined ? field : 'startupProbe'}`)],
  };
}

/** How long a container may take to start: as long as its startup probe has patience, else the initial delay. */
function startPeriodOf(startup: Probe | undefined, probe: Probe): number {
  if (startup === undefined) return probe.initialDelaySeconds ?? 0;
  const { initialDelaySeconds = 0, periodSeconds, failureThreshold } = startup;
  return initialDelaySeconds + (periodSeconds || STANDARD.period) * (failureThreshold || STANDARD.failures);
}

/**
 * The kubelet expands `$(NAME)` in probes by what `env` says plainly, and takes what comes from elsewhere for empty
 * (ExpandContainerCommandOnlyStatic).
 */
function expandStatic(command: readonly string[], { env = [] }: Container): readonly string[] {
  const values = new Map(env.map(({ name, value }) => [name, value ?? '']));
  return command.map((text) =>
    text.replace(/\$(?:\$|\(([^)]*)\))/g, (reference, name?: string) =>
      name === undefined ? '$' : (values.get(name) ?? reference),
    ),
  );
}

function clamp(value: number, { least, most }: { readonly least: number; readonly most: number }): number {
  return Math.min(most, Math.max(least, value));
}

function startWarning(seconds: number, path: string): FieldFault {
  const note = `A health check of ECS waits ${startPeriod.most} s for the start at most, not ${seconds} s: what starts more slowly is taken for unhealthy.`;
  return { path, note };
}
