import { UsageError } from '../usage-error.ts';

/** A pod by its name. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

const PODS = new Set(['po', 'pod', 'pods']);

/** Of what else kubectl shows logs, by every name that it takes for it: without `-n` any other word is a namespace. */
const OTHER_KINDS: ReadonlySet<string> = new Set([
  ...['deploy', 'deployment', 'deployments', 'deployment.apps', 'deployments.apps'],
  ...['ds', 'daemonset', 'daemonsets', 'daemonset.apps', 'daemonsets.apps'],
  ...['sts', 'statefulset', 'statefulsets', 'statefulset.apps', 'statefulsets.apps'],
  ...['rs', 'replicaset', 'replicasets', 'replicaset.apps', 'replicasets.apps'],
  ...['job', 'jobs', 'job.batch', 'jobs.batch', 'cj', 'cronjob', 'cronjobs', 'cronjob.batch'],
  ...['rc', 'replicationcontroller', 'replicationcontrollers', 'svc', 'service', 'services'],
]);

const WAYS = '[NAMESPACE/]POD, or POD or pod/POD with -n NAMESPACE';

/**
 * The pod that is meant, as users of kubectl name one: `web`, `pod/web`, each with `-n shop`; or `shop/web`.
 * @throws UsageError that says how to spell it
 */
export function namePod(operands: readonly string[], given: string | undefined): PodName {
  const [first, ...more] = operands;
  if (first === undefined) throw new UsageError([`there is no pod: give ${WAYS}`]);
  if (more.length > 0) throw tooMany(first, more);
  const [, before, name = ''] = /^(?:([^/]+)\/)?([^/]+)$/.exec(first) ?? [];
  if (name === '') throw new UsageError([`the pod is ${JSON.stringify(first)}: allowed is ${WAYS}`]);
  if (before === undefined || PODS.has(before)) return { namespace: given ?? 'default', name };
  if (OTHER_KINDS.has(before)) throw otherKind(before, name, given);
  if (given !== undefined && given !== before)
    throw new UsageError([
      `the namespace is ${before} in ${JSON.stringify(first)} and ${given} by -n: give it once`,
    ]);
  return { namespace: before, name };
}

function tooMany(first: string, [second = '']: readonly string[]): UsageError {
  if (PODS.has(first))
    return new UsageError([`unexpected ${JSON.stringify(second)}: give pod/${second}, or ${second}`]);
  return new UsageError([
    `unexpected ${JSON.stringify(second)}: one pod at a time; a container of it is named by -c ${second}`,
  ]);
}

/** There may be a namespace that is called so. */
function otherKind(kind: string, name: string, given: string | undefined): UsageError {
  const wayOut =
    given === undefined ? `; for the pod ${name} of a namespace ${kind}: -n ${kind} ${name}` : '';
  return new UsageError([
    `${kind}/${name} is no pod: this command takes one pod, ${WAYS}; kubectl get pods shows those of the ${kind}${wayOut}`,
  ]);
}
