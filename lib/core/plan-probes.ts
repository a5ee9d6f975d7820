import type { Container, Pod } from './kubernetes.ts';
import { sameJson } from './same-json.ts';

type Probe = NonNullable<Container['readinessProbe']>;

/** The kubelet's three kinds of probes, in the order in which they gate each other. */
export const PROBE_KINDS = ['startup', 'readiness', 'liveness'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** A header as the probe names it; an empty value takes a header of ours away. */
export interface ProbeHeader {
  readonly name: string;
  readonly value: string;
}

/** How a probe asks. */
export type ProbeHandler =
  | {
      readonly kind: 'http';
      readonly scheme: 'http' | 'https';
      /** Instead of the pod's address. */
      readonly host?: string;
      readonly port: number;
      readonly path: string;
      readonly headers: readonly ProbeHeader[];
    }
  | { readonly kind: 'tcp'; readonly host?: string; readonly port: number }
  | { readonly kind: 'grpc'; readonly port: number; readonly service: string }
  /**
   * The health check that runs inside the container, as the provider tells. Failures sooner than this many seconds after the
   * container's start do not count; `undefined`: none ever does, because what fails is another probe's command.
   */
  | { readonly kind: 'health'; readonly failsAfterSeconds: number | undefined }
  /** Nothing can be asked: each time it is an error, which the kubelet counts neither as success nor as failure. */
  | { readonly kind: 'broken'; readonly message: string };

/** One probe of one container, with the kubelet's defaults and rules in place. */
export interface ProbePlan {
  readonly container: string;
  /** Whether the container is a native sidecar: one of `spec.initContainers`. */
  readonly sidecar: boolean;
  readonly kind: ProbeKind;
  readonly handler: ProbeHandler;
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** What the node can do. */
export interface ProbeRules {
  /** Whether http, tcp and grpc probes are run: pod-sync reaches the pods' addresses. */
  readonly networkProbes: boolean;
}

/** A probe, or a part of one, that is not run, and what that means for the pod. */
export interface Unprobed {
  readonly path: string;
  readonly note: string;
}

/** ECS reports a container as unhealthy after at most so many failures in a row (`retries` of a health check). */
const HEALTH_RETRIES = 10;
const NONE: readonly never[] = [];

/** Every probe of the pod that is run, in the order of its containers. Pure; a pod without probes costs nothing. */
export function probePlanOf({ spec }: Pod, rules: ProbeRules): readonly ProbePlan[] {
  const probed = probedContainers(spec);
  if (probed.length === 0) return NONE;
  return probed.flatMap(({ container, sidecar }) =>
    PROBE_KINDS.flatMap((kind) => {
      const probe = probeOf(container, kind);
      const handler = probe === undefined ? undefined : handlerOf(container, kind, probe, rules);
      return probe === undefined || handler === undefined
        ? []
        : [{ container: container.name, sidecar, kind, handler, ...numbersOf(kind, probe, handler) }];
    }),
  );
}

/**
 * Which of a container's exec probes its one health check runs: readiness before liveness before startup. The others of them
 * take what they can from it.
 */
export function healthCheckKind(container: Container): ProbeKind | undefined {
  return (['readiness', 'liveness', 'startup'] as const).find(
    (kind) => probeOf(container, kind)?.exec !== undefined,
  );
}

/** What of the pod's probes is not run, for one event about all of it. */
export function unprobed({ spec }: Pod, { networkProbes }: ProbeRules): readonly Unprobed[] {
  return probedContainers(spec).flatMap(({ container, path }) =>
    PROBE_KINDS.flatMap((kind) => {
      const probe = probeOf(container, kind);
      const note = probe === undefined ? undefined : whyUnprobed(container, kind, probe, networkProbes);
      return note === undefined ? [] : [{ path: `${path}.${kind}Probe`, note }];
    }),
  );
}

function whyUnprobed(
  container: Container,
  kind: ProbeKind,
  probe: Probe,
  networkProbes: boolean,
): string | undefined {
  if (isNetworkProbe(probe)) return networkProbes ? undefined : WITHOUT_NETWORK[kind];
  const runs = healthCheckKind(container);
  if (probe.exec === undefined || runs === kind || runs === undefined) return undefined;
  if (kind === 'startup')
    return hasSameCommand(container, kind, runs)
      ? undefined
      : `Fargate runs one health check in a container, the ${runs} probe's: the first time that it succeeds counts as started.`;
  return `Fargate runs one health check in a container, the ${runs} probe's: the container is not restarted when this one fails.`;
}

const WITHOUT_NETWORK: Readonly<Record<ProbeKind, string>> = {
  startup:
    'Network probes are not run, because pod-sync is not in the VPC: the container counts as started as soon as it runs.',
  readiness:
    'Network probes are not run, because pod-sync is not in the VPC: the container is ready as soon as it runs.',
  liveness:
    'Network probes are not run, because pod-sync is not in the VPC: the container is not restarted when it hangs.',
};

interface ProbedContainer {
  readonly container: Container;
  readonly sidecar: boolean;
  readonly path: string;
}

/** Containers with a probe: the API server allows them for app containers and native sidecars. */
function probedContainers({ initContainers = [], containers }: Pod['spec']): readonly ProbedContainer[] {
  const sidecars = initContainers.flatMap((container, at) =>
    container.restartPolicy === 'Always' && hasProbe(container)
      ? [{ container, sidecar: true, path: `spec.initContainers[${at}]` }]
      : [],
  );
  const apps = containers.flatMap((container, at) =>
    hasProbe(container) ? [{ container, sidecar: false, path: `spec.containers[${at}]` }] : [],
  );
  return [...sidecars, ...apps];
}

function hasProbe({ startupProbe, readinessProbe, livenessProbe }: Container): boolean {
  return (startupProbe ?? readinessProbe ?? livenessProbe) !== undefined;
}

function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  switch (kind) {
    case 'startup':
      return container.startupProbe;
    case 'readiness':
      return container.readinessProbe;
    case 'liveness':
      return container.livenessProbe;
  }
}

function isNetworkProbe({ httpGet, tcpSocket, grpc }: Probe): boolean {
  return (httpGet ?? tcpSocket ?? grpc) !== undefined;
}

/** `undefined`: nobody runs this probe. */
function handlerOf(
  container: Container,
  kind: ProbeKind,
  probe: Probe,
  { networkProbes }: ProbeRules,
): ProbeHandler | undefined {
  if (isNetworkProbe(probe) && !networkProbes) return undefined;
  const network = networkHandlerOf(container, probe);
  return network === undefined && probe.exec !== undefined
    ? healthHandlerOf(container, kind, probe)
    : network;
}

function networkHandlerOf(
  container: Container,
  { httpGet, tcpSocket, grpc }: Probe,
): ProbeHandler | undefined {
  if (grpc !== undefined)
    return withPort(container, grpc.port, (port) => ({ kind: 'grpc', port, service: grpc.service ?? '' }));
  if (tcpSocket !== undefined)
    return withPort(container, tcpSocket.port, (port) => ({ kind: 'tcp', ...hostOf(tcpSocket), port }));
  if (httpGet === undefined) return undefined;
  return withPort(container, httpGet.port, (port) => ({
    kind: 'http',
    scheme: httpGet.scheme?.toUpperCase() === 'HTTPS' ? 'https' : 'http',
    ...hostOf(httpGet),
    port,
    path: httpGet.path ?? '/',
    headers: (httpGet.httpHeaders ?? []).map(({ name, value }) => ({ name, value })),
  }));
}

function hostOf({ host = '' }: { readonly host?: string }): { readonly host?: string } {
  return host === '' ? {} : { host };
}

/** A port by number, by the name of one of the container's own ports, or by a number that is written as a text; as the kubelet reads it. */
function withPort(
  { ports = [] }: Container,
  wanted: number | string,
  make: (port: number) => ProbeHandler,
): ProbeHandler {
  const named = ports.find(({ name }) => name === wanted)?.containerPort;
  if (named === undefined && typeof wanted === 'string' && !/^[+-]?\d+$/.test(wanted))
    return { kind: 'broken', message: `strconv.Atoi: parsing ${JSON.stringify(wanted)}: invalid syntax` };
  const port = named ?? Number(wanted);
  return port > 0 && port < 65_536 ? make(port) : { kind: 'broken', message: `invalid port number: ${port}` };
}

/** An exec probe by the health check, which may be another probe's. `undefined`: it has nothing to do with this one. */
function healthHandlerOf(container: Container, kind: ProbeKind, probe: Probe): ProbeHandler | undefined {
  const runs = healthCheckKind(container);
  if (kind !== 'startup') return runs === kind ? { kind: 'health', failsAfterSeconds: 0 } : undefined;
  // A program that is not ready is not dead: another command's failure says nothing about the start, unless it would kill anyway.
  const fails = runs !== 'readiness' || hasSameCommand(container, kind, runs);
  const { initialDelaySeconds, periodSeconds, failureThreshold } = givenNumbers(probe);
  const failsAfterSeconds = fails ? initialDelaySeconds + periodSeconds * failureThreshold : undefined;
  return { kind: 'health', failsAfterSeconds };
}

function hasSameCommand(container: Container, one: ProbeKind, other: ProbeKind): boolean {
  return sameJson(probeOf(container, one)?.exec, probeOf(container, other)?.exec);
}

type Numbers = Omit<ProbePlan, 'container' | 'sidecar' | 'kind' | 'handler'>;

/** The API server's defaults; it writes them for whatever is absent or zero. */
function givenNumbers(probe: Probe): Numbers {
  return {
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    periodSeconds: probe.periodSeconds || 10,
    timeoutSeconds: probe.timeoutSeconds || 1,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

function numbersOf(kind: ProbeKind, probe: Probe, handler: ProbeHandler): Numbers {
  const given = givenNumbers(probe);
  // The API server allows no other number than one for these two.
  const successThreshold = kind === 'readiness' ? given.successThreshold : 1;
  if (handler.kind !== 'health') return { ...given, successThreshold };
  // The health check has counted up to its retries itself; only what is asked beyond them is left to count.
  const beyond = kind === 'startup' ? 0 : Math.max(0, given.failureThreshold - HEALTH_RETRIES);
  return { ...given, successThreshold: 1, failureThreshold: 1 + beyond };
}
