import type { Pod, PodSpec } from '../../../core/kubernetes.ts';
import type { FieldFault } from '../../../ports/provider.ts';

/** A program that adds containers and volumes to other people's pods at admission, and how a pod says no. */
interface Injector {
  readonly name: string;
  readonly container: RegExp;
  readonly volume: RegExp;
  /** Variables that it adds to the pod's own containers. */
  readonly variable?: RegExp;
  /** Folder of the host that its volumes mount. */
  readonly hostPath?: RegExp;
  readonly optOut: string;
}

/** The injectors that are known, by what they add (as of their own documentation). */
const INJECTORS: readonly Injector[] = [
  {
    name: 'Istio',
    container: /^istio-(init|validation|proxy)$/,
    volume:
      /^(istio-(data|envoy|podinfo|token)|istiod-ca-cert|workload-socket|workload-certs|credential-socket)$/,
    optOut: 'the label `sidecar.istio.io/inject: "false"`',
  },
  {
    name: 'Linkerd',
    container: /^linkerd-(init|proxy|network-validator)$/,
    volume: /^linkerd-/,
    optOut: 'the annotation `linkerd.io/inject: disabled`',
  },
  {
    name: 'Datadog',
    container: /^datadog-(lib-.+-init|init-.+|tracer-init)$/,
    volume: /^datadog(-auto-instrumentation.*|-dogstatsd|-trace-agent)?$/,
    variable: /^DD_(AGENT_HOST|TRACE_AGENT_URL|DOGSTATSD_URL|ENTITY_ID)$/,
    hostPath: /^\/(var\/run|opt)\/datadog(\/|$)/,
    optOut: 'the label `admission.datadoghq.com/enabled: "false"`',
  },
  {
    name: 'Vault',
    container: /^vault-agent(-init)?$/,
    volume: /^(vault-secrets|vault-config|home-init|home-sidecar)$/,
    optOut: 'the annotation `vault.hashicorp.com/agent-inject: "false"`',
  },
];

const CONTAINER = /^spec\.(containers|initContainers)\[(\d+)\](?:\.env\[(\d+)\])?/;
const VOLUME = /^spec\.volumes\[(\d+)\]/;

/** Faults whose notes name whoever added the thing at admission, and how to opt out. Twice is as good as once. */
export function nameInjectors(pod: Pod, faults: readonly FieldFault[]): readonly FieldFault[] {
  return faults.map(({ path, note }) => {
    const injector = describeInjector(pod, path);
    return { path, note: injector === undefined || note.endsWith(injector) ? note : `${note} ${injector}` };
  });
}

/**
 * Who added the thing at a path and how to opt out, as a sentence; `undefined` when it is the user's own. A refusal of what
 * nobody wrote into a manifest is else a riddle.
 */
function describeInjector(pod: Pod, path: string): string | undefined {
  const injector = INJECTORS.find((each) => hasAdded(each, pod.spec, path));
  if (injector === undefined) return undefined;
  return `${injector.name} adds this at admission: opt the pod out with ${injector.optOut}.`;
}

function hasAdded(injector: Injector, spec: PodSpec, path: string): boolean {
  const [, ofVolume] = VOLUME.exec(path) ?? [];
  if (ofVolume !== undefined) return isVolumeOf(injector, spec.volumes?.[Number(ofVolume)]);
  const [, list, ofContainer, ofVariable] = CONTAINER.exec(path) ?? [];
  const container = (list === 'initContainers' ? spec.initContainers : spec.containers)?.[
    Number(ofContainer)
  ];
  const variable = container?.env?.[Number(ofVariable)];
  return (
    (container !== undefined && injector.container.test(container.name)) ||
    (variable !== undefined && injector.variable?.test(variable.name) === true)
  );
}

function isVolumeOf(
  { volume, hostPath }: Injector,
  given: NonNullable<PodSpec['volumes']>[number] | undefined,
): boolean {
  if (given === undefined) return false;
  return volume.test(given.name) || hostPath?.test(given.hostPath?.path ?? '') === true;
}
