// The words that tests of the environment are written in: objects that were read, variables by name, plans of one container.
import type { Container, Pod, PodSpec } from '../../lib/core/kubernetes.ts';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import type { ConfigObject, PodInputs, Reading } from '../../lib/core/pod-inputs.ts';
import { planStarts } from '../../lib/providers/ecs-fargate/plan/plan-environment.ts';
import type {
  ContainerStart,
  PlanContext,
  PlannedStarts,
  Variables,
} from '../../lib/providers/ecs-fargate/plan/plan-types.ts';
import { aPodWith, ON_DEMAND, SETTINGS } from './fixtures.ts';

export const SIZE = { cpu: 512, memory: 1024 };

/** A ConfigMap or a Secret that was found; what is no text is bytes. */
export const found = (data: Record<string, string | Uint8Array>): Reading<ConfigObject> => ({
  kind: 'found',
  value: {
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [
        key,
        typeof value === 'string' ? { kind: 'text', text: value } : { kind: 'bytes', bytes: value },
      ]),
    ),
  },
});

export const forbidden: Reading<never> = { kind: 'unreadable', message: 'forbidden' };

type Objects = Readonly<Record<string, Reading<ConfigObject>>>;

/** Inputs of a launch: what is not named is absent. */
export const inputsOf = (
  given: { configMaps?: Objects; secrets?: Objects } & Partial<
    Pick<PodInputs, 'services' | 'apiEndpoint'>
  > = {},
): PodInputs => ({
  configMaps: new Map(Object.entries(given.configMaps ?? {})),
  secrets: new Map(Object.entries(given.secrets ?? {})),
  tokens: new Map(),
  claims: new Map(),
  serviceAccount: undefined,
  services: given.services ?? [],
  networkPolicies: [],
  apiEndpoint: given.apiEndpoint,
});

/** The context of a launch of a pod. */
export const contextOf = (
  pod: Pod,
  inputs: PodInputs | undefined,
  node: Partial<NodeSettings> = {},
): PlanContext => ({ pod, node: { ...ON_DEMAND, ...node }, settings: SETTINGS, size: SIZE, inputs });

/** A pod of one container, with a name and a UID that tests can expect. */
export const webPod = (
  container: Partial<Container>,
  spec: Partial<PodSpec> = {},
  metadata: Partial<Pod['metadata']> = {},
): Pod => {
  const pod = aPodWith(container, spec);
  return { ...pod, metadata: { ...pod.metadata, name: 'web-1', uid: 'u-1', ...metadata } };
};

/** The plan of a pod of one container, with its one start. */
export const planOf = (
  pod: Pod,
  inputs?: PodInputs,
  node: Partial<NodeSettings> = {},
): PlannedStarts & { readonly start: ContainerStart } => {
  const planned = planStarts(contextOf(pod, inputs, node));
  return { ...planned, start: planned.starts[0]! };
};

/** Texts by name, without what every container has. */
export const texts = (variables: Variables): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...variables].filter(([name]) => name !== 'HOSTNAME').map(([name, { text }]) => [name, text]),
  );

/** Carriers by name, without what every container has. */
export const carriers = (variables: Variables): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...variables].filter(([name]) => name !== 'HOSTNAME').map(([name, { carrier }]) => [name, carrier]),
  );

type EnvVar = NonNullable<Container['env']>[number];

export const field = (name: string, fieldPath: string): EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

export const fromConfigMap = (name: string, object: string, key: string, optional = false): EnvVar => ({
  name,
  valueFrom: { configMapKeyRef: { name: object, key, ...(optional ? { optional } : {}) } },
});

export const fromSecret = (name: string, object: string, key: string, optional = false): EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: object, key, ...(optional ? { optional } : {}) } },
});
