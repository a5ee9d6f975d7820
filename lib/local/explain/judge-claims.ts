import { claimedVolumeOf } from '../../adapters/kubernetes/decode-objects.ts';
import type { Pod } from '../../core/kubernetes.ts';
import { mountedVolumes } from '../../core/pod-needs.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { mountEfs, otherDriver } from '../../providers/ecs-fargate/plan/mount-efs.ts';
import { findDocument } from './find-document.ts';
import type { Workload } from './find-workloads.ts';
import { inManifest } from './place-paths.ts';
import type { ManifestDocument } from './read-documents.ts';
import { at, read, textOf, type JsonLike } from './read-path.ts';

/** What is known of the claims of a pod: those that cannot be mounted, and those of which that cannot be told. */
export interface ClaimVerdict {
  readonly faults: readonly FieldFault[];
  readonly conditions: readonly FieldFault[];
}

const EFS = 'efs.csi.aws.com';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const ONLY_EFS = 'Fargate mounts volumes of EFS only';

/**
 * Judges the claims of a pod by the claims, volumes and storage classes among the documents, as far as they tell: a node
 * reads them only when it starts the pod.
 */
export function judgeClaims(
  workload: Workload,
  pod: Pod,
  documents: readonly ManifestDocument[],
): ClaimVerdict {
  const faults: FieldFault[] = [];
  const conditions: FieldFault[] = [];
  for (const volume of mountedVolumes(pod)) {
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName === undefined) continue;
    const index = (pod.spec.volumes ?? []).indexOf(volume);
    const path = inManifest(workload, `spec.volumes[${index}].persistentVolumeClaim`);
    const verdict = judgeClaim(
      claimOf(workload, { volume: volume.name, claimName }, documents),
      claimName,
      documents,
    );
    if (verdict.kind === 'fault') faults.push({ path, note: verdict.note });
    if (verdict.kind === 'unknown') conditions.push({ path, note: verdict.note });
  }
  return { faults, conditions };
}

type Verdict = { readonly kind: 'fits' } | { readonly kind: 'fault' | 'unknown'; readonly note: string };

/** The claim itself, or the template that it will be made from. */
function claimOf(
  workload: Workload,
  { volume, claimName }: { readonly volume: string; readonly claimName: string },
  documents: readonly ManifestDocument[],
): JsonLike | undefined {
  const template = workload.claimTemplates.find((one) => read(one, ['metadata', 'name']) === volume);
  return (
    findDocument(documents, 'PersistentVolumeClaim', claimName, workload.namespace) ??
    (template as JsonLike | undefined)
  );
}

function judgeClaim(
  claim: JsonLike | undefined,
  claimName: string,
  documents: readonly ManifestDocument[],
): Verdict {
  const unknown = (what: string): Verdict => ({
    kind: 'unknown',
    note: `Runs only if it is a volume of EFS (${EFS}), which cannot be told from here: give ${what} with -f too, or look at the cluster with --kubeconfig.`,
  });
  if (claim === undefined) return unknown(`the PersistentVolumeClaim ${claimName} and its volume or class`);
  const volumeName = textOf(read(claim, ['spec', 'volumeName']), '');
  const volume = findDocument(documents, 'PersistentVolume', volumeName);
  if (volume !== undefined) return judgeVolume(claim, volume);
  const className = read(claim, ['spec', 'storageClassName']);
  const storage = classOf(className, documents);
  if (storage === undefined) return unknown(unknownClass(className));
  const provisioner = textOf(storage['provisioner'], '');
  if (provisioner === EFS) return { kind: 'fits' };
  const name = textOf(read(storage, ['metadata', 'name']), '');
  return {
    kind: 'fault',
    note: `${ONLY_EFS}, and the storage class ${name} makes those of ${provisioner}: use a class of ${EFS}, or run this pod on another node.`,
  };
}

function unknownClass(name: unknown): string {
  if (name === undefined) return 'the default StorageClass';
  return name === '' ? 'its PersistentVolume' : `the StorageClass ${textOf(name, '')}`;
}

/** Whether the volume is bound to this very claim is left to the cluster: a manifest knows no UIDs. */
function judgeVolume(claim: JsonLike, volume: JsonLike): Verdict {
  const uid = 'the same';
  const claimed = claimedVolumeOf(
    { ...claim, metadata: { ...at(claim, ['metadata']), uid } },
    { ...volume, spec: { ...at(volume, ['spec']), claimRef: { uid } } },
  );
  if (claimed.kind !== 'csi')
    return { kind: 'fault', note: otherDriver(claimed.kind === 'other' ? claimed.source : 'nothing') };
  const mount = mountEfs(claimed);
  return mount.kind === 'fault' ? mount : { kind: 'fits' };
}

function classOf(name: unknown, documents: readonly ManifestDocument[]): JsonLike | undefined {
  if (typeof name === 'string') return findDocument(documents, 'StorageClass', name);
  return documents.find(
    ({ kind, object }) =>
      kind === 'StorageClass' && read(object, ['metadata', 'annotations', DEFAULT_CLASS]) === 'true',
  )?.object;
}
