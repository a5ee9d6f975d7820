import type { V1Capabilities, V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';
import type { Container, PodSpec, Wire } from '../../core/kubernetes.ts';
import { judgeCapabilities } from './choose-capabilities.ts';
import {
  emulated,
  fault,
  ignored,
  isBlank,
  judgeFields,
  native,
  rejected,
  warning,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

const NO_SELINUX = 'Fargate has no SELinux: take the options out.';
const NO_WINDOWS = 'Only Linux tasks are run: take the options out.';
const PROFILE =
  'RuntimeDefault is what Fargate does. Other profiles cannot be chosen: use RuntimeDefault or leave it out.';

/** User and group that the processes of a container run as, as far as the pod says: the container's word before the pod's. */
export function effectiveUser(
  spec: PodSpec,
  container: Container,
): { readonly user?: number; readonly group?: number; readonly nonRoot: boolean } {
  const own = container.securityContext;
  const shared = spec.securityContext;
  const user = own?.runAsUser ?? shared?.runAsUser;
  const group = own?.runAsGroup ?? shared?.runAsGroup;
  return {
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    nonRoot: own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false,
  };
}

/** `securityContext.capabilities`. */
export const CAPABILITIES_SUPPORT = {
  add: emulated(
    'SYS_PTRACE, and what a container has by default (such as NET_BIND_SERVICE after `drop: [ALL]`). Fargate gives no others.',
  ),
  drop: native('As the kubelet; `ALL` leaves exactly what `add` names.'),
} satisfies SupportTable<Wire<V1Capabilities>>;

/** `securityContext` of a container. */
export const SECURITY_CONTEXT_SUPPORT = {
  allowPrivilegeEscalation: emulated(
    'Accepted; `false` is not enforced, because Fargate has no `no_new_privs`: remove setuid programs from the image.',
    (value, { path }) =>
      value
        ? []
        : [warning(path, 'Not enforced: Fargate has no no_new_privs. Use an image without setuid programs.')],
  ),
  appArmorProfile: emulated(PROFILE, judgeProfile),
  capabilities: native('See Capabilities.', judgeCapabilities),
  privileged: rejected('Fargate runs nothing privileged: run this pod on another node.'),
  procMount: rejected('Fargate masks /proc as usual: leave it at Default.', ['Default']),
  readOnlyRootFilesystem: native('As the kubelet (turns ECS Exec off).'),
  runAsGroup: native('As the kubelet.'),
  runAsNonRoot: emulated('User 0 is refused here; the user of an image is not looked up.'),
  runAsUser: native('As the kubelet.'),
  seLinuxOptions: rejected(NO_SELINUX),
  seccompProfile: emulated(PROFILE, judgeProfile),
  windowsOptions: rejected(NO_WINDOWS),
} satisfies SupportTable<Wire<V1SecurityContext>>;

/** `spec.securityContext`. */
export const POD_SECURITY_CONTEXT_SUPPORT = {
  appArmorProfile: emulated(PROFILE, judgeProfile),
  fsGroup: ignored(
    'No volume is given to the group: refused together with emptyDir, else a warning.',
    judgeFsGroup,
  ),
  fsGroupChangePolicy: ignored('Goes with fsGroup.'),
  runAsGroup: native('As the kubelet.'),
  runAsNonRoot: emulated('User 0 is refused here; the user of an image is not looked up.'),
  runAsUser: native('As the kubelet.'),
  seLinuxChangePolicy: ignored('Fargate has no SELinux.'),
  seLinuxOptions: rejected(NO_SELINUX),
  seccompProfile: emulated(PROFILE, judgeProfile),
  supplementalGroups: rejected('A task has one group: use runAsGroup.'),
  supplementalGroupsPolicy: ignored(
    'A task has the groups of its image (Merge).',
    (value: string, { path }) =>
      value === 'Strict' ? [warning(path, 'Not enforced: groups of the image stay.')] : [],
  ),
  sysctls: rejected('Kernel parameters are not set in this version: take them out.'),
  windowsOptions: rejected(NO_WINDOWS),
} satisfies SupportTable<Wire<V1PodSecurityContext>>;

/** `spec.securityContext` as a whole. */
export function judgePodSecurity(context: Wire<V1PodSecurityContext>, place: Place): readonly Finding[] {
  return judgeFields(POD_SECURITY_CONTEXT_SUPPORT, context, place);
}

/** `securityContext` of a container as a whole. */
export function judgeSecurity(context: Wire<V1SecurityContext>, place: Place): readonly Finding[] {
  return judgeFields(SECURITY_CONTEXT_SUPPORT, context, place);
}

/** What the contexts of pod and container say together about the user of a container; `path` is the container's. */
export function judgeUser(spec: PodSpec, container: Container, path: string): readonly Finding[] {
  const { user, group, nonRoot } = effectiveUser(spec, container);
  const placeOf = (field: 'runAsUser' | 'runAsGroup' | 'runAsNonRoot'): string =>
    container.securityContext?.[field] === undefined
      ? `spec.securityContext.${field}`
      : `${path}.securityContext.${field}`;
  const findings: Finding[] = [];
  if (group !== undefined && user === undefined)
    findings.push(fault(placeOf('runAsGroup'), 'A group without a user cannot be set: add runAsUser.'));
  if (nonRoot && user === 0)
    findings.push(fault(placeOf('runAsUser'), 'runAsNonRoot forbids user 0: choose another user.'));
  if (nonRoot && user === undefined)
    findings.push(
      warning(placeOf('runAsNonRoot'), 'Not enforced for the user of an image: set runAsUser to be sure.'),
    );
  return findings;
}

function judgeProfile(profile: { readonly type?: string }, { path }: Place): readonly Finding[] {
  if (isBlank(profile) || profile.type === 'RuntimeDefault') return [];
  return [fault(`${path}.type`, PROFILE)];
}

function judgeFsGroup(_: number, { path, pod }: Place): readonly Finding[] {
  const shared = (pod.spec.volumes ?? []).some(({ emptyDir }) => emptyDir !== undefined);
  return shared
    ? [
        fault(
          path,
          'An emptyDir belongs to root on Fargate and cannot be given to a group: take fsGroup out, and run as root or write elsewhere.',
        ),
      ]
    : [warning(path, 'No effect: the pod has no volume that could be given to the group.')];
}
