import type { PodRecord } from '../../../core/record.ts';

/** The key of the env file of one container of one attempt, below the bucket of the deployment. */
export function envFileKey(given: {
  /** The name of the Kubernetes cluster. */
  readonly cluster: string;
  readonly node: string;
  readonly uid: PodRecord['uid'];
  readonly attempt: PodRecord['attempt'];
  readonly container: string;
}): string {
  return `${envFilePrefix(given)}${given.container}.env`;
}

/** What the keys of all env files of one node begin with. */
export function nodeFilePrefix({
  cluster,
  node,
}: {
  readonly cluster: string;
  readonly node: string;
}): string {
  return `${cluster}/${node}/`;
}

/** What the keys of all env files of one attempt begin with. */
export function envFilePrefix(given: {
  readonly cluster: string;
  readonly node: string;
  readonly uid: PodRecord['uid'];
  readonly attempt: PodRecord['attempt'];
}): string {
  return `${nodeFilePrefix(given)}${given.uid}/${given.attempt}/`;
}
