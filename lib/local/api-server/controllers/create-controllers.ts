import type { Controller, ControllerContext } from './controller.ts';
import { createEventTtl } from './event-ttl.ts';
import { createGarbageCollector } from './garbage-collector.ts';
import { createNamespaceController } from './namespace-controller.ts';
import { createNodeLifecycle } from './nodes/node-lifecycle.ts';
import { createPodGc } from './nodes/pod-gc.ts';
import { createTaintEviction } from './nodes/taint-eviction.ts';
import { createVolumeBinder } from './volume-binder.ts';
import { createDeploymentController } from './workloads/deployment-controller.ts';
import { createJobController } from './workloads/job-controller.ts';
import { createReplicaSetController } from './workloads/replicaset-controller.ts';
import { createScheduler } from './scheduler/scheduler.ts';

/** Which part of the control plane runs: all of it, or, as with a lone kube-apiserver, only what namespaces need. */
export type ControllerSet = 'all' | 'none';

/** The controllers of the cluster, in the order in which they take their turns. `start` is when the periodic ones begin. */
export function createControllers(
  context: ControllerContext,
  set: ControllerSet,
  start: number,
): readonly Controller[] {
  const namespaces = createNamespaceController(context);
  if (set === 'none') return [namespaces];
  return [
    namespaces,
    createNodeLifecycle(context, start),
    createTaintEviction(context),
    createPodGc(context, start),
    createGarbageCollector(context),
    createEventTtl(context, start),
    createVolumeBinder(context),
    createDeploymentController(context),
    createReplicaSetController(context),
    createJobController(context),
    createScheduler(context),
  ];
}
