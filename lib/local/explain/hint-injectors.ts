import type { FieldFault } from '../../ports/provider.ts';
import type { Workload } from './find-workloads.ts';
import { at, listAt, read, textOf, type JsonLike } from './read-path.ts';

/** A program that changes pods at admission when they ask for it, and what is known of what it adds. */
interface Injection {
  readonly name: string;
  /** Keys of labels or annotations by which a pod asks, with the values that ask. */
  readonly asks: readonly { readonly key: RegExp; readonly value: RegExp }[];
  /** Its container: where it is there, it was added already, and is judged like any other. */
  readonly adds: RegExp;
  /** Whether what it adds is refused as a rule. */
  readonly isRefused: boolean;
  readonly what: string;
}

const ON = /^(true|enabled|ingress)$/;

/** By their own documentation: the keys with which a pod asks for it, and the containers that it adds. */
const INJECTIONS: readonly Injection[] = [
  {
    name: 'Istio',
    asks: [{ key: /^sidecar\.istio\.io\/inject$/, value: ON }],
    adds: /^istio-(init|proxy|validation)$/,
    isRefused: true,
    what: 'Istio adds istio-init and istio-proxy at admission, and istio-init asks for NET_ADMIN, which is refused: say `sidecar.istio.io/inject: "false"`.',
  },
  {
    name: 'Linkerd',
    asks: [{ key: /^linkerd\.io\/inject$/, value: ON }],
    adds: /^linkerd-(init|proxy|network-validator)$/,
    isRefused: true,
    what: 'Linkerd adds linkerd-init and linkerd-proxy at admission, and linkerd-init asks for NET_ADMIN, which is refused: say `linkerd.io/inject: disabled`.',
  },
  {
    name: 'Vault',
    asks: [{ key: /^vault\.hashicorp\.com\/agent-inject$/, value: ON }],
    adds: /^vault-agent(-init)?$/,
    isRefused: false,
    what: 'Vault adds containers and volumes at admission, which are not judged here.',
  },
  {
    name: 'Datadog',
    asks: [
      { key: /^admission\.datadoghq\.com\/enabled$/, value: ON },
      { key: /^admission\.datadoghq\.com\/.+-lib\.version$/, value: /./ },
    ],
    adds: /^datadog-/,
    isRefused: false,
    what: 'Datadog adds variables, containers and volumes of the host at admission, which are not judged here.',
  },
];

const SEE =
  'To see them judged, explain a pod that a cluster admitted: kubectl get pod NAME -o yaml, with -f -.';

/** What will be added to the pods of a workload that is not in its manifest: what will refuse them, and what only may. */
export function hintInjectors({ template, prefix }: Workload): {
  readonly conditions: readonly FieldFault[];
  readonly warnings: readonly FieldFault[];
} {
  const asked = INJECTIONS.flatMap((injection) => {
    const path = pathOf(injection, template.metadata);
    return path === undefined || isThere(injection, template.spec)
      ? []
      : [{ path: `${prefix}${path}`, note: `${injection.what} ${SEE}`, isRefused: injection.isRefused }];
  });
  const of = (isRefused: boolean): readonly FieldFault[] =>
    asked.filter((one) => one.isRefused === isRefused).map(({ path, note }) => ({ path, note }));
  return { conditions: of(true), warnings: of(false) };
}

function pathOf({ asks }: Injection, metadata: JsonLike): string | undefined {
  for (const list of ['labels', 'annotations'])
    for (const [key, value] of Object.entries(at(metadata, [list])))
      if (asks.some((ask) => ask.key.test(key) && ask.value.test(String(value))))
        return `metadata.${list}["${key}"]`;
  return undefined;
}

function isThere({ adds }: Injection, spec: JsonLike): boolean {
  return ['initContainers', 'containers'].some((list) =>
    listAt(spec, [list]).some((container) => adds.test(textOf(read(container, ['name']), ''))),
  );
}
