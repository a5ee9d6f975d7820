import type { Pod } from '../../core/kubernetes.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { createApiServerModel, type ApiServerModel } from '../api-server/create-api-server-model.ts';
import type { ApiResponse } from '../api-server/requests/api-request.ts';
import type { JsonObject } from '../api-server/objects/json.ts';
import type { Ids } from '../api-server/kinds/kind-row.ts';
import { createCountedIds } from '../api-server/random-ids.ts';
import type { Workload } from './find-workloads.ts';
import { inManifest } from './place-paths.ts';
import { listAt, read, textOf, type JsonLike } from './read-path.ts';
import { shapePod } from './shape-pod.ts';

/** A pod of a workload as an API server would store it, or why it would not. Paths are those of the manifest. */
export type Admitted =
  | {
      readonly kind: 'pod';
      readonly pod: Pod;
      /** What the API server would drop, in its words. */
      readonly dropped: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly faults: readonly FieldFault[] };

/** What is explained does not depend on the time. */
const WHEN = Date.UTC(2026, 0, 1);
/** What controllers insist on: they could not do their work with any other policy. */
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  Pod: ['Always', 'OnFailure', 'Never'],
  Job: ['OnFailure', 'Never'],
  CronJob: ['OnFailure', 'Never'],
};

/**
 * One pod of the workload, with the defaults, the validation and the token volume of a real API server, bound to `node`. Ids are
 * the same in every run.
 */
export function admitTemplate(workload: Workload, node: string): Admitted {
  const [first] = admitReplicas(workload, node, { count: 1, ids: createCountedIds() });
  return first ?? { kind: 'invalid', faults: [] };
}

/** As many pods of the workload, as {@link admitTemplate} makes the first of them. */
export function admitReplicas(
  workload: Workload,
  node: string,
  { count, ids }: { readonly count: number; readonly ids: Ids },
): readonly Admitted[] {
  const model = createApiServerModel({ now: WHEN, ids, controllers: 'none' });
  try {
    prepare(model, workload);
    return Array.from({ length: count }, (_, replica) =>
      admit(model, workload, shapePod(workload, node, replica)),
    );
  } finally {
    model.close();
  }
}

function admit(model: ApiServerModel, workload: Workload, shaped: JsonLike): Admitted {
  const { pod, priority } = withoutPriority(shaped);
  const answer = post(model, `/api/v1/namespaces/${workload.namespace}/pods`, pod);
  const faults = [...restartFaults(workload), ...(answer.code < 300 ? [] : faultsOf(workload, answer))];
  if (faults.length > 0) return { kind: 'invalid', faults };
  const admitted = answer.body as unknown as Pod;
  const dropped = (answer.warnings ?? []).map((warning) =>
    warning.replace(/"spec/, `"${workload.prefix}spec`),
  );
  return { kind: 'pod', pod: { ...admitted, spec: { ...admitted.spec, ...priority } }, dropped };
}

/** The account and namespace of the pod, which admission asks for. */
function prepare(model: ApiServerModel, { namespace, template }: Workload): void {
  const metadata = { name: namespace };
  post(model, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
  const { serviceAccountName, serviceAccount } = template.spec;
  const own = textOf(serviceAccountName, textOf(serviceAccount, 'default'));
  for (const name of new Set(['default', own]))
    post(model, `/api/v1/namespaces/${namespace}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
    });
}

/** Which priority classes a cluster has is not known here, and only its scheduler cares. */
function withoutPriority(pod: JsonLike): { readonly pod: JsonLike; readonly priority: JsonLike } {
  const { priorityClassName, priority, ...spec } = pod['spec'] as JsonLike;
  const taken = {
    ...(priority !== undefined && { priority }),
    ...(priorityClassName !== undefined && { priorityClassName }),
  };
  return { pod: { ...pod, spec }, priority: taken };
}

function post(model: ApiServerModel, path: string, body: JsonLike): ApiResponse {
  return model.handle({ method: 'POST', path, headers: {}, body: body as JsonObject }, WHEN);
}

function restartFaults({ kind, template, prefix }: Workload): readonly FieldFault[] {
  const policy = textOf(template.spec['restartPolicy'], 'Always');
  const allowed = POLICIES[kind] ?? ['Always'];
  if (allowed.includes(policy)) return [];
  const note = `Unsupported value: "${policy}": supported values: ${allowed.map((one) => `"${one}"`).join(', ')}`;
  return [{ path: `${prefix}spec.restartPolicy`, note }];
}

function faultsOf(workload: Workload, { body }: ApiResponse): readonly FieldFault[] {
  const causes = listAt(body, ['details', 'causes']);
  const message = textOf(body['message'], 'The API server refuses the pod.');
  if (causes.length === 0) return [{ path: `${workload.prefix}spec`, note: message }];
  return causes.map((cause) => ({
    path: inManifest(workload, textOf(read(cause, ['field']), 'spec')),
    note: textOf(read(cause, ['message']), message),
  }));
}
