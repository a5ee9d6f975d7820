import type { V1Lifecycle, V1LifecycleHandler, V1SleepAction } from '@kubernetes/client-node';
import type { Wire } from '../../../core/kubernetes.ts';
import { sleepOf } from '../../../core/stop-time.ts';
import {
  emulated,
  fault,
  judgeFields,
  native,
  refusedAtAdmission,
  rejected,
  within,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

type Handler = Wire<V1LifecycleHandler>;

const NO_HOOK =
  'Fargate runs no hooks, only sleeping is done for it: do it in the program when it gets the stop signal.';
const NO_START_HOOK =
  'Fargate runs no hooks: do it at the start of the program, or in an init container or a sidecar.';

/** `lifecycle.preStop.sleep`. */
export const SLEEP_SUPPORT = {
  seconds: native('At most the grace of the pod, as with the kubelet.'),
} satisfies SupportTable<Wire<V1SleepAction>>;

/** `lifecycle.preStop`. */
export const PRE_STOP_SUPPORT = {
  exec: emulated(
    'A plain `sleep N`, also through a shell, is done as `sleep`. Every other command is refused.',
  ),
  httpGet: rejected(NO_HOOK),
  sleep: within(
    'emulated',
    'The task gets its stop signal that much later (the longest sleep of its containers counts), and its grace from then on.',
    SLEEP_SUPPORT,
  ),
  tcpSocket: rejected(NO_HOOK),
} satisfies SupportTable<Handler>;

/** `lifecycle` of a container. */
export const LIFECYCLE_SUPPORT = {
  postStart: refusedAtAdmission(
    rejected<Handler>(NO_START_HOOK),
    'variables.containers.all(c, !has(c.lifecycle) || !has(c.lifecycle.postStart))',
  ),
  preStop: emulated('Sleeping only, see LifecycleHandler (preStop).', judgePreStop),
  stopSignal: rejected('The signal is that of the image: use STOPSIGNAL in its Dockerfile.'),
} satisfies SupportTable<Wire<V1Lifecycle>>;

/** `lifecycle`. */
export function judgeLifecycle(lifecycle: Wire<V1Lifecycle>, place: Place): readonly Finding[] {
  return judgeFields(LIFECYCLE_SUPPORT, lifecycle, place);
}

function judgePreStop(hook: Handler, place: Place): readonly Finding[] {
  const isOther = hook.exec !== undefined && sleepOf(hook) === undefined;
  return [
    ...judgeFields(PRE_STOP_SUPPORT, hook, place),
    ...(isOther ? [fault(`${place.path}.exec`, NO_HOOK)] : []),
  ];
}
