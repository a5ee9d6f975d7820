import { parseKubeconfig } from '../../adapters/kubernetes/parse-kubeconfig.ts';
import { createTransport } from '../../adapters/kubernetes/send-request.ts';
import type { HttpRequest } from '../../adapters/kubernetes/send-request.ts';

/** One answer of the API server. */
export interface ClusterAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What kubectl prints: the server's own columns and cells. */
export interface KubernetesTable {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly creationTimestamp?: string } };
  }[];
}

/** A user of the cluster, as kubectl is one: it knows nothing of the product. */
export interface ClusterUser {
  /** Any request with a JSON body; an error status is an answer. Throws only when there is no answer. */
  ask(method: HttpRequest['method'], path: string, body?: unknown): Promise<ClusterAnswer>;
  /** Throws with the server's own words unless the answer is a success. */
  demand(method: HttpRequest['method'], path: string, body?: unknown): Promise<unknown>;
  /** A list or one object as the server shows it to people. */
  table(path: string): Promise<KubernetesTable>;
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/**
 * A user with the rights that a kubeconfig gives.
 * @throws FailureError that names everything in the kubeconfig that cannot be used
 */
export function askCluster(kubeconfig: string): ClusterUser {
  const access = parseKubeconfig(kubeconfig);
  const transport = createTransport();
  const ask: ClusterUser['ask'] = async (method, path, body) => {
    const request = { method, path, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const answer = await transport.send(access, request);
    return { status: answer.status, body: JSON.parse(answer.body) as unknown };
  };
  return {
    ask,
    demand: async (method, path, body) => {
      const answer = await ask(method, path, body);
      if (answer.status < 300) return answer.body;
      throw new Error(`${method} ${path}: ${messageOf(answer)}`);
    },
    table: async (path) => {
      const asTable = { ...access, headers: { ...access.headers, accept: TABLE } };
      const answer = await transport.send(asTable, { method: 'GET', path });
      if (answer.status !== 200) throw new Error(`GET ${path}: HTTP ${answer.status}`);
      return JSON.parse(answer.body) as KubernetesTable;
    },
  };
}

function messageOf({ status, body }: ClusterAnswer): string {
  const { message } = body as { readonly message?: string };
  return message ?? `HTTP ${status}`;
}
