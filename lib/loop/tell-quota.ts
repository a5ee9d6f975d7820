import { failureOf } from '../core/failure.ts';
import { isTerminal, type Pod } from '../core/kubernetes.ts';
import { capacityTypesOf, nextQuota, shareFor, vcpuOf, type QuotaLook } from '../core/node-quota.ts';
import type { NodeSettings } from '../core/node-settings.ts';
import { OwnUse } from '../core/own-use.ts';
import type { PodRecord } from '../core/record.ts';
import { requestedVcpu } from '../core/requested-cpu.ts';
import { takesUp } from '../core/task-use.ts';
import type { Provider } from '../ports/provider.ts';
import type { NodeMark } from '../ports/slot.ts';
import type { SyncDeps } from './deps.ts';

/** What a look has found of a node's use of the account: empty, to be filled by {@link countOwnUse}. */
export function beginOwnUse(settings: NodeSettings, { clock }: Pick<SyncDeps, 'clock'>): OwnUse {
  return new OwnUse(capacityTypesOf(settings), clock.now());
}

/** Counts the task of a record, and the one before it if that has just stopped. */
export function countOwnUse(
  own: OwnUse,
  { record, pod }: { readonly record: PodRecord | undefined; readonly pod?: Pod | undefined },
  useOf: Provider['useOf'],
): void {
  if (record === undefined) return;
  const use = record.use ?? (pod === undefined ? undefined : useOf(pod, record));
  if (use === undefined) return;
  const { previous, task } = record;
  if (previous?.startedAt !== undefined && previous.stoppedAt !== undefined)
    own.add({ use, from: previous.startedAt, until: previous.stoppedAt });
  const from = record.launchedAt ?? record.firstSentAt;
  if (from === undefined) return;
  if (takesUp(record)) own.add({ use, from, requested: isCounted(pod) ? requestedVcpu(pod.spec) : 0 });
  else if (task?.stoppedAt !== undefined) own.add({ use, from, until: task.stoppedAt });
}

/** Whether the scheduler takes the requests of the pod off its node. */
function isCounted(pod: Pod | undefined): pod is Pod {
  return pod !== undefined && !isTerminal(pod);
}

/** What is told of the quotas of one node. */
export interface QuotaTold {
  readonly settings: NodeSettings;
  /** As last read; `undefined`: not known now, and nothing is written. */
  readonly mark: NodeMark | undefined;
  readonly own: OwnUse;
}

/**
 * Reads the quotas and keeps with the marks what they leave to the node, if that differs from what is kept. Never throws: without
 * quotas the node shows what is configured.
 */
export async function tellQuota(deps: SyncDeps, { settings, mark, own }: QuotaTold): Promise<void> {
  const { clock, marks, telemetry, quotas } = deps;
  if (quotas === undefined || mark === undefined || mark.closing) return;
  const { name: node } = settings;
  try {
    const look = await lookAtQuotas(quotas, settings, own);
    const next = nextQuota(mark.quota, look, clock.now());
    if (next === undefined) return;
    telemetry.info('What the quotas leave to the node has changed', { node, ...next });
    await marks.setQuota(node, next);
  } catch (thrown) {
    const failure = failureOf(thrown);
    telemetry.warn('What the quotas leave to the node could not be written', { node, failure });
  }
}

/** A right that is missing here is no trouble: it is told on the node, whose pods run all the same. */
async function lookAtQuotas(
  quotas: NonNullable<SyncDeps['quotas']>,
  settings: NodeSettings,
  own: OwnUse,
): Promise<QuotaLook> {
  try {
    const read = await Promise.all(
      capacityTypesOf(settings).map(async (capacityType) => ({
        capacityType,
        ...(await quotas.vcpu(capacityType)),
      })),
    );
    return { kind: 'read', share: shareFor(own, read, vcpuOf(settings.capacity.cpu)) };
  } catch (thrown) {
    return { kind: 'failed', why: failureOf(thrown).message };
  }
}
