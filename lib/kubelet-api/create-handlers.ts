import type { Clock } from '../ports/clock.ts';
import type { ContainerUses } from '../ports/container-use.ts';
import type { Exec } from '../ports/exec.ts';
import type { PodDialer } from '../ports/pod-dialer.ts';
import type { Pods } from '../ports/pods.ts';
import type { Provider } from '../ports/provider.ts';
import type { Records } from '../ports/records.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Handlers } from './handlers.ts';
import type { LogHub } from './logs/follow-log.ts';
import { createMetricsResourceHandler, createStatsSummaryHandler } from './stats/serve-stats.ts';
import { createAttachHandler } from './streaming/attach-handler.ts';
import { createExecHandler } from './streaming/exec-handler.ts';
import { createPortForwardHandler } from './streaming/port-forward-handler.ts';

/** What is served from, beside logs and lists of pods. */
export interface HandlerDeps {
  readonly pods: Pick<Pods, 'list' | 'get'>;
  readonly records: Pick<Records, 'get' | 'getMany'>;
  readonly provider: Pick<Provider, 'logStreamOf'>;
  readonly exec: Exec;
  readonly dialer: PodDialer;
  /** Absent: nothing measures the tasks. */
  readonly uses?: ContainerUses | undefined;
  /** The one of all who follow logs. */
  readonly hub: LogHub;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

/** Everything that is served beside logs and lists of pods. */
export function createHandlers(deps: HandlerDeps): Handlers {
  return {
    exec: createExecHandler(deps),
    attach: createAttachHandler(deps),
    portForward: createPortForwardHandler(deps),
    statsSummary: createStatsSummaryHandler(deps),
    metricsResource: createMetricsResourceHandler(deps),
  };
}
