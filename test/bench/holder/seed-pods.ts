import { derivePodStatus } from '../../../lib/core/pod-status.ts';
import type { Instant, Pod } from '../../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../../lib/core/record.ts';
import type { FoundTask } from '../../../lib/core/task.ts';
import type { ApiServerModel } from '../../../lib/local/api-server/create-api-server-model.ts';
import type { ApiObject } from '../../../lib/local/api-server/objects/api-object.ts';
import { objectAt, type JsonObject } from '../../../lib/local/api-server/objects/json.ts';
import type { Provider } from '../../../lib/ports/provider.ts';
import type { Records } from '../../../lib/ports/records.ts';
import { noInputs } from '../../support/vocabulary-inputs.ts';
import { fatPod, managedFieldsOf } from './fat-pod.ts';

/** What pods are put into. */
export interface Seeded {
  readonly api: ApiServerModel;
  readonly provider: Provider;
  readonly records: Records;
  readonly node: string;
}

/** Tasks described in one call. */
const BATCH = 100;
/** Within the quotas of ECS: the tasks were launched one after the other. */
const LAUNCH_MS = 60;

/** Makes pods that are bound to the node, and nothing more. */
export function bindPods({ api, node }: Pick<Seeded, 'api' | 'node'>, count: number, at: Instant): Pod[] {
  return Array.from({ length: count }, (_, nth) => {
    const path = '/api/v1/namespaces/default/pods';
    const made = demand(api, { method: 'POST', path, body: fatPod(nth, node) }, at);
    return made as unknown as Pod;
  });
}

/**
 * Makes pods that run, as the loop leaves them: with a task, a record and the status of both, so that there is nothing to do for
 * them. Resolves to the bytes of an average one on the wire.
 * @param goTo moves the provider's time on and gives it back
 */
export async function seedSettledPods(
  world: Seeded,
  count: number,
  at: Instant,
  goTo: (at: Instant) => Instant,
): Promise<number> {
  const { api, provider, records, node } = world;
  const pods = bindPods(world, count, at);
  const launched: PodRecord[] = [];
  for (const [nth, pod] of pods.entries())
    launched.push(await launch(provider, pod, node, goTo(at + nth * LAUNCH_MS)));
  const now = goTo(Date.now());
  let bytes = 0;
  for (let from = 0; from < count; from += BATCH) {
    const some = launched.slice(from, from + BATCH);
    const tasks = await provider.describe(some.flatMap(({ taskArn }) => taskArn ?? []));
    const settled = some.map((record) => withTask(record, tasks));
    await Promise.all(
      settled.map((record) => records.write({ ...record, node }, record, { kind: 'absent' })),
    );
    for (const [index, record] of settled.entries()) bytes += publish(api, pods[from + index], record, now);
  }
  return bytes / count;
}

async function launch(provider: Provider, pod: Pod, node: string, at: Instant): Promise<PodRecord> {
  const assessment = provider.assess(pod, node);
  if (assessment.kind !== 'runnable')
    throw new Error(`the bench's pod cannot run: ${JSON.stringify(assessment)}`);
  const { uid, namespace, name, generation } = pod.metadata;
  const record: PodRecord = {
    ...{ uid, namespace, name, node, specHash: assessment.specHash },
    ...{ state: 'launched', attempt: 1, try: 0, claimer: 'bench', replayed: false },
    ...{ launchBefore: at + 60_000, firstSentAt: at, launchedAt: at },
    ...{ restarts: { shop: 0 }, backOffCount: 0 },
    ...(generation !== undefined && { generation }),
  };
  const use = provider.useOf(pod, record);
  const outcome = await provider.launch(pod, record, at + 60_000, noInputs());
  if (outcome.kind === 'failed')
    throw new Error(`the bench's pod was not launched: ${outcome.failure.message}`);
  const { found, taskDefinition, annotations } = outcome;
  return {
    ...{ ...record, taskArn: found.task.arn, taskDefinition },
    ...(use !== undefined && { use }),
    ...(annotations !== undefined && { annotations }),
  };
}

function withTask(record: PodRecord, tasks: ReadonlyMap<string, FoundTask>): PodRecord {
  const task = tasks.get(record.taskArn ?? '')?.task;
  if (task?.state !== 'running') throw new Error(`the bench's task does not run: ${JSON.stringify(task)}`);
  return { ...record, task };
}

function publish(api: ApiServerModel, pod: Pod | undefined, record: PodRecord, now: Instant): number {
  if (pod === undefined) throw new Error('a record has no pod');
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`;
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  const status = derivePodStatus(pod, record, now, {
    podsReady: true,
    networkProbes: false,
  }) as unknown as JsonObject;
  demand(api, { method: 'PATCH', path, headers, body: { status } }, now);
  const stored = api.store.get('pods', pod.metadata.namespace, pod.metadata.name);
  if (stored === undefined) throw new Error(`${pod.metadata.name} is gone`);
  const managedFields = managedFieldsOf(new Date(now).toISOString());
  const annotations = {
    ...objectAt(stored, 'metadata', 'annotations'),
    ...record.annotations,
    ...record.task?.annotations,
  };
  const whole: ApiObject = { ...stored, metadata: { ...stored.metadata, annotations, managedFields } };
  api.store.put('pods', whole);
  return JSON.stringify(whole).length;
}

function demand(
  api: ApiServerModel,
  request: Parameters<ApiServerModel['handle']>[0],
  now: Instant,
): JsonObject {
  const { code, body } = api.handle(request, now);
  if (code < 300) return body;
  throw new Error(`${request.method} ${request.path}: ${code} ${JSON.stringify(body)}`);
}
