import type { Pod } from '../../../core/kubernetes.ts';
import { collectVariables, type CollectedVariables } from './collect-variables.ts';
import { containerPaths } from './container-paths.ts';
import { isWrapped } from '../support/choose-helpers.ts';
import type { Expansion } from './expand-references.ts';
import type {
  ContainerStart,
  Expanded,
  PlanContext,
  PlannedStarts,
  PlanProblem,
  Variables,
} from './plan-types.ts';
import { serviceVariables } from './service-variables.ts';
import { unwrappable, WRAPPER_ENTRY } from './wrap-start.ts';

type Place = ReturnType<typeof containerPaths>[number];

/** The kernel's most for a host name, without the NUL. */
const HOSTNAME_LENGTH = 63;

/**
 * With what every container of the pod is started, in the order of `allContainers`, and everything at once that keeps it from
 * that. Pure. What is `shared` follows from the pod and the node alone, so it is the same in the draft.
 */
export function planStarts(context: PlanContext): PlannedStarts {
  const services = serviceVariables(context);
  const planned = containerPaths(context.pod.spec).map((place) => planStart(context, place, services));
  const faults = unwrappable(context.pod).map((fault): PlanProblem => ({ kind: 'fault', ...fault }));
  return {
    starts: planned.map(({ start }) => start),
    problems: distinct([...faults, ...planned.flatMap(({ problems }) => problems)]),
    notes: distinct(planned.flatMap(({ notes }) => notes)),
  };
}

function planStart(
  context: PlanContext,
  place: Place,
  services: Variables,
): {
  readonly start: ContainerStart;
  readonly problems: PlannedStarts['problems'];
  readonly notes: PlannedStarts['notes'];
} {
  const collected = collectVariables(context, place, services);
  const { command = [], args = [], name } = place.container;
  const parts = [...command, ...args].map(collected.expand);
  const paths = [
    ...command.map((_, index) => `${place.path}.command[${index}]`),
    ...args.map((_, index) => `${place.path}.args[${index}]`),
  ];
  const wrapped = isWrapped(place.container);
  return {
    start: {
      name,
      variables: new Map([...ownVariables(context, collected), ...services, ...collected.variables]),
      ...toVector(parts, { wrapped, hasProgram: command.length > 0 }),
      wrapped,
    },
    problems: [...collected.problems, ...visibleSecrets(parts, paths)],
    notes: collected.notes,
  };
}

/**
 * Command and args become entry point and command so that only the program is fixed: `command[0]` is the entry point, the rest
 * follows as ECS `command`, which RunTask can override. The wrapper takes the program as an argument too.
 */
function toVector(
  parts: readonly Expansion[],
  { wrapped, hasProgram }: { readonly wrapped: boolean; readonly hasProgram: boolean },
): Pick<ContainerStart, 'entryPoint' | 'command' | 'perPodCommand' | 'perPodProgram'> {
  const [program, ...rest] = parts;
  const isEntry = hasProgram && !wrapped;
  const command = isEntry ? rest : parts;
  const entryPoint = wrapped ? WRAPPER_ENTRY : isEntry && program ? [visible(program)] : undefined;
  return {
    ...(entryPoint === undefined ? {} : { entryPoint }),
    ...(command.length === 0 ? {} : { command: command.map(visible) }),
    perPodCommand: command.some(({ carrier }) => carrier !== 'shared'),
    perPodProgram: isEntry && program !== undefined && program.carrier !== 'shared',
  };
}

/** A plan with a secret here is refused; that no later step can let it slip, it is not in it. */
function visible({ text, carrier }: Expansion): string {
  return carrier === 'secret' ? '' : text;
}

function visibleSecrets(parts: readonly Expansion[], paths: readonly string[]): readonly PlanProblem[] {
  return parts.flatMap(({ carrier, certain }, index): readonly PlanProblem[] => {
    if (carrier !== 'secret') return [];
    const path = paths[index] ?? '';
    const note = `The value of a Secret would be readable in the launch request and in every event of the task: let a shell take it from the environment (sh -c 'exec app --password "$NAME"').`;
    return certain
      ? [{ kind: 'fault', path, note }]
      : [
          {
            kind: 'unready',
            reason: 'CreateContainerConfigError',
            message: `${path}: ${note}`,
            event: 'Failed',
          },
        ];
  });
}

/**
 * What runtimes and resolvers look at; like a runtime's own, they cannot be referred to, and the pod's own beat them. A task's
 * host name is the VPC's, so the pod's is at least told (some 50 characters of the launch request for each container). Its resolver
 * is the VPC's too; glibc takes search domains and options from the environment.
 */
function ownVariables({ pod, node }: PlanContext, { isNever }: CollectedVariables): Variables {
  const variables = new Map<string, Expanded>([
    ['HOSTNAME', { text: hostnameOf(pod, node.clusterDomain), carrier: 'perPod' }],
  ]);
  const { dnsPolicy = 'ClusterFirst' } = pod.spec;
  const domain = dnsPolicy.startsWith('ClusterFirst') ? node.clusterDomain : undefined;
  const set = (name: string, text: string): void => {
    variables.set(name, { text, carrier: isNever(name) ? 'shared' : 'perPod' });
  };
  const searches = searchList(pod, domain);
  if (searches !== '') set('LOCALDOMAIN', searches);
  const options = resolverOptions(pod, domain !== undefined);
  if (options !== '') set('RES_OPTIONS', options);
  return variables;
}

/** As the kubelet writes it into resolv.conf, each domain once: those of the cluster, and then those of the pod. */
function searchList({ metadata, spec }: Pod, domain: string | undefined): string {
  const ofCluster =
    domain === undefined ? [] : [`${metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return [...new Set([...ofCluster, ...(spec.dnsConfig?.searches ?? [])])].join(' ');
}

/** As the kubelet writes them into resolv.conf: those of the pod beat those of the cluster. */
function resolverOptions({ spec }: Pod, isInCluster: boolean): string {
  const options = new Map(isInCluster ? [['ndots', '5']] : []);
  for (const { name = '', value = '' } of spec.dnsConfig?.options ?? []) options.set(name, value);
  return [...options].map(([name, value]) => (value === '' ? name : `${name}:${value}`)).join(' ');
}

/** As the kubelet names the sandbox: at most 63 characters, the full name only where the pod asks for it. */
function hostnameOf({ metadata, spec }: Pod, clusterDomain = 'cluster.local'): string {
  const { hostnameOverride, setHostnameAsFQDN, subdomain = '' } = spec;
  if (hostnameOverride) return hostnameOverride;
  const wanted = spec.hostname ? spec.hostname : metadata.name;
  const short =
    wanted.length <= HOSTNAME_LENGTH ? wanted : wanted.slice(0, HOSTNAME_LENGTH).replace(/[-.]+$/, '');
  return setHostnameAsFQDN === true && subdomain !== ''
    ? `${short}.${subdomain}.${metadata.namespace}.svc.${clusterDomain}`
    : short;
}

/** Containers that refer to the same object have the same to say of it: once is enough. */
function distinct<Item>(items: readonly Item[]): readonly Item[] {
  return items.length < 2 ? items : [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
