import type { V1Lifecycle, V1Probe } from '@kubernetes/client-node';
import type { Wire } from '../../core/kubernetes.ts';
import {
  ignored,
  judgeFields,
  rejected,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

const NO_PROBE =
  'Probes are not run in this version: take the probe out (the pod is ready as soon as its containers run).';
const NO_HOOK = 'Fargate runs no hooks: do it in the program, before its work or on SIGTERM.';
const WITH_HANDLER = 'Goes with the handler.';

/** `livenessProbe`, `readinessProbe` and `startupProbe`. */
export const PROBE_SUPPORT = {
  exec: rejected(NO_PROBE),
  failureThreshold: ignored(WITH_HANDLER),
  grpc: rejected(NO_PROBE),
  httpGet: rejected(NO_PROBE),
  initialDelaySeconds: ignored(WITH_HANDLER),
  periodSeconds: ignored(WITH_HANDLER),
  successThreshold: ignored(WITH_HANDLER),
  tcpSocket: rejected(NO_PROBE),
  terminationGracePeriodSeconds: ignored(WITH_HANDLER),
  timeoutSeconds: ignored(WITH_HANDLER),
} satisfies SupportTable<Wire<V1Probe>>;

/** `lifecycle` of a container. */
export const LIFECYCLE_SUPPORT = {
  postStart: rejected(NO_HOOK),
  preStop: rejected(NO_HOOK),
  stopSignal: rejected('The signal is that of the image: set STOPSIGNAL there.'),
} satisfies SupportTable<Wire<V1Lifecycle>>;

/** One probe: its handler is named by the fault. */
export function judgeProbe(probe: Wire<V1Probe>, place: Place): readonly Finding[] {
  return judgeFields(PROBE_SUPPORT, probe, place);
}

/** `lifecycle`. */
export function judgeLifecycle(lifecycle: Wire<V1Lifecycle>, place: Place): readonly Finding[] {
  return judgeFields(LIFECYCLE_SUPPORT, lifecycle, place);
}
