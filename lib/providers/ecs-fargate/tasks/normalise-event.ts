import type { EcsTaskStateChange } from '../../../../events/ecs-task-state-change.ts';
import type { FoundTask } from '../../../core/task.ts';
import { normaliseTask } from './normalise-task.ts';

/** The task of an "ECS Task State Change" event, as DescribeTasks would have shown it at that version. Pure. */
export function normaliseEvent(event: EcsTaskStateChange): FoundTask {
  return normaliseTask(event.detail);
}
