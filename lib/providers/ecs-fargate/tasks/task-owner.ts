import type { Pod } from '../../../core/kubernetes.ts';
import type { TaskOwner } from '../../../core/task.ts';

/** The variable that tells a task's pod, in its overrides. */
export const POD_VARIABLE = 'LAMBDALET_POD';

const GROUP = /^lambdalet:([^/]+)\/(.+)$/;
const STARTED_BY = /^([0-9A-Za-z-]+)\/(\d+)$/;
const POD = /^([^/]+)\/([^/]+)$/;

/** The marks that a task carries of its owner: enough to recognise it when the table is gone. */
export function toMarks(
  owner: Pick<TaskOwner, 'cluster' | 'node' | 'uid' | 'attempt'>,
  pod: Pod,
): { readonly group: string; readonly startedBy: string; readonly pod: string } {
  return {
    group: `lambdalet:${owner.cluster}/${owner.node}`,
    startedBy: toStartedBy(owner.uid, owner.attempt),
    pod: toPodMark(pod),
  };
}

/** `startedBy` of one attempt of a pod. */
export function toStartedBy(uid: string, attempt: number): string {
  return `${uid}/${attempt}`;
}

/** The value of {@link POD_VARIABLE}. */
export function toPodMark({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The owner that the marks name, or `undefined` when they are not ours. */
export function ownerOf(marks: {
  readonly group: string | undefined;
  readonly startedBy: string | undefined;
  readonly pod: string | undefined;
}): TaskOwner | undefined {
  const [, cluster, node] = GROUP.exec(marks.group ?? '') ?? [];
  const [, uid, attempt] = STARTED_BY.exec(marks.startedBy ?? '') ?? [];
  if (cluster === undefined || node === undefined || uid === undefined) return undefined;
  const [, namespace, name] = POD.exec(marks.pod ?? '') ?? [];
  const owner = { cluster, node, uid, attempt: Number(attempt) };
  return namespace === undefined || name === undefined ? owner : { ...owner, namespace, name };
}
