import type { Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import { allContainers } from '../../../core/pod-needs.ts';
import type { FieldFault } from '../../../ports/provider.ts';

/** `orders.shop.svc`, `orders.shop.svc.cluster.local:80`. */
const SERVICE_DOMAIN = /[a-z0-9]\.svc(?![a-z0-9-])/;
/** `http://orders`, `redis://user:word@cache:6379/0`: a host of one part; of a store such as `s3://bucket` it is no host. */
const SHORT_HOST_IN_URL =
  /(?<!\b(?:s3|s3a|s3n|gs|gcs|abfss?|wasbs?|hdfs|file|docker|oci|git|arn)):\/\/(?:[^/@\s]*@)?([a-z][a-z0-9-]*)(?::\d+)?(?:[/?#]|$)/;
/** `cache:6379`. */
const SHORT_HOST_WITH_PORT = /^([a-z][a-z0-9-]*):\d{2,5}$/;
const HOST_VARIABLE = /(?:^|_)(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS|ENDPOINT)$/;
const SHORT_NAME = /^([a-z][a-z0-9-]*)$/;

const NOTE =
  'This node has no ClusterDNS (MissingClusterDNS), so "ClusterFirst" falls back to "Default": the task asks the resolver of the VPC, and names of Services do not resolve. Let the VPC forward the domain of the cluster and set `clusterDomain` of the node, or name what the VPC resolves.';

/**
 * Warns, as a kubelet does that has no cluster DNS, where it can matter: the pod wants it (ClusterFirst) and mentions a name
 * that looks like a Service's, in a variable, a command or an argument.
 */
export function warnDns({ spec }: Pod, { clusterDomain }: NodeSettings): readonly FieldFault[] {
  const policy = spec.dnsPolicy ?? 'ClusterFirst';
  if (clusterDomain !== undefined || !policy.startsWith('ClusterFirst')) return [];
  const isMentioned = allContainers(spec).some(
    ({ env = [], command = [], args = [] }) =>
      [...command, ...args].some(namesService) ||
      env.some(
        ({ name, value = '' }) =>
          namesService(value) || (HOST_VARIABLE.test(name) && isShort(SHORT_NAME, value)),
      ),
  );
  return isMentioned ? [{ path: 'spec.dnsPolicy', note: NOTE }] : [];
}

function namesService(text: string): boolean {
  return SERVICE_DOMAIN.test(text) || isShort(SHORT_HOST_IN_URL, text) || isShort(SHORT_HOST_WITH_PORT, text);
}

/** A container of the same task is `localhost`, which resolves. */
function isShort(pattern: RegExp, text: string): boolean {
  const host = pattern.exec(text)?.[1];
  return host !== undefined && host !== 'localhost';
}
