import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

const WITHIN_MS = 60_000;
const LOOK_MS = 100;

/**
 * Resolves when the virtual node is Ready and, where there is a gateway, the API server knows where.
 * @throws Error with what the functions complained about when it does not become Ready in time
 */
export async function waitForNode(world: World): Promise<void> {
  const until = Date.now() + WITHIN_MS;
  while (Date.now() < until) {
    const { status, body } = await world.user.ask('GET', `/api/v1/nodes/${world.node}`);
    if (status === 200 && isReady(body) && (world.cluster.kubelet === undefined || isServed(body))) return;
    await sleep(LOOK_MS);
  }
  throw new Error(
    `Node ${world.node} is not Ready after ${WITHIN_MS / 1000} s; ${world.lastErrors()}; see ${world.log.file}`,
  );
}

function isReady(node: unknown): boolean {
  const { status } = node as {
    readonly status?: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  };
  return (
    status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
    false
  );
}

function isServed(node: unknown): boolean {
  const { status } = node as {
    readonly status?: { readonly addresses?: readonly { readonly type: string }[] };
  };
  return status?.addresses?.some(({ type }) => type === 'InternalIP') ?? false;
}
