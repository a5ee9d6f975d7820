import type { TaskUse } from '../../../core/task-use.ts';
import { useOfTask } from '../plan/use-of-task.ts';

type Text = string | undefined;

/** What a described task, or an event, tells of what it costs. */
export interface BilledTaskLike {
  /** CPU units and MiB. */
  readonly cpu?: Text;
  readonly memory?: Text;
  readonly capacityProviderName?: Text;
  readonly ephemeralStorage?: { readonly sizeInGiB?: number | undefined } | undefined;
  readonly attributes?:
    readonly { readonly name?: Text; readonly value?: string | null | undefined }[] | undefined;
}

/** What a task takes of the account by its own description; `undefined` where it does not tell its size. */
export function billedUse(arn: string, task: BilledTaskLike): TaskUse | undefined {
  const size = { cpu: Number(task.cpu), memory: Number(task.memory) };
  if (!(size.cpu > 0 && size.memory > 0)) return undefined;
  const processor = task.attributes?.find(({ name }) => name === 'ecs.cpu-architecture')?.value;
  const diskGiB = task.ephemeralStorage?.sizeInGiB;
  return useOfTask({
    size,
    region: arn.split(':')[3] ?? '',
    architecture: processor === 'arm64' ? 'arm64' : 'amd64',
    capacityType: task.capacityProviderName === 'FARGATE_SPOT' ? 'spot' : 'on-demand',
    ...(diskGiB !== undefined && { diskGiB }),
  });
}
