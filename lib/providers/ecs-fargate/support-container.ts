import type { V1ContainerPort } from '@kubernetes/client-node';
import type { Container, Wire } from '../../core/kubernetes.ts';
import { ENV_ROW } from './support-environment.ts';
import { judgeLifecycle, judgeProbe } from './support-probe.ts';
import { judgeResources } from './support-resources.ts';
import { judgeSecurity, judgeUser } from './support-security.ts';
import {
  emulated,
  fault,
  ignored,
  isBlank,
  judgeFields,
  judgeItems,
  native,
  rejected,
  warning,
  type Finding,
  type Place,
  type SupportRow,
  type SupportTable,
} from './support-row.ts';
import { judgeMounts } from './support-volume.ts';

type Port = Wire<V1ContainerPort>;

/** ECS takes 255 characters of image name before the digest. */
const LONGEST_IMAGE = 255;

/** `ports[]` of a container. */
export const PORT_SUPPORT = {
  containerPort: native('Every port is open to whom the security groups let in, named or not.'),
  hostIP: rejected('A task has its own address: take it out.', ['0.0.0.0', '::']),
  hostPort: emulated('Only the same number as containerPort: a task has its own address.'),
  name: native('For Services; ECS does not see it.'),
  protocol: native('TCP and UDP.', (protocol: string, { path }) =>
    protocol === 'SCTP' ? [fault(path, 'Fargate carries TCP and UDP only.')] : [],
  ),
} satisfies SupportTable<Port>;

/** `spec.containers[]`. */
export const CONTAINER_SUPPORT = {
  args: native('As the kubelet, `$(NAME)` included.'),
  command: native(
    'As the kubelet, `$(NAME)` included; the program itself (`command[0]`) may not differ between replicas.',
  ),
  env: ENV_ROW,
  envFrom: rejected(
    'Values of ConfigMaps and Secrets do not reach the task in this version: write them into `env` with `value`.',
  ),
  image: native(
    'Pulled anew for every task; ECR by the execution role, others without credentials.',
    judgeImage,
  ),
  imagePullPolicy: emulated('A task always pulls.', (policy: string, { path }) =>
    policy === 'Never' ? [fault(path, 'A task has no images of its own: use IfNotPresent or Always.')] : [],
  ),
  lifecycle: rejectedWithin('Fargate runs no hooks.', judgeLifecycle),
  livenessProbe: rejectedWithin('Probes are not run in this version.', judgeProbe),
  name: native('As the kubelet.'),
  ports: native('See ContainerPort.', (ports, place) => judgeItems(ports, place, judgePort)),
  readinessProbe: rejectedWithin('Probes are not run in this version.', judgeProbe),
  resizePolicy: ignored('A task is not resized; without a resize it has no meaning.'),
  resources: native('See ResourceRequirements.', judgeResources),
  restartPolicy: rejected('Containers of a task restart together: use the restartPolicy of the pod.'),
  restartPolicyRules: rejected('Containers of a task restart together: use the restartPolicy of the pod.'),
  securityContext: native('See SecurityContext.', judgeSecurity),
  startupProbe: rejectedWithin('Probes are not run in this version.', judgeProbe),
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
  volumeDevices: rejected('Fargate has no block devices: run this pod on another node.'),
  volumeMounts: native('See VolumeMount.', judgeMounts),
  workingDir: native('As the kubelet.'),
} satisfies SupportTable<Container>;

/** `spec.containers`: each by the table, and what its fields say together. */
export function judgeContainers(containers: readonly Container[], place: Place): readonly Finding[] {
  return judgeItems(containers, place, (container, at) => [
    ...judgeFields(CONTAINER_SUPPORT, container, { ...at, container }),
    ...judgeUser(place.pod.spec, container, at.path),
  ]);
}

/** A rejected object whose faults name what is in it. */
function rejectedWithin<Value>(
  note: string,
  judge: (value: Value, place: Place) => readonly Finding[],
): SupportRow<Value> {
  return { level: 'rejected', note, judge };
}

function judgeImage(image: string, { path }: Place): readonly Finding[] {
  const [name = ''] = image.split('@');
  return name.length <= LONGEST_IMAGE
    ? []
    : [fault(path, `ECS takes ${LONGEST_IMAGE} characters of image name; this has ${name.length}.`)];
}

function judgePort(port: Port, place: Place): readonly Finding[] {
  const findings = judgeFields(PORT_SUPPORT, port, place);
  if (isBlank(port.hostPort) || port.hostPort === port.containerPort) return findings;
  const note = 'A task has its own address, no host port: take it out or use the number of containerPort.';
  return [...findings, fault(`${place.path}.hostPort`, note)];
}
