import type { Pod } from '../../../core/kubernetes.ts';
import type { PodVolume } from './arrange-volumes.ts';
import type { TaskSize } from './choose-size.ts';
import { fieldValue, resourceSource, resourceValue, type ResourceField } from './field-values.ts';
import { formatLabels } from './quote-go.ts';

type Item = NonNullable<NonNullable<PodVolume['downwardAPI']>['items']>[number];

/** The text of a file of the downward API, or why there is none. */
export type DownwardText =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'error'; readonly message: string };

/** What a file of a downwardAPI volume says, as the kubelet writes it: fields of the metadata, and resources as variables have them. */
export function downwardText({ fieldRef, resourceFieldRef }: Item, pod: Pod, size: TaskSize): DownwardText {
  if (fieldRef) return fieldText(pod, fieldRef.fieldPath);
  return resourceFieldRef ? resourceText(pod, size, resourceFieldRef) : { kind: 'text', text: '' };
}

function fieldText(pod: Pod, fieldPath: string): DownwardText {
  const { labels, annotations } = pod.metadata;
  if (fieldPath === 'metadata.labels') return { kind: 'text', text: formatLabels(labels) };
  if (fieldPath === 'metadata.annotations') return { kind: 'text', text: formatLabels(annotations) };
  const text = fieldPath.startsWith('metadata.') ? fieldValue(pod, fieldPath) : undefined;
  return text === undefined
    ? { kind: 'error', message: `unsupported fieldPath: ${fieldPath}` }
    : { kind: 'text', text };
}

function resourceText(pod: Pod, size: TaskSize, field: ResourceField): DownwardText {
  const source = resourceSource(pod, undefined, field);
  if (source === undefined)
    return { kind: 'error', message: `container ${field.containerName ?? ''} not found` };
  const text = resourceValue({ pod, size }, source, field);
  return text === undefined
    ? { kind: 'error', message: `unsupported container resource : ${field.resource}` }
    : { kind: 'text', text };
}
