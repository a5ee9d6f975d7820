import type { Tag } from '@aws-sdk/client-ecs';
import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';

/** ECS takes 50 tags of a task, with keys of 128 characters and values of 256 (API reference, Tag). */
const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const ALLOWED = /^[\p{L}\p{N}\s_.:/=+@-]*$/u;
/** AWS keeps this prefix for itself, in any case. */
const RESERVED = /^aws:/i;

/** Labels that controllers put on every pod they make: they differ between pods or rollouts, and say nothing about costs. */
const NOISE: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'pod-template-generation',
  'controller-revision-hash',
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/job-completion-index',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
]);

/**
 * The tags of a pod's task, for cost reports: its labels, sorted by key. With `costLabels` exactly those; otherwise all that
 * AWS takes but what controllers add for themselves, and the first 50 of them.
 */
export function costTags({ metadata }: Pod, { costLabels }: Pick<NodeSettings, 'costLabels'>): Tag[] {
  const isWanted = (key: string): boolean => costLabels?.includes(key) ?? !NOISE.has(key);
  return Object.entries(metadata.labels ?? {})
    .filter(([key, value]) => isWanted(key) && isTag(key, value))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, MOST_TAGS)
    .map(([key, value]) => ({ key, value }));
}

function isTag(key: string, value: string): boolean {
  const fits = key.length > 0 && key.length <= LONGEST_KEY && value.length <= LONGEST_VALUE;
  return fits && !RESERVED.test(key) && ALLOWED.test(key) && ALLOWED.test(value);
}
