import { posix } from 'node:path';
import type { EFSVolumeConfiguration } from '@aws-sdk/client-ecs';
import type { ClaimedVolume } from '../../../core/pod-inputs.ts';

type CsiVolume = Extract<ClaimedVolume, { readonly kind: 'csi' }>;

/** A persistent volume as ECS mounts it, or why it cannot. */
export type EfsMount =
  | {
      readonly kind: 'mount';
      readonly configuration: EFSVolumeConfiguration;
      readonly readOnly: boolean;
      /** Mount options that have no effect in a task. */
      readonly ignored: readonly string[];
    }
  | { readonly kind: 'fault'; readonly note: string };

/** The CSI driver whose volumes Fargate can mount by itself. */
const EFS_DRIVER = 'efs.csi.aws.com';
/**
 * `[efs:]fs-..[:path[:fsap-..]]`, every part after the file system possibly empty (`parseVolumeId` of the driver, which has written the
 * prefix since it also knows S3 Files, and takes handles of both forms).
 */
const HANDLE = /^(?:efs:)?(fs-[0-9a-f]+)(?::([^:]*))?(?::(fsap-[0-9a-f]+)?)?$/;
/** How the driver marks the other kind of file system that it mounts. */
const S3_FILES = /^s3files:/;
const NO_S3_FILES =
  'The volume is one of S3 Files: the volumes that pods here get are those of EFS. Move the data to a file system of EFS, let the program use the bucket by the API of S3, or run this pod on another node.';
const ACCESS_POINT = 'accesspoint=';
/** Options that are obeyed, or are what a task does anyway. */
const OBEYED: readonly string[] = ['tls', 'iam', 'ro', 'rw', '_netdev', ''];
/** Attributes that change how the driver finds a mount target, which ECS decides by itself. */
const REFUSED_ATTRIBUTES: readonly string[] = ['crossaccount', 'mounttargetip'];

/**
 * The EFS volume of a persistent volume, by the rules of its CSI driver: encrypted in transit unless `encryptInTransit: "false"` says
 * otherwise, by the task's role only with the mount option `iam`. ECS adds its own: an access point needs encryption and the root
 * directory `/`, IAM needs encryption (`EFSVolumeConfiguration`).
 */
export function mountEfs(volume: CsiVolume): EfsMount {
  const fault = findFault(volume);
  if (fault !== undefined) return { kind: 'fault', note: fault };
  const options = optionsOf(volume);
  const iam = options.includes('iam');
  const { fileSystemId, rootDirectory, accessPointId } = targetOf(volume);
  const isEncrypted = attributesOf(volume).get('encryptintransit')?.toLowerCase() !== 'false';
  const isAuthorized = accessPointId !== undefined || iam;
  return {
    kind: 'mount',
    configuration: {
      fileSystemId,
      ...(rootDirectory === '/' ? {} : { rootDirectory }),
      transitEncryption: isEncrypted || isAuthorized ? 'ENABLED' : 'DISABLED',
      ...(isAuthorized
        ? {
            authorizationConfig: {
              ...(accessPointId === undefined ? {} : { accessPointId }),
              iam: iam ? 'ENABLED' : 'DISABLED',
            },
          }
        : {}),
    },
    readOnly: volume.readOnly || options.includes('ro'),
    ignored: options.filter((option) => !OBEYED.includes(option) && !option.startsWith(ACCESS_POINT)),
  };
}

function findFault(volume: CsiVolume): string | undefined {
  if (volume.driver !== EFS_DRIVER) return otherDriver(volume.driver);
  if (S3_FILES.test(volume.volumeHandle)) return NO_S3_FILES;
  if (!HANDLE.test(volume.volumeHandle)) return `The volume handle ${volume.volumeHandle} is not one of EFS.`;
  const attributes = attributesOf(volume);
  const refused = REFUSED_ATTRIBUTES.find((name) => attributes.has(name));
  if (refused !== undefined)
    return `ECS finds the mount target by itself: take ${refused} out of the persistent volume.`;
  const { accessPointId, rootDirectory } = targetOf(volume);
  const inOptions = accessPointInOptions(volume);
  if (inOptions !== undefined && inOptions !== accessPointId)
    return 'The persistent volume names two access points: leave the one in its volume handle.';
  if (accessPointId !== undefined && rootDirectory !== '/')
    return `ECS takes either an access point or a path: set ${rootDirectory} as the path of the access point.`;
  return undefined;
}

/** What the handle names; where it names nothing, what the deprecated attribute and option do. */
function targetOf(volume: CsiVolume): {
  readonly fileSystemId: string;
  readonly rootDirectory: string;
  readonly accessPointId: string | undefined;
} {
  const [, fileSystemId = '', path = '', inHandle] = HANDLE.exec(volume.volumeHandle) ?? [];
  const directory = path === '' ? (attributesOf(volume).get('path') ?? '/') : path;
  return {
    fileSystemId,
    rootDirectory: posix.resolve('/', directory),
    accessPointId: inHandle ?? accessPointInOptions(volume),
  };
}

/** The driver does not care about case. */
function attributesOf({ attributes }: CsiVolume): ReadonlyMap<string, string> {
  return new Map(Object.entries(attributes).map(([key, value]) => [key.toLowerCase(), value]));
}

function optionsOf({ mountOptions }: CsiVolume): readonly string[] {
  return mountOptions.map((option) => option.toLowerCase());
}

function accessPointInOptions(volume: CsiVolume): string | undefined {
  return optionsOf(volume)
    .find((option) => option.startsWith(ACCESS_POINT))
    ?.slice(ACCESS_POINT.length);
}

/** Why a volume of another kind is refused, by the name of its driver or source. */
export function otherDriver(name: string): string {
  return `Fargate mounts persistent volumes of EFS (${EFS_DRIVER}) only, not of ${name}: move the data to EFS, or run this pod on another node.`;
}
