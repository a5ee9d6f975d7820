import type { Pod } from '../../core/kubernetes.ts';
import { divideUp, parseQuantity } from '../../core/parse-quantity.ts';
import { allContainers } from '../../core/pod-needs.ts';
import type { PodVolume } from './arrange-volumes.ts';
import type { TaskSize } from './choose-size.ts';
import { formatLabels } from './quote-go.ts';
import { requirementOf } from './sum-resources.ts';

type Item = NonNullable<NonNullable<PodVolume['downwardAPI']>['items']>[number];
type Resource = 'cpu' | 'memory' | 'ephemeral-storage';

/** The text of a file of the downward API, or why there is none. */
export type DownwardText =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'error'; readonly message: string };

const SUBSCRIPT = /^metadata\.(labels|annotations)\['([^']+)'\]$/;
const RESOURCE = /^(limits|requests)\.(cpu|memory|ephemeral-storage)$/;
/** Every task has this much disk, in GiB. */
const TASK_DISK = '20Gi';

/**
 * What a file of a downwardAPI volume says, as the kubelet writes it. The task's size stands in for a missing limit, as the node's
 * does with the kubelet.
 */
export function downwardText({ fieldRef, resourceFieldRef }: Item, pod: Pod, size: TaskSize): DownwardText {
  if (fieldRef) return fieldText(pod, fieldRef.fieldPath);
  if (resourceFieldRef === undefined) return { kind: 'text', text: '' };
  const { containerName = '', resource, divisor } = resourceFieldRef;
  const container = allContainers(pod.spec).find(({ name }) => name === containerName);
  if (container === undefined) return { kind: 'error', message: `container ${containerName} not found` };
  const [, kind, name] = RESOURCE.exec(resource) ?? [];
  if (kind === undefined || name === undefined)
    return { kind: 'error', message: `unsupported container resource : ${resource}` };
  const whole = kind === 'limits' ? wholeOf(name as Resource, size) : '0';
  const amount =
    requirementOf(container.resources, kind as 'limits' | 'requests', name as Resource) ??
    parseQuantity(whole) ??
    0n;
  return { kind: 'text', text: String(divideUp(amount, divisorOf(divisor))) };
}

function fieldText(pod: Pod, fieldPath: string): DownwardText {
  const { name, namespace, uid, labels, annotations } = pod.metadata;
  const [, kind, key] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (key !== undefined)
    return { kind: 'text', text: (kind === 'labels' ? labels : annotations)?.[key] ?? '' };
  switch (fieldPath) {
    case 'metadata.name':
      return { kind: 'text', text: name };
    case 'metadata.namespace':
      return { kind: 'text', text: namespace };
    case 'metadata.uid':
      return { kind: 'text', text: uid };
    case 'metadata.labels':
      return { kind: 'text', text: formatLabels(labels) };
    case 'metadata.annotations':
      return { kind: 'text', text: formatLabels(annotations) };
  }
  return { kind: 'error', message: `unsupported fieldPath: ${fieldPath}` };
}

function wholeOf(resource: Resource, size: TaskSize): string {
  const sizes = { cpu: `${size.cpu / 1024}`, memory: `${size.memory}Mi`, 'ephemeral-storage': TASK_DISK };
  return sizes[resource];
}

/** Zero and nonsense count as one, the API server's default. */
function divisorOf(divisor: string | undefined): bigint {
  const one = 1_000_000_000n;
  const parsed = parseQuantity(divisor ?? '1') ?? one;
  return parsed > 0n ? parsed : one;
}
