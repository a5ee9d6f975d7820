/** One thing in a pod that the provider cannot do, with the way out in `note`. */
export interface FieldFault {
  /** Full path with indices, such as `spec.containers[0].securityContext.privileged`. */
  readonly path: string;
  readonly note: string;
}

/** What the provider thinks of a pod before anything is started. */
export type Assessment =
  | { readonly kind: 'runnable'; readonly specHash: string; readonly warnings: readonly FieldFault[] }
  | { readonly kind: 'unsupported'; readonly faults: readonly FieldFault[] };
