import type {
  V1AppArmorProfile,
  V1Capabilities,
  V1PodSecurityContext,
  V1SeccompProfile,
  V1SecurityContext,
  V1Sysctl,
} from '@kubernetes/client-node';
import type { Container, PodSpec, Wire } from '../../../core/kubernetes.ts';
import { allContainers, mountedVolumes } from '../../../core/pod-needs.ts';
import { ADDABLE_CAPABILITIES, judgeAdded } from './choose-capabilities.ts';
import {
  emulated,
  fault,
  ignored,
  judgeFields,
  listWithin,
  native,
  refusedAtAdmission,
  rejected,
  warning,
  within,
  type Finding,
  type Place,
  type SupportTable,
} from './support-row.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

/** The permission of others to read, and the mode that volumes have when nothing is said. */
const OTHERS_READ = 0o004;
const READABLE = 0o644;
const NO_SELINUX = 'Fargate has no SELinux: take the options out.';
const NO_WINDOWS = 'Only Linux tasks are run: take the options out.';
const PROFILE =
  'RuntimeDefault is what Fargate does. Other profiles cannot be chosen: use RuntimeDefault or leave it out.';

/** What ECS takes as `systemControls`: the network's of the task, and those of IPC (API reference, SystemControl). */
const SYSCTL =
  /^(net\.[\w.-]+|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\.\w+)$/;

/** A condition on the security context of every container, and on that of the pod where it has the field too. */
const inContexts = (test: string): string =>
  `variables.containers.all(c, !has(c.securityContext) || ${test.replaceAll('self', 'c.securityContext')})`;
const inPodContext = (test: string): string =>
  `!has(variables.spec.securityContext) || ${test.replaceAll('self', 'variables.spec.securityContext')}`;
const SECCOMP_DEFAULT = "!has(self.seccompProfile) || self.seccompProfile.type == 'RuntimeDefault'";

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

/** Whether all processes of a pod may do what a group may. On Fargate they have one group each, whatever `fsGroup` says. */
export function isMember(spec: PodSpec, group: number): boolean {
  return allContainers(spec).every((container) => {
    const effective = effectiveUser(spec, container);
    return effective.user === 0 || effective.group === group;
  });
}

/** `seccompProfile`. */
export const SECCOMP_SUPPORT = {
  localhostProfile: rejected('A task has no host to keep profiles on: use RuntimeDefault.'),
  type: refusedAtAdmission(
    emulated(PROFILE, judgeProfile),
    `(${inPodContext(SECCOMP_DEFAULT)}) && ${inContexts(SECCOMP_DEFAULT)}`,
  ),
} satisfies SupportTable<Wire<V1SeccompProfile>>;

/** `appArmorProfile`. */
export const APP_ARMOR_SUPPORT = {
  localhostProfile: rejected('A task has no host to keep profiles on: use RuntimeDefault.'),
  type: emulated(PROFILE, judgeProfile),
} satisfies SupportTable<Wire<V1AppArmorProfile>>;

/** `sysctls[]` of the pod. */
export const SYSCTL_SUPPORT = {
  name: emulated(
    'net.*, and of IPC kernel.msg*, kernel.sem, kernel.shm* and fs.mqueue.*, written with dots. Fargate sets no others.',
    (name: string, { path }) =>
      SYSCTL.test(name)
        ? []
        : [
            fault(
              path,
              `Fargate sets only net.* and those of IPC, written with dots, not ${name}: take it out, or run this pod on another node.`,
            ),
          ],
  ),
  value: native('As the kubelet.'),
} satisfies SupportTable<Wire<V1Sysctl>>;

