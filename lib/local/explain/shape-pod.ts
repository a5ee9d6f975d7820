import type { Workload } from './find-workloads.ts';
import { at, listAt, read, textOf, type JsonLike } from './read-path.ts';

/** The annotation by which a pod of an indexed Job knows its number, also as a variable of its containers. */
const INDEX = 'batch.kubernetes.io/job-completion-index';
const JOB_OF = { Job: ['spec'], CronJob: ['spec', 'jobTemplate', 'spec'] } as const;

/** A pod of a workload as its controller would ask for it, on `node`; without what only a scheduler or a cluster knows. */
export function shapePod(workload: Workload, node: string, replica = 0): JsonLike {
  const { namespace, name, kind, template } = workload;
  const podName = (kind === 'Pod' && replica === 0 ? name : `${name}-${replica}`)
    .slice(-63)
    .replace(/^[^a-z0-9]+/, '');
  const { labels, annotations } = template.metadata;
  const metadata = { name: podName, namespace, labels: labels ?? {}, annotations: annotations ?? {} };
  const { ephemeralContainers: _later, ...spec } = template.spec;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec, nodeName: node } };
  if (kind === 'StatefulSet') return asStateful(pod, workload, podName);
  return isIndexed(workload) ? asIndexed(pod, name, replica) : pod;
}

type PodLike = { readonly metadata: JsonLike; readonly spec: JsonLike };

/** A name that stays, and a volume for each claim template. */
function asStateful(pod: PodLike, { claimTemplates, object }: Workload, podName: string): JsonLike {
  const names = claimTemplates.map((claim) => textOf(read(claim, ['metadata', 'name']), ''));
  const claims = names.map((name) => ({ name, persistentVolumeClaim: { claimName: `${name}-${podName}` } }));
  const volumes = listAt(pod.spec, ['volumes']);
  const subdomain = read(object, ['spec', 'serviceName']);
  return {
    ...pod,
    spec: {
      ...pod.spec,
      hostname: podName,
      ...(subdomain === undefined ? {} : { subdomain }),
      ...(claims.length === 0 ? {} : { volumes: [...volumes, ...claims] }),
    },
  };
}

function isIndexed({ kind, object }: Workload): boolean {
  return (
    (kind === 'Job' || kind === 'CronJob') && read(object, [...JOB_OF[kind], 'completionMode']) === 'Indexed'
  );
}

function asIndexed(pod: PodLike, name: string, replica: number): JsonLike {
  const env = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX}']` } },
  };
  const withIndex = (list: string): JsonLike => {
    const containers = listAt(pod.spec, [list]);
    if (containers.length === 0) return {};
    return {
      [list]: containers.map((one) => ({ ...(one as JsonLike), env: [...listAt(one, ['env']), env] })),
    };
  };
  const annotations = { ...at(pod.metadata, ['annotations']), [INDEX]: String(replica) };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: {
      ...pod.spec,
      hostname: `${name}-${replica}`,
      ...withIndex('containers'),
      ...withIndex('initContainers'),
    },
  };
}
