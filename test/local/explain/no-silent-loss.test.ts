import { describe, expect, it } from 'vitest';
import { probePlanOf } from '../../../lib/core/plan-probes.ts';
import type { Pod } from '../../../lib/core/kubernetes.ts';
import { isUnusedToken, needsOf } from '../../../lib/core/pod-needs.ts';
import type { ConfigObject, Reading } from '../../../lib/core/pod-inputs.ts';
import { read, stepsOf, type JsonLike } from '../../../lib/local/explain/read-path.ts';
import { sleepOf } from '../../../lib/core/stop-time.ts';
import { readInputs } from '../../../lib/loop/read-inputs.ts';
import type { Objects } from '../../../lib/ports/objects.ts';
import { judgePod } from '../../../lib/providers/ecs-fargate/support/field-support.ts';
import { planPod } from '../../../lib/providers/ecs-fargate/plan/plan-pod.ts';
import type { FieldUse } from '../../../lib/providers/ecs-fargate/support/support-row.ts';
import { ROW_NAMES } from '../../../lib/providers/ecs-fargate/support/support-tables.ts';
import { CONTEXT, RUNNING, type RunningCase } from './corpus.ts';

type NamedUse = FieldUse & { readonly row: string };

/** Rows that judge, or knowingly pass over, all that stands below them. */
const WHOLE = new Set([
  'LifecycleHandler (preStop).exec',
  'PodDNSConfig.options',
  'PodSpec.affinity',
  'PodSpec.nodeSelector',
  'PodSpec.topologySpreadConstraints',
  'ResourceRequirements.limits',
  'ResourceRequirements.requests',
]);

/** Fields whose effect is not in what is planned, and where it is. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'Container.imagePullPolicy': 'none: a task always pulls, as the note says',
  'ObjectFieldSelector (of a file).apiVersion': 'v1 is the only one',
  'ObjectFieldSelector.apiVersion': 'v1 is the only one',
  'PodReadinessGate.conditionType': 'derivePodStatus waits for them (test/core)',
  'PodSecurityContext.seccompProfile': 'RuntimeDefault is what Fargate does',
  'PodSpec.activeDeadlineSeconds': 'nextAction ends the pod (test/core)',
  'PodSpec.nodeName': 'it is how the pod got here',
  'PodSpec.readinessGates': 'derivePodStatus waits for them (test/core)',
  'PodSpec.subdomain': 'the endpoint slice controller makes DNS names of it and the address',
  'SeccompProfile.type': 'RuntimeDefault is what Fargate does',
  'ServiceAccountTokenProjection.expirationSeconds':
    'at least a day is asked for, more where it says so (test/core)',
};

function usesOf({ pod }: RunningCase): readonly NamedUse[] {
  const uses: NamedUse[] = [];
  judgePod(pod, CONTEXT, (use, row) => uses.push({ ...use, row: ROW_NAMES.get(row) ?? '' }));
  return uses;
}

/** Paths of fields that are set below a value and that no row was asked about. */
function unseenBelow(value: unknown, path: string, uses: ReadonlyMap<string, NamedUse>): readonly string[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => unseenBelow(item, `${path}[${index}]`, uses));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    const use = uses.get(at);
    if (use === undefined) return [at];
    return WHOLE.has(use.row) ? [] : unseenBelow(field, at, uses);
  });
}

/** The pod without its token volume, when that is left out on purpose. */
function withoutUnusedToken(pod: Pod): Pod {
  const unused = (pod.spec.volumes ?? []).filter((volume) => isUnusedToken(pod, volume));
  const names = unused.map(({ name }) => name);
  const isUsed = ({ name }: { readonly name: string }): boolean => !names.includes(name);
  const strip = <Container extends { volumeMounts?: { name: string }[] }>(
    container: Container,
  ): Container => ({
    ...container,
    ...(container.volumeMounts && { volumeMounts: container.volumeMounts.filter(isUsed) }),
  });
  const { volumes, initContainers, containers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(volumes && { volumes: volumes.filter(isUsed) }),
      ...(initContainers && { initContainers: initContainers.map(strip) }),
      containers: containers.map(strip),
    },
  };
}

