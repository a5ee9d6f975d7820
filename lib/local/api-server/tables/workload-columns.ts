import type { Column } from '../kinds/kind-row.ts';
import { timeAt } from '../objects/api-object.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { isTerminating } from '../objects/api-object.ts';
import { numberAt, objectAt, objectsAt, textAt, textsAt } from '../objects/json.ts';
import { AGE, formatLabels, NAME, TEMPLATE_COLUMNS } from './common-columns.ts';
import { humanDuration } from './human-duration.ts';

const specCount = (object: ApiObject, field: string): number => numberAt(object, 'spec', field) ?? 0;
const statusCount = (object: ApiObject, field: string): number => numberAt(object, 'status', field) ?? 0;

/** `kubectl get deployments`. */
export const DEPLOYMENT_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Ready', cell: (one) => `${statusCount(one, 'readyReplicas')}/${specCount(one, 'replicas')}` },
  { name: 'Up-to-date', cell: (one) => statusCount(one, 'updatedReplicas') },
  { name: 'Available', cell: (one) => statusCount(one, 'availableReplicas') },
  AGE,
  ...TEMPLATE_COLUMNS,
];

/** `kubectl get replicasets`. */
export const REPLICASET_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Desired', type: 'integer', cell: (one) => specCount(one, 'replicas') },
  { name: 'Current', type: 'integer', cell: (one) => statusCount(one, 'replicas') },
  { name: 'Ready', type: 'integer', cell: (one) => statusCount(one, 'readyReplicas') },
  AGE,
  ...TEMPLATE_COLUMNS,
];

function jobStatus(job: ApiObject): string {
  const has = (type: string): boolean =>
    objectsAt(job, 'status', 'conditions').some((one) => one['type'] === type && one['status'] === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (isTerminating(job)) return 'Terminating';
  return has('Suspended') ? 'Suspended' : 'Running';
}

function jobDuration(job: ApiObject, now: number): string {
  const start = timeAt(job, 'status', 'startTime');
  if (start === undefined) return '';
  return humanDuration((timeAt(job, 'status', 'completionTime') ?? now) - start);
}

/** `kubectl get jobs`. */
export const JOB_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Status', cell: jobStatus },
  {
    name: 'Completions',
    cell: (job) => `${statusCount(job, 'succeeded')}/${numberAt(job, 'spec', 'completions') ?? 1}`,
  },
  { name: 'Duration', cell: jobDuration },
  AGE,
  ...TEMPLATE_COLUMNS,
];

const entries = (object: ApiObject, ...fields: readonly string[]): number =>
  fields.reduce((sum, field) => sum + Object.keys(objectAt(object, field)).length, 0);

/** `kubectl get configmaps`. */
export const CONFIGMAP_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Data', cell: (one) => entries(one, 'data', 'binaryData') },
  AGE,
];

/** `kubectl get secrets`. */
export const SECRET_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Type', cell: (one) => textAt(one, 'type') },
  { name: 'Data', cell: (one) => entries(one, 'data') },
  AGE,
];

function portText(port: { readonly [key: string]: unknown }): string {
  const node = typeof port['nodePort'] === 'number' ? `:${port['nodePort']}` : '';
  return `${String(port['port'])}${node}/${String(port['protocol'])}`;
}

/** `kubectl get services`. */
export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Type', cell: (one) => textAt(one, 'spec', 'type') },
  { name: 'Cluster-IP', cell: (one) => textAt(one, 'spec', 'clusterIP') || '<none>' },
  { name: 'External-IP', cell: (one) => textAt(one, 'spec', 'externalName') || '<none>' },
  { name: 'Port(s)', cell: (one) => objectsAt(one, 'spec', 'ports').map(portText).join(',') || '<none>' },
  AGE,
  { name: 'Selector', wide: true, cell: (one) => formatLabels(textsAt(one, 'spec', 'selector')) },
];

/** `kubectl get endpoints`. */
export const ENDPOINTS_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Endpoints', cell: (one) => addressesOf(one).join(',') || '<none>' },
  AGE,
];

function addressesOf(endpoints: ApiObject): readonly string[] {
  return objectsAt(endpoints, 'subsets').flatMap((subset) =>
    objectsAt(subset, 'addresses').flatMap((address) => {
      const ports = objectsAt(subset, 'ports').map(
        (port) => `${textAt(address, 'ip')}:${numberAt(port, 'port') ?? 0}`,
      );
      return ports.length === 0 ? [textAt(address, 'ip')] : ports;
    }),
  );
}
