/** One thing in a pod that the provider cannot do, with the way out in `note`. */
export interface FieldFault {
  /** Full path with indices, such as `spec.containers[0].securityContext.privileged`. */
  readonly path: string;
  readonly note: string;
}

/** What the provider thinks of a pod before anything is started. */
export type Assessment =
  | { readonly kind: 'runnable'; readonly specHash: string; readonly warnings: readonly FieldFault[] }
  | {
      readonly kind: 'unsupported';
      readonly faults: readonly FieldFault[];
      /** Why the pod Fails, as a kubelet says it that has no room: `OutOfcpu`. Default {@link UNSUPPORTED}. */
      readonly reason?: string;
    };

/** The reason of a pod that asks for what cannot be done. */
export const UNSUPPORTED = 'UnsupportedPodField';

/** Whether a pod Failed because it was refused, which is told before it is shown. */
export function isRefusal(reason: string | undefined): boolean {
  return reason === UNSUPPORTED || reason?.startsWith('OutOf') === true;
}
