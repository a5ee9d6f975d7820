import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../lib/core/kubernetes.ts';
import { judgePod } from '../../lib/providers/ecs-fargate/support/field-support.ts';
import { ROW_NAMES } from '../../lib/providers/ecs-fargate/support/support-tables.ts';
import { SETTINGS } from './fixtures.ts';
import { nodeOf, planWith, readManifest, type Planned } from './render-golden.ts';

/** Rows that are kept without a trace in the task, by who keeps them. */
const KEPT_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'pod-sync, which asks probes': [
    ...['GRPCAction.port', 'GRPCAction.service', 'TCPSocketAction.host', 'TCPSocketAction.port'],
    ...['HTTPGetAction.host', 'HTTPGetAction.httpHeaders', 'HTTPGetAction.path', 'HTTPGetAction.port'],
    ...['HTTPGetAction.scheme', 'HTTPHeader.name', 'HTTPHeader.value', 'ContainerPort.name'],
    ...['Probe.grpc', 'Probe.httpGet', 'Probe.successThreshold', 'Probe.tcpSocket'],
  ],
  'pod-sync, which stops the task': [
    ...['Container.lifecycle', 'Lifecycle.preStop', 'SleepAction.seconds', 'PodSpec.activeDeadlineSeconds'],
    ...['LifecycleHandler (preStop).exec', 'LifecycleHandler (preStop).sleep'],
  ],
  'the status of the pod': ['PodSpec.readinessGates', 'PodReadinessGate.conditionType'],
  'the API server, which is asked for the token': ['ServiceAccountTokenProjection.expirationSeconds'],
  'the DNS of the cluster': ['PodSpec.subdomain'],
  'the judge, which lets nothing else pass': [
    ...['ContainerPort.hostPort', 'Container.imagePullPolicy', 'PodSpec.os', 'PodOS.name'],
    ...['ObjectFieldSelector.apiVersion', 'ObjectFieldSelector (of a file).apiVersion'],
    ...['PodSecurityContext.runAsNonRoot', 'SecurityContext.runAsNonRoot'],
    ...['PodSecurityContext.appArmorProfile', 'PodSecurityContext.seccompProfile', 'AppArmorProfile.type'],
    ...['SecurityContext.appArmorProfile', 'SecurityContext.seccompProfile', 'SeccompProfile.type'],
  ],
  'Fargate, which does so anyway': ['VolumeMount.recursiveReadOnly'],
  'a warning, where it is not kept': ['SecurityContext.allowPrivilegeEscalation'],
  'its default, which is the same': ['PodSpec.enableServiceLinks'],
};

const FOLDER = new URL('../golden/', import.meta.url).pathname;

describe('a field that is said to have an effect', () => {
  it('changes the task, or is known to be kept by something else', async () => {
    const { traced, untraced } = await findTraces();
    const elsewhere = Object.values(KEPT_ELSEWHERE).flat();
    expect(
      [...untraced].filter((row) => !traced.has(row) && !elsewhere.includes(row)),
      'a pod without this field becomes the same task in every golden case: is it lost, or should a case show it?',
    ).toEqual([]);
    expect(
      elsewhere.filter((row) => traced.has(row) || !untraced.has(row)),
      'these do change a task, or no case has them: take them out of KEPT_ELSEWHERE',
    ).toEqual([]);
  });
});

/** The native and emulated rows of launched pods: those without which some task is another, and those without which one is the same. */
async function findTraces(): Promise<{ readonly traced: Set<string>; readonly untraced: Set<string> }> {
  const traced = new Set<string>();
  const untraced = new Set<string>();
  for (const file of globSync(`${FOLDER}*.pod.yaml`)) {
    const { pod, documents } = readManifest(readFileSync(file, 'utf8'));
    const planned = await planWith(pod, documents);
    const fields = planned.launched ? fieldsOf(pod).filter(({ row }) => !traced.has(row)) : [];
    for (const { path, row } of fields) {
      const isSame = taskOf(planned) === (await planWithout(pod, path, documents));
      (isSame ? untraced : traced).add(row);
    }
  }
  return { traced, untraced };
}

function fieldsOf(pod: Pod): readonly { readonly path: string; readonly row: string }[] {
  const fields: { path: string; row: string }[] = [];
  judgePod(pod, { node: nodeOf(pod), settings: SETTINGS }, ({ path, level, blank }, row) => {
    const hasEffect = level === 'native' || level === 'emulated';
    if (hasEffect && !blank) fields.push({ path, row: ROW_NAMES.get(row) ?? path });
  });
  return fields;
}

/** A pod that cannot be planned at all without a field is another one. */
async function planWithout(
  pod: Pod,
  path: string,
  documents: Parameters<typeof planWith>[1],
): Promise<string | undefined> {
  const copy = structuredClone(pod);
  const keys = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  const holder = keys.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
  Reflect.deleteProperty(holder as object, keys.at(-1) ?? '');
  return planWith(copy, documents).then(taskOf, () => undefined);
}

/** Everything that ECS gets, and what the pod is told of it. */
function taskOf(planned: Planned): string {
  if (!planned.launched) return planned.plan.kind;
  const { plan, runTask } = planned;
  const { definition, overrides, envFiles, mirrored, notes } = plan;
  return JSON.stringify({ definition, overrides, envFiles, mirrored, notes, runTask });
}
