/** A delay in milliseconds, drawn evenly from [least, most]. */
export type Delay = readonly [least: number, most: number];

/** How long ECS takes for each of its steps. */
export interface EcsTimings {
  /** Network interface and disk. */
  readonly provisioning: Delay;
  /** Until the agent takes the task. */
  readonly pending: Delay;
  /** Pull and create; then the containers start. */
  readonly activating: Delay;
  /** From the desired stop (or the exit of an essential container) to the stop signal. */
  readonly deactivating: Delay;
  /** From the stop signal to the end of a container that obeys it. */
  readonly terminating: Delay;
  /** Detaching the network interface. */
  readonly deprovisioning: Delay;
  /** How late a change of a container alone is reported; with a change of the task it comes at once. */
  readonly containerReport: Delay;
  /** From the Spot warning to the stop. */
  readonly spotWarning: Delay;
  /** From the start of a container with a health check to its first HEALTHY. */
  readonly health: Delay;
}

/** RUNNING about two seconds after RunTask, STOPPED within a second of StopTask: for the demo and local work. */
export const fastTimings: EcsTimings = {
  provisioning: [300, 500],
  pending: [300, 500],
  activating: [900, 1200],
  deactivating: [100, 150],
  terminating: [100, 200],
  deprovisioning: [250, 400],
  containerReport: [400, 800],
  spotWarning: [2000, 2000],
  health: [500, 500],
};

/**
 * Fargate's own pace: RUNNING after about half a minute, some twenty seconds for a stop (the documented sample events),
 * container-only changes batched 10 to 30 s (the open agent), Spot's two-minute warning.
 */
export const realTimings: EcsTimings = {
  provisioning: [6000, 12_000],
  pending: [4000, 8000],
  activating: [10_000, 20_000],
  deactivating: [200, 1000],
  terminating: [100, 500],
  deprovisioning: [15_000, 25_000],
  containerReport: [10_000, 30_000],
  spotWarning: [120_000, 120_000],
  health: [5000, 30_000],
};
