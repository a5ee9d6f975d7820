import { devNull } from 'node:os';
import type { FunctionName } from '../../../infra/names.ts';
import { functionEnvironment } from '../../local/world/function-environment.ts';
import { wireNodeHeartbeat, wirePodSync, wireTaskEvents, type Host } from '../../wiring.ts';
import type { Handler } from './run-functions.ts';

/** What is deployed. */
export interface WorldOptions {
  readonly mode: 'watch' | 'economy';
  /** Names of the virtual nodes. */
  readonly nodes: readonly string[];
}

/** Of an API server that is in this process: nothing is ever sent there. */
export const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'cost', cluster: { server: 'https://kubernetes.invalid' } }],
  users: [{ name: 'cost', user: { token: 'cost' } }],
  contexts: [{ name: 'cost', context: { cluster: 'cost', user: 'cost' } }],
  'current-context': 'cost',
});

/** Variables of a function. */
type Environment = Readonly<Record<string, string>>;

/** The variables of the functions, as the stacks set them. */
export function environmentOf({ mode, nodes }: WorldOptions, endpoints: Environment): Environment {
  const [first = 'fargate'] = nodes;
  const one = functionEnvironment({ name: first, simulated: false, podsReady: true }, endpoints, {});
  const [settings] = JSON.parse(one['LAMBDALET_NODES'] ?? '[]') as readonly object[];
  return {
    ...one,
    LAMBDALET_MODE: mode,
    LAMBDALET_NODES: JSON.stringify(nodes.map((name) => ({ ...settings, name }))),
  };
}

/** What the SDKs and the logger read. */
const READ_BY_LIBRARIES = /^(AWS|POWERTOOLS)_/;

/**
 * The SDKs read their endpoints and credentials from the variables of the process: those of the functions take the place of the
 * user's, whatever they are, until the returned function gives them back. What nobody emulates must not reach AWS either.
 */
export function takeVariables(environment: Environment, endpoint: string): () => void {
  const before = Object.entries(process.env).filter(([name]) => READ_BY_LIBRARIES.test(name));
  const own = Object.entries(environment).filter(([name]) => READ_BY_LIBRARIES.test(name));
  const clear = (): void => {
    for (const name of Object.keys(process.env))
      if (READ_BY_LIBRARIES.test(name)) Reflect.deleteProperty(process.env, name);
  };
  clear();
  Object.assign(process.env, Object.fromEntries(own), {
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull },
  });
  return () => {
    clear();
    Object.assign(process.env, Object.fromEntries(before));
  };
}

/** A new execution environment of a function. */
export function load(name: FunctionName, environment: Environment, host: Host): Handler {
  switch (name) {
    case 'node-heartbeat':
      return wireNodeHeartbeat(environment, host);
    case 'pod-sync':
      return wirePodSync(environment, host);
    case 'task-events':
      return wireTaskEvents(environment, host) as Handler;
    case 'node-teardown':
      throw new Error('Nothing is torn down while costs are counted');
  }
}
