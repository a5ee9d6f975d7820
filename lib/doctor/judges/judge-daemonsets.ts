import { nodeLabels, nodeTaints } from '../../core/node.ts';
import { matchesNodeAffinity, tolerates } from '../../local/api-server/controllers/scheduler/fit-pod.ts';
import type { ApiObject } from '../../local/api-server/objects/api-object.ts';
import type { JsonObject } from '../../local/api-server/objects/json.ts';
import { at, listAt, read, textOf, type JsonLike } from '../../local/explain/read-path.ts';
import type { Fact } from '../fact.ts';
import { fault, judgeKnown, skipped, verdict, type Finding } from '../finding.ts';
import type { Subject, SubjectNode } from '../subject.ts';

/** What keeps a pod off every virtual node, because all of them have the label. */
const OFF = { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] } as const;
const AFFINITY = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'];

/** The DaemonSets whose pods would land on a virtual node, where none can run: they would stay Pending there for ever. */
export function judgeDaemonSets(
  { settings, region = '' }: Subject,
  daemonSets: Fact<readonly JsonLike[] | undefined>,
): readonly Finding[] {
  return judgeKnown('daemonsets', daemonSets, (known) => {
    if (known === undefined) return skipped('daemonsets', 'the API server has no DaemonSets');
    const problems = known.flatMap((daemonSet) => {
      const landing = settings.nodes
        .filter((node) => landsOn(daemonSet, node, region))
        .map(({ name }) => name);
      if (landing.length === 0) return [];
      return [
        fault(
          `${nameOf(daemonSet)} would put a pod on ${landing.join(', ')}, which stays Pending`,
          patchOf(daemonSet),
        ),
      ];
    });
    return verdict('daemonsets', problems, `none of ${known.length} would land on a virtual node`);
  });
}

/**
 * Whether the DaemonSet controller would make a pod for the node: `NodeShouldRunDaemonPod` of
 * pkg/controller/daemon/daemon_controller.go, with the tolerations that it adds to every pod.
 */
function landsOn(daemonSet: JsonLike, settings: SubjectNode, region: string): boolean {
  const spec = at(daemonSet, ['spec', 'template', 'spec']);
  const wanted = textOf(spec['nodeName'], '');
  if (wanted !== '' && wanted !== settings.name) return false;
  const node = { metadata: { name: settings.name, labels: nodeLabels({ ...settings, region }) } };
  if (!matchesNodeAffinity({ metadata: {}, spec } as unknown as ApiObject, node)) return false;
  const tolerations = [...listAt(spec, ['tolerations']), ...addedTolerations(spec)] as readonly JsonObject[];
  return nodeTaints(settings)
    .filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute')
    .every((taint) => tolerations.some((one) => tolerates(one, taint)));
}

/** `AddOrUpdateDaemonPodTolerations` of pkg/controller/daemon/util/daemonset_util.go. */
function addedTolerations({ hostNetwork }: JsonLike): readonly JsonLike[] {
  const tolerate = (name: string, effect: string) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect,
  });
  return [
    ...['not-ready', 'unreachable'].map((name) => tolerate(name, 'NoExecute')),
    ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) =>
      tolerate(name, 'NoSchedule'),
    ),
    ...(hostNetwork === true ? [tolerate('network-unavailable', 'NoSchedule')] : []),
  ];
}

function nameOf(daemonSet: JsonLike): string {
  const text = (key: string): string => textOf(read(daemonSet, ['metadata', key]), '');
  return `DaemonSet ${text('namespace')}/${text('name')}`;
}

/** The command that keeps its pods off; terms of an affinity are alternatives, so each of them gets the expression. */
function patchOf(daemonSet: JsonLike): string {
  const text = (key: string): string => textOf(read(daemonSet, ['metadata', key]), '');
  const terms = listAt(daemonSet, ['spec', 'template', 'spec', ...AFFINITY, 'nodeSelectorTerms']);
  const nodeSelectorTerms = (terms.length === 0 ? [{}] : terms).map((term) => ({
    ...(term as JsonLike),
    matchExpressions: [...listAt(term, ['matchExpressions']), OFF],
  }));
  const patch = ['spec', 'template', 'spec', ...AFFINITY].reduceRight<JsonLike>(
    (inner, key) => ({ [key]: inner }),
    { nodeSelectorTerms },
  );
  return `kubectl --namespace ${text('namespace')} patch daemonset ${text('name')} --type merge --patch '${JSON.stringify(patch)}'`;
}
