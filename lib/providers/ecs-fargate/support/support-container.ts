import type {
  V1ContainerPort,
  V1ContainerResizePolicy,
  V1ContainerRestartRule,
  V1VolumeDevice,
} from '@kubernetes/client-node';
import type { Container, Wire } from '../../../core/kubernetes.ts';
import { HELPERS } from '../plan/plan-types.ts';
import { ENV_FROM_ROW, ENV_ROW } from './support-environment.ts';
import { judgeLifecycle } from './support-lifecycle.ts';
import { judgeMounts } from './support-mount.ts';
import { judgeProbe } from './support-probe.ts';
import { judgeResources } from './support-resources.ts';
import {
  emulated,
  fault,
  ignored,
  isBlank,
  judgeFields,
  judgeItems,
  native,
  refusedAtAdmission,
  rejected,
  warning,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';
import { judgeSecurity, judgeUser } from './support-security.ts';

type Port = Wire<V1ContainerPort>;

/** ECS takes 255 characters of image name before the digest. */
const LONGEST_IMAGE = 255;

/** The admission condition on the ports of every container. */
const onPorts = (test: string): string =>
  `variables.containers.all(c, !has(c.ports) || c.ports.all(p, ${test}))`;

/** `ports[]` of a container. */
export const PORT_SUPPORT = {
  containerPort: native('Every port is open to whom the security groups let in, named or not.'),
  hostIP: rejected('A task has its own address: take it out.', ['0.0.0.0', '::']),
  hostPort: refusedAtAdmission(
    emulated(
      'Only the same number as containerPort: a task has its own address, and no host port. Take others out.',
    ),
    onPorts('!has(p.hostPort) || p.hostPort == 0 || p.hostPort == p.containerPort'),
  ),
  name: native('For Services and probes; ECS does not see it.'),
  protocol: refusedAtAdmission(
    native(
      'TCP and UDP. Fargate carries no others: run a pod that needs SCTP on another node.',
      judgeProtocol,
    ),
    onPorts("!has(p.protocol) || p.protocol != 'SCTP'"),
  ),
} satisfies SupportTable<Port>;

const RESTART =
  'Containers of a task restart together: leave it at the restartPolicy of the pod, or take it out.';

/** `spec.containers[]` and `spec.initContainers[]`. */
export const CONTAINER_SUPPORT = {
  args: native('As the kubelet, `$(NAME)` included; values of Secrets are refused in it.'),
  command: native(
    'As the kubelet, `$(NAME)` included; values of Secrets are refused in it, and the program itself (`command[0]`) may not differ between replicas.',
  ),
  env: ENV_ROW,
  envFrom: ENV_FROM_ROW,
  image: emulated(
    'Pulled anew for every task, digests included: ECR by the execution role, others by imagePullSecrets or without credentials. 255 characters before the digest at most.',
    judgeImage,
  ),
  imagePullPolicy: emulated('A task always pulls; `Never` is refused.', judgePull),
  lifecycle: emulated('Sleeping before the stop only, see Lifecycle.', judgeLifecycle),
  livenessProbe: emulated(
    'A failure restarts the whole pod with back-off, as a new task. See Probe.',
    judgeProbe,
  ),
  name: native(`As the kubelet; ${HELPERS.writer} and ${HELPERS.waiter} are names of helpers.`, judgeName),
  ports: native('See ContainerPort.', (ports, place) => judgeItems(ports, place, judgePort)),
  readinessProbe: emulated('As the kubelet, some seconds later. See Probe.', judgeProbe),
  resizePolicy: ignored<Wire<V1ContainerResizePolicy>[]>(
    'A task is not resized; without a resize it has no meaning.',
  ),
  resources: native('See ResourceRequirements.', judgeResources),
  restartPolicy: emulated(
    '`Always` makes an init container a native sidecar: it starts in its turn, runs beside the others, and does not keep a finished pod alive. ECS starts it again if it had run for a minute; else it stays ended until the pod restarts. Otherwise only the policy of the pod.',
    judgeRestart,
  ),
  restartPolicyRules: refusedAtAdmission(
    rejected<Wire<V1ContainerRestartRule>[]>(RESTART),
    'variables.containers.all(c, !has(c.restartPolicyRules) || c.restartPolicyRules.size() == 0)',
  ),
  securityContext: native('See SecurityContext.', judgeSecurity),
  startupProbe: emulated(
    'Gates the other probes, as with the kubelet. What comes after a native sidecar waits for it only if it is an `exec` and its readiness probe is not an `exec` with another command; else a warning says so. See Probe.',
    judgeProbe,
  ),
  stdin: emulated('An open standard input; nothing can be attached to it.'),
  stdinOnce: ignored('Nothing can be attached.'),
  terminationMessagePath: ignored(
    'Files of a task cannot be read afterwards: no termination message.',
    (path, place) =>
      path === '/dev/termination-log'
        ? []
        : [warning(place.path, 'Not read: files of a task are gone with it. Write to the log instead.')],
  ),
  terminationMessagePolicy: ignored('No termination message; the log has the last words.'),
  tty: native('As the kubelet.'),
  volumeDevices: refusedAtAdmission(
    rejected<Wire<V1VolumeDevice>[]>('Fargate has no block devices: run this pod on another node.'),
    'variables.containers.all(c, !has(c.volumeDevices) || c.volumeDevices.size() == 0)',
  ),
  volumeMounts: native('See VolumeMount.', judgeMounts),
  workingDir: native('As the kubelet.'),
} satisfies SupportTable<Container>;

/** `spec.containers` and `spec.initContainers`: each by the table, and what its fields say together. */
export function judgeContainers(containers: readonly Container[], place: Place): readonly Finding[] {
  return judgeItems(containers, place, (container, at) => [
    ...judgeFields(CONTAINER_SUPPORT, container, { ...at, container }),
    ...judgeUser(place.pod.spec, container, at.path),
  ]);
}

function judgeImage(image: string, { path }: Place): readonly Finding[] {
  const [name = ''] = image.split('@');
  return name.length <= LONGEST_IMAGE
    ? []
    : [
        fault(
          path,
          `ECS takes ${LONGEST_IMAGE} characters of image name; this has ${name.length}: use a shorter one.`,
        ),
      ];
}

function judgePull(policy: string, { path }: Place): readonly Finding[] {
  return policy === 'Never'
    ? [fault(path, 'A task has no images of its own: use IfNotPresent or Always.')]
    : [];
}

function judgeName(name: string, { path }: Place): readonly Finding[] {
  return Object.values<string>(HELPERS).includes(name)
    ? [fault(path, `${name} is the name of a helper container: use another name.`)]
    : [];
}

/** An init container restarts unless its pod never does; `Always` makes it a sidecar. */
function judgeRestart(policy: string, { path, pod, container }: Place): readonly Finding[] {
  const ofPod = pod.spec.restartPolicy ?? 'Always';
  const isInit = (pod.spec.initContainers ?? []).some((init) => init === container);
  const allowed = isInit ? ['Always', ofPod === 'Never' ? 'Never' : 'OnFailure'] : [ofPod];
  return allowed.includes(policy) ? [] : [fault(path, RESTART)];
}

function judgeProtocol(protocol: string, { path }: Place): readonly Finding[] {
  return protocol === 'SCTP'
    ? [fault(path, 'Fargate carries TCP and UDP only: run this pod on another node.')]
    : [];
}

function judgePort(port: Port, place: Place): readonly Finding[] {
  const findings = judgeFields(PORT_SUPPORT, port, place);
  if (isBlank(port.hostPort) || port.hostPort === port.containerPort) return findings;
  const note = 'A task has its own address, no host port: take it out or use the number of containerPort.';
  return [...findings, fault(`${place.path}.hostPort`, note)];
}