describe('of a pod that is admitted, nothing is passed over', () => {
  it.each(RUNNING.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const uses = new Map(usesOf(one).map((use) => [use.path, use]));
    const { spec } = withoutUnusedToken(one.pod);
    expect(unseenBelow(spec, 'spec', uses), 'no row of the support tables was asked about these').toEqual([]);
  });

  it('would be told of a field that no row is asked about', () => {
    const [one] = RUNNING;
    const uses = new Map(usesOf(one!).map((use) => [use.path, use]));
    const known = withoutUnusedToken(one!.pod).spec;
    const spec = { ...known, containers: [{ ...known.containers[0], novelty: { on: true } }] };
    expect(unseenBelow(spec, 'spec', uses)).toEqual(['spec.containers[0].novelty']);
  });
});

function found<Value>(value: Value): Promise<Reading<Value>> {
  return Promise.resolve({ kind: 'found', value });
}

/** Everything that a pod refers to: there with these keys, or absent. */
function objectsOf(pod: Pod, isThere: boolean): Objects {
  const keys = new Set(
    [...JSON.stringify(pod.spec).matchAll(/"key":"([^"]+)"/g)].map(([, key = '']) => key).concat('SETTING'),
  );
  const config: Reading<ConfigObject> = isThere
    ? {
        kind: 'found',
        value: {
          data: Object.fromEntries([...keys].map((key) => [key, { kind: 'text', text: `value of ${key}` }])),
        },
      }
    : { kind: 'absent' };
  return {
    configMap: () => Promise.resolve(config),
    secret: () => Promise.resolve(config),
    serviceAccount: () => found({ annotations: {} }),
    token: (_, { audience, expirationSeconds }) =>
      found({ token: `${audience} for ${expirationSeconds}`, expiresAt: 0 }),
    claim: (_, name) =>
      found({
        kind: 'csi',
        driver: 'efs.csi.aws.com',
        volumeHandle: `fs-${Buffer.from(name).toString('hex').slice(0, 8)}`,
        attributes: {},
        readOnly: false,
        mountOptions: [],
      }),
    services: () => Promise.resolve([]),
    networkPolicies: () => found([]),
    endpoint: () => Promise.resolve({ host: 'api.example.com', port: '443' }),
  };
}

/** Everything that is decided of a pod, as a text; a pod that cannot be planned differs too. */
async function fingerprint(pod: Pod): Promise<string> {
  try {
    const { node, settings } = CONTEXT;
    const plans = [planPod(pod, node, settings)] as unknown[];
    for (const isThere of [true, false])
      plans.push(planPod(pod, node, settings, await readInputs(pod, node, objectsOf(pod, isThere))));
    const sleeps = pod.spec.containers.map(
      ({ lifecycle }) => lifecycle?.preStop && sleepOf(lifecycle.preStop),
    );
    return JSON.stringify([plans, needsOf(pod), probePlanOf(pod, { networkProbes: true }), sleeps]);
  } catch (error) {
    return `thrown: ${String(error)}`;
  }
}

/** The pod without the field. */
function without(pod: Pod, path: string): Pod {
  const copy = structuredClone(pod);
  const steps = stepsOf(path);
  const parent = read(copy, steps.slice(0, -1)) as JsonLike;
  Reflect.deleteProperty(parent, String(steps[steps.length - 1]));
  return copy;
}

describe('a field that is said to have its effect, or a near one, has an effect', () => {
  it('in some pod of the corpus, or where the list of exceptions says', { timeout: 120_000 }, async () => {
    const pending = new Map<string, string[]>();
    const proven = new Set<string>();
    for (const one of RUNNING) {
      const whole = await fingerprint(one.pod);
      for (const { path, row, level, blank } of usesOf(one)) {
        if (level === 'ignored' || level === 'rejected' || proven.has(row)) continue;
        if ((await fingerprint(without(one.pod, path))) !== whole) proven.add(row);
        else if (!blank) pending.set(row, [...(pending.get(row) ?? []), `${one.name} ${path}`]);
      }
    }
    const unproven = [...pending].filter(([row]) => !proven.has(row) && ELSEWHERE[row] === undefined);
    expect(
      unproven.map(([row, [example]]) => `${row}: ${example ?? ''}`),
      'leaving these out changes nothing that is planned',
    ).toEqual([]);
    expect(
      Object.keys(ELSEWHERE).filter((row) => proven.has(row)),
      'these need no exception',
    ).toEqual([]);
  });
});
