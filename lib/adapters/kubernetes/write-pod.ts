import { FailureError, failureOf } from '../../core/failure.ts';
import type { Pod, PodStatus } from '../../core/kubernetes.ts';
import type { PatchOutcome, Pods } from '../../ports/pods.ts';
import type { Api, ApiAnswer } from './call-api.ts';
import { type AskedPod, pathOfPod } from './look-up-pod.ts';
import { replaceList, wholeConditions } from './patch-status.ts';
import { trimPod } from './trim-pod.ts';

/** With what a pod is written, and looked at when that fails. */
interface Hands {
  readonly api: Api;
  readonly get: Pods['get'];
  /** Whether the API server is asked as the node. */
  readonly confined: boolean;
}

type WrittenPod = AskedPod & { readonly uid: string };

/** Strategic-merge patch of the status of the pod of this UID and resourceVersion. */
export async function patchStatus(
  hands: Hands,
  pod: Pod,
  wanted: {
    readonly status: Partial<PodStatus>;
    readonly annotations: Readonly<Record<string, string>> | undefined;
  },
): Promise<PatchOutcome> {
  const { namespace, name, uid, resourceVersion } = pod.metadata;
  const asked = { namespace, name, uid, node: pod.spec.nodeName ?? '' };
  const answer = await unlessAnothers(hands, asked, () =>
    hands.api.call({
      method: 'PATCH',
      path: `${pathOfPod(namespace, name)}/status`,
      contentType: 'application/strategic-merge-patch+json',
      body: {
        metadata: { uid, resourceVersion, ...(wanted.annotations && { annotations: wanted.annotations }) },
        status: toPatch(wanted.status),
      },
      expects: [400, 404, 409, 422],
      repeatable: true,
    }),
  );
  if (answer === 'gone') return { kind: 'gone' };
  if (answer.status < 300) return { kind: 'patched', pod: trimPod(answer.body as Pod) };
  if (answer.status === 404) return { kind: 'gone' };
  // Another UID is answered with 422 (the field is immutable), like a bad status: only the pod itself tells them apart.
  const now = await hands.get(namespace, name, asked.node);
  if (now?.metadata.uid !== uid) return { kind: 'gone' };
  if (answer.status === 409) return { kind: 'conflict' };
  const { message } = answer.body as { message?: string };
  return { kind: 'invalid', message: message ?? `the API server refused the status (${answer.status})` };
}

function toPatch(status: Partial<PodStatus>): object {
  return {
    ...status,
    ...(status.conditions && { conditions: wholeConditions(status.conditions) }),
    ...(status.podIPs && { podIPs: replaceList(status.podIPs) }),
    ...(status.hostIPs && { hostIPs: replaceList(status.hostIPs) }),
  };
}

/**
 * DELETE with grace 0, of the pod of this UID only.
 * @throws FailureError of kind `transient` when it is there, and the API server could not be brought to know that
 */
export async function removePod(hands: Hands, pod: WrittenPod): Promise<'removed' | 'gone'> {
  const { namespace, name, uid } = pod;
  const outcome = await unlessAnothers(hands, pod, () =>
    hands.api.call({
      method: 'DELETE',
      path: pathOfPod(namespace, name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } },
      // 409: another pod has the name by now.
      expects: [404, 409],
      repeatable: true,
    }),
  );
  if (outcome === 'gone' || outcome.status === 409) return 'gone';
  if (outcome.status !== 404) return 'removed';
  if (await isKnownToFew(hands, pod)) throw notKnownYet(pod);
  return 'gone';
}

/**
 * Whether a pod is there that a node was told is not: NodeRestriction answers a DELETE from a cache of its own, which lags behind
 * (`admitPodDelete` in `plugin/pkg/admission/noderestriction/admission.go`).
 */
async function isKnownToFew(
  { get, confined }: Hands,
  { namespace, name, uid, node }: WrittenPod,
): Promise<boolean> {
  return confined && (await get(namespace, name, node))?.metadata.uid === uid;
}

function notKnownYet({ namespace, name }: WrittenPod): FailureError {
  return new FailureError({
    kind: 'transient',
    code: '404',
    message: `The admission of the API server does not know pod ${namespace}/${name} yet; it is removed at the next look`,
  });
}

/**
 * What `write` answers; `gone` when it is forbidden because the name is a pod's of another node by now: that NodeRestriction looks at
 * before the UID.
 */
async function unlessAnothers(
  { get, confined }: Hands,
  { namespace, name, uid, node }: WrittenPod,
  write: () => Promise<ApiAnswer>,
): Promise<ApiAnswer | 'gone'> {
  try {
    return await write();
  } catch (error) {
    if (!confined || failureOf(error).code !== '403') throw error;
    if ((await get(namespace, name, node))?.metadata.uid === uid) throw error;
    return 'gone';
  }
}
