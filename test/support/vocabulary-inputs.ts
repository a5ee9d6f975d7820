// What tests say was read for the launch of a pod.
import type { ConfigObject, PodInputs, Reading } from '../../lib/core/pod-inputs.ts';

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
