import type {
  V1ExecAction,
  V1GRPCAction,
  V1HTTPGetAction,
  V1HTTPHeader,
  V1Probe,
  V1TCPSocketAction,
} from '@kubernetes/client-node';
import type { Pod, Wire } from '../../../core/kubernetes.ts';
import { unprobed } from '../../../core/plan-probes.ts';
import {
  emulated,
  fault,
  ignored,
  judgeFields,
  listWithin,
  native,
  warning,
  within,
  type Finding,
  type JudgeContext,
  type Place,
  type SupportRow,
  type SupportTable,
} from './support-row.ts';

type Probe = Wire<V1Probe>;

const FROM_VPC =
  'Asked by pod-sync when it runs in the VPC; else not at all: the container then counts as started and ready as soon as it runs.';
/** Addresses that mean the asker itself: inside a function, its own runtime. */
const OWN_HOST = /^(localhost|127\.|0\.0\.0\.0|169\.254\.|\[?::1?\]?$|\[?fe80:)/i;
const host = (): SupportRow<string> =>
  emulated('Asked from the VPC, in place of the address of the pod.', (name, { path }) =>
    OWN_HOST.test(name)
      ? [fault(path, `${name} is not the pod for whoever asks from outside: take it out, or use \`exec\`.`)]
      : [],
  );
const port = (): SupportRow<number | string> => native('A number, or the name of a port of the container.');

/** `httpGet.httpHeaders[]`. */
export const HTTP_HEADER_SUPPORT = {
  name: native('As the kubelet.'),
  value: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1HTTPHeader>>;

/** `httpGet` of a probe. */
export const HTTP_GET_SUPPORT = {
  host: host(),
  httpHeaders: listWithin('native', 'As the kubelet.', HTTP_HEADER_SUPPORT),
  path: native('As the kubelet.'),
  port: port(),
  scheme: native('As the kubelet: certificates are not verified.'),
} satisfies SupportTable<Wire<V1HTTPGetAction>>;

/** `tcpSocket` of a probe. */
export const TCP_SOCKET_SUPPORT = {
  host: host(),
  port: port(),
} satisfies SupportTable<Wire<V1TCPSocketAction>>;

/** `grpc` of a probe. */
export const GRPC_SUPPORT = {
  port: native('As the kubelet.'),
  service: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1GRPCAction>>;

/** `exec` of a probe. */
export const EXEC_SUPPORT = {
  command: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1ExecAction>>;

/** `livenessProbe`, `readinessProbe` and `startupProbe`. */
export const PROBE_SUPPORT = {
  exec: within(
    'emulated',
    'Becomes the health check of the container. ECS has one of them: that of the readiness probe, else of the liveness probe, else of the startup probe, with a warning for the others. Its result is seen some seconds later.',
    EXEC_SUPPORT,
  ),
  failureThreshold: emulated(`As the kubelet; of \`exec\`, ECS counts 1 to 10 itself and pod-sync the rest.`),
  grpc: within('emulated', FROM_VPC, GRPC_SUPPORT),
  httpGet: within('emulated', FROM_VPC, HTTP_GET_SUPPORT),
  initialDelaySeconds: emulated(
    `As the kubelet; of \`exec\` and of the startup probe it is the start period of the health check, 0 to 300.`,
  ),
  periodSeconds: emulated(
    `As the kubelet, but not more often than pod-sync looks; of \`exec\` 5 to 300, others become the nearest.`,
  ),
  successThreshold: emulated('As the kubelet; of `exec` 1.'),
  tcpSocket: within('emulated', FROM_VPC, TCP_SOCKET_SUPPORT),
  terminationGracePeriodSeconds: ignored(
    'A task that a probe has condemned is stopped with the grace of the pod.',
    (_: number, { path }) => [
      warning(path, 'No effect: the task is stopped with the grace of the pod. Set that one.'),
    ],
  ),
  timeoutSeconds: emulated(`As the kubelet; of \`exec\` 2 to 60, others become the nearest.`),
} satisfies SupportTable<Probe>;

/** One probe. */
export function judgeProbe(probe: Probe, place: Place): readonly Finding[] {
  const success = probe.successThreshold ?? 1;
  return [
    ...judgeFields(PROBE_SUPPORT, probe, place),
    ...(probe.exec !== undefined && success > 1
      ? [warning(`${place.path}.successThreshold`, `ECS takes one success for health, not ${success}.`)]
      : []),
  ];
}

/** What of a pod's probes is not run, and what that means. */
export function judgeProbes(pod: Pod, { settings }: JudgeContext): readonly Finding[] {
  return unprobed(pod, { networkProbes: settings.probes ?? false }).map(({ path, note }) =>
    warning(path, note),
  );
}
