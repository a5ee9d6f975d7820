import type { Controller, ControllerContext } from './controller.ts';
import { createNamespaceController } from './namespace-controller.ts';

/** Every controller of the cluster, in the order in which they take their turns. `now` starts the periodic ones. */
export function createControllers(context: ControllerContext, _now: number): readonly Controller[] {
  return [createNamespaceController(context)];
}
