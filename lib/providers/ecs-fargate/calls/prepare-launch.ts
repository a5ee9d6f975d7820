import { failureOf, type Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import type { PodRecord } from '../../../core/record.ts';
import { bindSecrets } from '../plan/bind-secrets.ts';
import { envFileKey } from '../plan/env-file-key.ts';
import type { SecretMirror } from './mirror-secrets.ts';
import type { PodPlan } from '../plan/plan-pod.ts';
import type { EnvFileStore } from './store-env-files.ts';

/** Where what a task reads when it starts is kept. */
export interface LaunchStorage {
  /** Absent in a deployment without a bucket. */
  readonly files: EnvFileStore | undefined;
  readonly secrets: SecretMirror;
}

/** The plan with the ARNs of its secrets, all of it stored; or why it is not. Nothing was started either way. */
export type Prepared =
  | { readonly kind: 'prepared'; readonly plan: PodPlan }
  | { readonly kind: 'failed'; readonly failure: Failure };

/**
 * Stores what the task of this attempt reads when it starts, everything at once, before `by`. A replay stores the same again,
 * because a task that was started before may not have read it yet.
 */
export async function prepareLaunch(
  { files, secrets }: LaunchStorage,
  plan: PodPlan,
  record: Pick<PodRecord, 'node' | 'uid' | 'attempt'>,
  by: Instant,
): Promise<Prepared> {
  const { node, uid, attempt } = record;
  const { cluster } = plan;
  try {
    if (files === undefined && plan.envFiles.length > 0) return withoutBucket();
    const [arns] = await Promise.all([
      secrets.ensure(plan.mirrored, by),
      ...plan.envFiles.map(({ container, content }) =>
        files?.put(envFileKey({ cluster, node, uid, attempt, container }), content, by),
      ),
    ]);
    return { kind: 'prepared', plan: bindSecrets(plan, arns) };
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error) };
  }
}

function withoutBucket(): Prepared {
  const message = 'The deployment has no bucket for the files of pods.';
  return { kind: 'failed', failure: { kind: 'internal', message } };
}
