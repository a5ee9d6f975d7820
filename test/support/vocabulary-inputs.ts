// What tests say was read for the launch of a pod.
import type { Pod } from '../../lib/core/kubernetes.ts';
import { needsOf } from '../../lib/core/pod-needs.ts';
import {
  tokenKey,
  type ClaimedVolume,
  type ConfigObject,
  type PodInputs,
  type Reading,
} from '../../lib/core/pod-inputs.ts';

/** A pod that refers to nothing, or to nothing but `more`. */
export function noInputs(more: Partial<PodInputs> = {}): PodInputs {
  return {
    configMaps: new Map(),
    secrets: new Map(),
    tokens: new Map(),
    claims: new Map(),
    serviceAccount: undefined,
    services: [],
    networkPolicies: [],
    apiEndpoint: { host: 'api.example.com', port: '443' },
    ...more,
  };
}

/** A ConfigMap or Secret that was found, with these texts. */
export function foundObject(data: Readonly<Record<string, string>>, type?: string): Reading<ConfigObject> {
  const entries = Object.entries(data).map(([key, text]) => [key, { kind: 'text', text }] as const);
  return {
    kind: 'found',
    value: { data: Object.fromEntries(entries), ...(type !== undefined && { type }) },
  };
}

const MORE_KEYS = 20;

/**
 * Everything that a pod refers to is there: objects with the keys that the pod names and some more, tokens, and for each claim an
 * EFS file system of its own.
 */
export function foundInputs(pod: Pod): PodInputs {
  const needs = needsOf(pod);
  const named = JSON.stringify(pod.spec).match(/(?<="key":")[^"]+/g) ?? [];
  const keys = [...named, ...Array.from({ length: MORE_KEYS }, (_, index) => `KEY_${index}`)];
  const object = foundObject(Object.fromEntries(keys.map((key) => [key, `value of ${key}`])));
  const each = <Value>(names: readonly string[], make: (name: string) => Value) =>
    new Map(names.map((name) => [name, { kind: 'found', value: make(name) } as const]));
  const all = (names: readonly string[]) => new Map(names.map((name) => [name, object]));
  return noInputs({
    configMaps: all(needs.configMaps),
    secrets: all(needs.secrets),
    tokens: each(needs.tokens.map(tokenKey), () => ({ token: 'x'.repeat(1000), expiresAt: 0 })),
    claims: each(needs.claims, fileSystemOf),
    serviceAccount: { kind: 'found', value: { annotations: {} } },
  });
}

function fileSystemOf(claim: string): ClaimedVolume {
  return {
    kind: 'csi',
    driver: 'efs.csi.aws.com',
    volumeHandle: `fs-${Buffer.from(claim).toString('hex').slice(-16).padStart(16, '0')}`,
    attributes: {},
    readOnly: false,
    mountOptions: [],
  };
}
