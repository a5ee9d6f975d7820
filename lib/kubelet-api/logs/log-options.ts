import type { Instant } from '../../core/kubernetes.ts';
import type { LogSpan } from '../../ports/logs.ts';

/** What of a log is wanted: the fields of `PodLogOptions` that bound it. */
export interface LogBounds {
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly sinceTime?: Instant;
  readonly limitBytes?: number;
}

/** A value that the API server refuses. */
export interface BoundFault {
  readonly field: keyof LogBounds;
  /** In the words of Kubernetes. */
  readonly rule: string;
}

/** Every fault of the bounds, by the rules of the API server (`ValidatePodLogOptions`). */
export function findBoundFaults(bounds: LogBounds): readonly BoundFault[] {
  const { tailLines = 0, sinceSeconds = 1, sinceTime, limitBytes = 1 } = bounds;
  return [
    ...(tailLines < 0 ? [{ field: 'tailLines', rule: 'must be greater than or equal to 0' } as const] : []),
    ...(sinceSeconds < 1 ? [{ field: 'sinceSeconds', rule: 'must be greater than 0' } as const] : []),
    ...(limitBytes < 1 ? [{ field: 'limitBytes', rule: 'must be greater than 0' } as const] : []),
    ...(sinceTime !== undefined && bounds.sinceSeconds !== undefined
      ? [
          {
            field: 'sinceTime',
            rule: 'at most one of `sinceTime` or `sinceSeconds` may be specified',
          } as const,
        ]
      : []),
  ];
}

/** Where a log is read from: its beginning or so many of its last lines, of those since an instant. */
export interface LogStart {
  readonly tail?: number;
  readonly span: LogSpan;
}

/** Where valid bounds begin. */
export function startOf({ tailLines, sinceSeconds, sinceTime }: LogBounds, now: Instant): LogStart {
  const since = sinceSeconds === undefined ? sinceTime : now - sinceSeconds * 1000;
  return {
    ...(tailLines !== undefined && { tail: tailLines }),
    // Nothing was logged before 1970, and CloudWatch Logs knows no such time.
    span: since === undefined ? {} : { since: Math.max(0, since) },
  };
}