/** `securityContext.capabilities`. */
export const CAPABILITIES_SUPPORT = {
  add: refusedAtAdmission(
    emulated(
      'SYS_PTRACE, and what a container has by default (such as NET_BIND_SERVICE after `drop: [ALL]`). Fargate gives no others: take them out, or run this pod on another node.',
      judgeAdded,
    ),
    inContexts(
      `!has(self.capabilities) || !has(self.capabilities.add) || self.capabilities.add.all(name, name.upperAscii() in [${ADDABLE_CAPABILITIES.map((name) => `'${name}'`).join(', ')}])`,
    ),
  ),
  drop: native(
    'As the kubelet; `ALL` leaves exactly what `add` names. What no container has anyway costs nothing.',
  ),
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
  appArmorProfile: within('emulated', 'See AppArmorProfile.', APP_ARMOR_SUPPORT),
  capabilities: within('native', 'See Capabilities.', CAPABILITIES_SUPPORT),
  privileged: refusedAtAdmission(
    rejected<boolean>('Fargate runs nothing privileged: take it out, or run this pod on another node.'),
    inContexts('!has(self.privileged) || !self.privileged'),
  ),
  procMount: refusedAtAdmission(
    rejected('Fargate masks /proc as usual: leave it at Default, or take it out.', ['Default']),
    inContexts("!has(self.procMount) || self.procMount == 'Default'"),
  ),
  readOnlyRootFilesystem: native(
    'As the kubelet. No command can be run in the container then (`kubectl exec`, `cp`): the agent of ECS Exec needs to write.',
  ),
  runAsGroup: emulated('As the kubelet, but only together with a runAsUser.'),
  runAsNonRoot: emulated('User 0 is refused here; the user of an image is not looked up.'),
  runAsUser: native('As the kubelet.'),
  seLinuxOptions: rejected(NO_SELINUX),
  seccompProfile: within('emulated', 'See SeccompProfile.', SECCOMP_SUPPORT),
  windowsOptions: rejected(NO_WINDOWS),
} satisfies SupportTable<Wire<V1SecurityContext>>;

/** `spec.securityContext`. */
export const POD_SECURITY_CONTEXT_SUPPORT = {
  appArmorProfile: within('emulated', 'See AppArmorProfile.', APP_ARMOR_SUPPORT),
  fsGroup: emulated(
    'Owns emptyDirs and files, as with the kubelet. Processes have one group on Fargate, that of runAsGroup: make it the same where files are for the group only. A volume of EFS keeps its owners.',
    judgeFsGroup,
  ),
  fsGroupChangePolicy: ignored('Volumes of a task are new each time, and EFS keeps its owners.'),
  runAsGroup: emulated('As the kubelet, but only together with a runAsUser.'),
  runAsNonRoot: emulated('User 0 is refused here; the user of an image is not looked up.'),
  runAsUser: native('As the kubelet.'),
  seLinuxChangePolicy: ignored('Fargate has no SELinux.'),
  seLinuxOptions: rejected(NO_SELINUX),
  seccompProfile: within('emulated', 'See SeccompProfile.', SECCOMP_SUPPORT),
  supplementalGroups: refusedAtAdmission(
    rejected<number[]>('Processes have one group on Fargate: use runAsGroup.'),
    inPodContext('!has(self.supplementalGroups) || self.supplementalGroups.size() == 0'),
  ),
  supplementalGroupsPolicy: ignored(
    'A task has the groups of its image (Merge).',
    (value: string, { path }) =>
      value === 'Strict' ? [warning(path, 'Not enforced: groups of the image stay.')] : [],
  ),
  sysctls: listWithin('emulated', 'See Sysctl.', SYSCTL_SUPPORT),
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

function judgeProfile(type: string, { path }: Place): readonly Finding[] {
  return type === 'RuntimeDefault' ? [] : [fault(path, PROFILE)];
}

/** EFS is not given to the group, and a process outside the group cannot read what only the group may. */
function judgeFsGroup(fsGroup: number, { path, pod }: Place): readonly Finding[] {
  const mounted = mountedVolumes(pod);
  const claims = mounted.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
  const closed = mounted.some(isClosed);
  return [
    ...(claims ? [warning(path, 'Not applied to EFS: its access point says who owns the files.')] : []),
    ...(closed && !isMember(pod.spec, fsGroup)
      ? [
          warning(
            path,
            `Processes are not members of group ${fsGroup} on Fargate: set runAsGroup to it, or let everybody read the files.`,
          ),
        ]
      : []),
  ];
}

/** Whether a volume holds files that not everybody may read. */
function isClosed({ configMap, secret, downwardAPI, projected }: Volume): boolean {
  const modes = [configMap, secret, downwardAPI, projected].map((source) => source?.defaultMode ?? READABLE);
  const sources = [{ configMap, secret, downwardAPI }, ...(projected?.sources ?? [])];
  const items = sources
    .flatMap((source) => [source.configMap, source.secret, source.downwardAPI])
    .flatMap((source) => source?.items ?? []);
  return [...modes, ...items.map(({ mode }) => mode ?? READABLE)].some((mode) => (mode & OTHERS_READ) === 0);
}
