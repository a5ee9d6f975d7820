import { at, listAt, read, textOf, type JsonLike } from './read-path.ts';
import type { ManifestDocument } from './read-documents.ts';

/** Something that makes pods: what its pods are made from, and how many of them at once. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly source: string;
  readonly replicas: number;
  readonly template: { readonly metadata: JsonLike; readonly spec: JsonLike };
  /** What stands before the path of a field of the pod: empty for a Pod, `spec.template.` for most others. */
  readonly prefix: string;
  /** `volumeClaimTemplates` of a StatefulSet. */
  readonly claimTemplates: readonly unknown[];
  /** The whole object. */
  readonly object: JsonLike;
}

/** A document that makes no pods of its own. */
export interface Skipped {
  readonly kind: string;
  readonly name: string;
  readonly source: string;
  readonly why: string;
}

interface Found {
  readonly workloads: readonly Workload[];
  readonly skipped: readonly Skipped[];
}

interface Shape {
  readonly group: string;
  /** Where the pod template is. */
  readonly path: readonly string[];
  /** Where the number of its pods is. */
  readonly count?: readonly string[];
}

const TEMPLATE = ['spec', 'template'];
const OF_JOB = ['spec', 'jobTemplate', 'spec'];

const SHAPES: Readonly<Record<string, Shape>> = {
  Pod: { group: '', path: [] },
  ReplicationController: { group: '', path: TEMPLATE, count: ['spec', 'replicas'] },
  Deployment: { group: 'apps', path: TEMPLATE, count: ['spec', 'replicas'] },
  ReplicaSet: { group: 'apps', path: TEMPLATE, count: ['spec', 'replicas'] },
  StatefulSet: { group: 'apps', path: TEMPLATE, count: ['spec', 'replicas'] },
  DaemonSet: { group: 'apps', path: TEMPLATE },
  Job: { group: 'batch', path: TEMPLATE, count: ['spec', 'parallelism'] },
  CronJob: { group: 'batch', path: [...OF_JOB, 'template'], count: [...OF_JOB, 'parallelism'] },
};

/** Whether objects of this kind make pods that are explained by themselves: what one of them owns need not be told again. */
export function isWorkloadKind(kind: string): boolean {
  return kind in SHAPES;
}

/** Tells workloads from everything else, in the order of the documents. */
export function findWorkloads(documents: readonly ManifestDocument[]): Found {
  const workloads: Workload[] = [];
  const skipped: Skipped[] = [];
  for (const document of documents) {
    const { kind, source, object } = document;
    const skip = (why: string): void => void skipped.push({ kind, name: nameOf(object), source, why });
    const shape = shapeOf(document);
    if (shape === undefined) skip('makes no pods that are known here');
    else if (ownerOf(object) !== undefined) skip(`belongs to ${ownerOf(object) ?? ''}`);
    else workloads.push(toWorkload(document, shape));
  }
  return { workloads, skipped };
}

function shapeOf({ kind, apiVersion }: ManifestDocument): Shape | undefined {
  const shape = SHAPES[kind];
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  return shape?.group === group ? shape : undefined;
}

/** The workload that made this object and is explained in its place; `undefined` for what nobody, or a stranger, made. */
function ownerOf(object: JsonLike): string | undefined {
  const owners = listAt(object, ['metadata', 'ownerReferences']);
  const owner = owners.find((one) => read(one, ['controller']) === true);
  const kind = textOf(read(owner, ['kind']), '');
  // A static pod belongs to the Node whose kubelet has it from a file.
  if (!isWorkloadKind(kind) && kind !== 'Node') return undefined;
  return `${kind} ${textOf(read(owner, ['name']), '')}`;
}

function toWorkload({ kind, source, object }: ManifestDocument, shape: Shape): Workload {
  const template = at(object, shape.path);
  const count = shape.count === undefined ? undefined : read(object, shape.count);
  return {
    kind,
    namespace: textOf(read(object, ['metadata', 'namespace']), 'default'),
    name: nameOf(object),
    source,
    replicas: typeof count === 'number' ? count : 1,
    template: { metadata: at(template, ['metadata']), spec: at(template, ['spec']) },
    prefix: shape.path.map((step) => `${step}.`).join(''),
    claimTemplates: listAt(object, ['spec', 'volumeClaimTemplates']),
    object,
  };
}

function nameOf(object: JsonLike): string {
  const { name, generateName } = at(object, ['metadata']);
  return textOf(name, textOf(generateName, 'unnamed').replace(/-$/, ''));
}
