import { fromTime, type Instant, type Pod } from './kubernetes.ts';

/** When the scheduler bound the pod (second precision), or its creation for a pod created with a node name. */
export function boundTime({ metadata, status }: Pod): Instant | undefined {
  const scheduled = status?.conditions?.find(
    ({ type, status: value }) => type === 'PodScheduled' && value === 'True',
  );
  return fromTime(scheduled?.lastTransitionTime) ?? fromTime(metadata.creationTimestamp);
}
