import type { PodInputs, ServiceFacts } from '../../../core/pod-inputs.ts';
import { needsOf } from '../../../core/pod-needs.ts';
import type { Carrier, Expanded, PlanContext, Variables } from './plan-types.ts';

const NONE: Variables = new Map();
const MASTER = 'kubernetes';

/**
 * The variables of Services, as the kubelet makes them: those of the pod's namespace, unless the pod or the node takes none, and
 * of the API server for a pod that gets a token, where pods reach it. The latter are few and public, so they travel with the launch
 * request, and no container needs an env file only for them; the others are in the env file. Empty in a draft.
 */
export function serviceVariables({ pod, node, inputs }: PlanContext): Variables {
  if (inputs === undefined) return NONE;
  const takesAll = node.serviceLinks === true && pod.spec.enableServiceLinks !== false;
  const all = takesAll ? inputs.services : [];
  const own = all.filter(({ namespace }) => namespace === pod.metadata.namespace);
  const master = masterOf(inputs) ?? all.find(isMaster);
  const named = new Set(own.map(({ name }) => name));
  return new Map([
    ...own.filter((service) => !isMaster(service)).flatMap((service) => variablesOf(service, 'config')),
    ...(master === undefined || (named.has(MASTER) && pod.metadata.namespace !== 'default')
      ? []
      : variablesOf(master, 'perPod')),
  ]);
}

/**
 * Whether a name could be that of a service variable once Services are known: texts that refer to it must not be in the
 * definition.
 */
export function mayBeService({ pod, node }: PlanContext): (name: string) => boolean {
  const takesAll = node.serviceLinks === true && pod.spec.enableServiceLinks !== false;
  return (name) =>
    (takesAll && /_(SERVICE_HOST|SERVICE_PORT|PORT)/.test(name)) ||
    (/^KUBERNETES_(SERVICE_)?(HOST|PORT)/.test(name) && needsOf(pod).tokens.length > 0);
}

function isMaster({ namespace, name }: ServiceFacts): boolean {
  return namespace === 'default' && name === MASTER;
}

/** The API server as the Service that it is to a pod of the cluster. */
function masterOf({ apiEndpoint }: PodInputs): ServiceFacts | undefined {
  if (apiEndpoint === undefined) return undefined;
  const { host, port } = apiEndpoint;
  return {
    namespace: 'default',
    name: MASTER,
    clusterIP: host.replace(/^\[(.*)\]$/, '$1'),
    ports: [{ name: 'https', port: Number(port), protocol: 'TCP' }],
  };
}

/** In the kubelet's names (k8s.io/kubernetes/pkg/kubelet/envvars): dots and leading digits stay. */
function variablesOf(
  { name, clusterIP, ports }: ServiceFacts,
  carrier: Carrier,
): readonly (readonly [string, Expanded])[] {
  const prefix = toVariableName(name);
  const [first] = ports;
  if (first === undefined) return [];
  const pairs = [
    [`${prefix}_SERVICE_HOST`, clusterIP],
    [`${prefix}_SERVICE_PORT`, `${first.port}`],
    ...ports.flatMap((port): [string, string][] =>
      port.name === undefined || port.name === ''
        ? []
        : [[`${prefix}_SERVICE_PORT_${toVariableName(port.name)}`, `${port.port}`]],
    ),
    [`${prefix}_PORT`, urlOf(clusterIP, first)],
    ...ports.flatMap((port) => linkOf(prefix, clusterIP, port)),
  ] as const;
  return pairs.map(([variable, text]) => [variable, { text, carrier }]);
}

/** The variables that Docker made for a link to one port. */
function linkOf(
  prefix: string,
  clusterIP: string,
  port: ServiceFacts['ports'][number],
): readonly [string, string][] {
  const link = `${prefix}_PORT_${port.port}_${port.protocol.toUpperCase()}`;
  return [
    [link, urlOf(clusterIP, port)],
    [`${link}_PROTO`, port.protocol.toLowerCase()],
    [`${link}_PORT`, `${port.port}`],
    [`${link}_ADDR`, clusterIP],
  ];
}

function urlOf(clusterIP: string, { port, protocol }: ServiceFacts['ports'][number]): string {
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  return `${protocol.toLowerCase()}://${host}:${port}`;
}

function toVariableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
