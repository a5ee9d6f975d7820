/** Two sends of at most 3 s: a function in a VPC may have no route to these services, and its sweep must not hang on it. */
export const CLIENT = {
  maxAttempts: 2,
  // Without throwOnRequestTimeout the SDK's handler only warns and waits on.
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const;
