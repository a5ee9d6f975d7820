import type { ContainerDefinition, RegisterTaskDefinitionInput, VolumeDefinition } from './ecs-inputs.ts';
import { clientFault } from './ecs-names.ts';

const NAME = /^[a-zA-Z0-9_-]{1,255}$/;
const FILE_SYSTEM = /^(arn:aws[\w-]*:elasticfilesystem:.+\/)?fs-[0-9a-f]{8,40}$/;
const ACCESS_POINT = /^fsap-[0-9a-f]{8,40}$/;
const TMPFS_OPTIONS = new Set(
  'defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime nodiratime bind rbind unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime strictatime nostrictatime mode uid gid nr_inodes nr_blocks mpol'.split(
    ' ',
  ),
);
/** Kernel parameters that a container may have of its own, or its task's network ("SystemControl" of the ECS API). */
const CONTROLS =
  /^(net\.[\w./-]+|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\.[\w.]+)$/;

/** Refuses volumes, mounts, tmpfs and kernel parameters that Fargate does not have. */
export function validateVolumes(
  { volumes = [], pidMode, ipcMode }: RegisterTaskDefinitionInput,
  containers: readonly ContainerDefinition[],
): void {
  if (pidMode !== undefined && pidMode !== 'task')
    throw clientFault(`Tasks using the Fargate launch type do not support pidMode '${pidMode}'.`);
  if (ipcMode !== undefined) throw clientFault('Tasks using the Fargate launch type do not support IpcMode.');
  for (const volume of volumes) {
    const fault = findVolumeFault(volume);
    if (fault !== undefined) throw clientFault(fault);
  }
  const names = new Set(volumes.map(({ name }) => name));
  if (names.size < volumes.length) throw clientFault('Volume names must be unique in a task definition.');
  for (const container of containers) {
    const fault =
      findMountFault(container, names) ?? findTmpfsFault(container) ?? findControlFault(container);
    if (fault !== undefined) throw clientFault(fault);
  }
}

function findVolumeFault(volume: VolumeDefinition): string | undefined {
  const { name = '', host, efsVolumeConfiguration: efs } = volume;
  if (!NAME.test(name)) return `Volume name contains invalid characters: ${name}`;
  if (host?.sourcePath !== undefined) return 'host.sourcePath should not be set for volumes in Fargate.';
  if (volume.dockerVolumeConfiguration !== undefined)
    return 'Tasks using the Fargate launch type do not support docker volumes.';
  if (volume.fsxWindowsFileServerVolumeConfiguration !== undefined)
    return 'FSx for Windows File Server volumes need a Windows platform.';
  return efs && findEfsFault(efs);
}

function findEfsFault(efs: NonNullable<VolumeDefinition['efsVolumeConfiguration']>): string | undefined {
  const { fileSystemId, rootDirectory = '/', transitEncryption, authorizationConfig = {} } = efs;
  const { accessPointId, iam } = authorizationConfig;
  if (!FILE_SYSTEM.test(fileSystemId)) return `Invalid file system ID: ${fileSystemId}`;
  if (accessPointId !== undefined && !ACCESS_POINT.test(accessPointId))
    return `Invalid access point ID: ${accessPointId}`;
  if (accessPointId !== undefined && rootDirectory !== '/')
    return 'Root directory must either be omitted or set to / when using an access point.';
  if (!rootDirectory.startsWith('/')) return 'Root directory must be an absolute path.';
  if ((accessPointId !== undefined || iam === 'ENABLED') && transitEncryption !== 'ENABLED')
    return 'EFS transit encryption must be ENABLED with an access point or IAM authorization.';
  return undefined;
}

function findMountFault(
  { name = '', mountPoints = [] }: ContainerDefinition,
  volumes: ReadonlySet<string | undefined>,
): string | undefined {
  const unknown = mountPoints.find(({ sourceVolume }) => !volumes.has(sourceVolume));
  if (unknown !== undefined) return `Unknown volume '${unknown.sourceVolume ?? ''}'.`;
  const paths = mountPoints.map(({ containerPath = '' }) => containerPath);
  const wrong = paths.find((path) => !path.startsWith('/'));
  if (wrong !== undefined) return `Invalid container path '${wrong}' of container '${name}'.`;
  return new Set(paths).size < paths.length ? `Duplicate mount point of container '${name}'.` : undefined;
}

function findTmpfsFault({ name = '', linuxParameters }: ContainerDefinition): string | undefined {
  for (const { containerPath, size, mountOptions = [] } of linuxParameters?.tmpfs ?? []) {
    if (!containerPath.startsWith('/') || !Number.isInteger(size) || size < 1)
      return `Invalid tmpfs of container '${name}': ${containerPath}, ${size} MiB.`;
    const odd = mountOptions.find((option) => !TMPFS_OPTIONS.has(option.replace(/=.*$/, '')));
    if (odd !== undefined) return `Invalid tmpfs mount option '${odd}' of container '${name}'.`;
  }
  return undefined;
}

function findControlFault({ systemControls = [], ulimits = [] }: ContainerDefinition): string | undefined {
  const odd = systemControls.find(({ namespace = '' }) => !CONTROLS.test(namespace));
  if (odd !== undefined) return `Unsupported system control: ${odd.namespace ?? ''}`;
  const wide = ulimits.find(({ softLimit, hardLimit }) => softLimit > hardLimit);
  return wide && `The soft limit of ulimit ${wide.name} is above its hard limit.`;
}
