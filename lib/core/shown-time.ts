import { fromTime, type Instant, type Pod } from './kubernetes.ts';

/**
 * The latest time that the pod's status tells of the pod's being taken up, or of a start or an end of its containers: a task of the
 * pod was there then. `-Infinity`: it tells of none. Conditions do not count, because others than the kubelet write some of them.
 */
export function shownTime({ status }: Pod): Instant {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const times = containers.flatMap(({ state, lastState }) =>
    [state, lastState].flatMap((one) => [
      one?.running?.startedAt,
      one?.terminated?.startedAt,
      one?.terminated?.finishedAt,
    ]),
  );
  return [status?.startTime, ...times].reduce(
    (latest, text) => Math.max(latest, fromTime(text) ?? -Infinity),
    -Infinity,
  );
}
