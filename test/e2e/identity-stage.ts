import type { BootstrapInput } from '../../infra/render-bootstrap.ts';
import { type LogLine, readLogLine } from '../../lib/local/world/open-log.ts';
import { waitForNode } from '../../lib/local/world/wait-for-node.ts';
import type { World } from '../../lib/local/world/world.ts';
import { giveRights } from './issue-credentials.ts';
import type { RunningCluster } from './start-real-cluster.ts';
import { openUnready } from './world-under-test.ts';

/** A virtual cluster that lives with the rights that were rendered for it, and with no others. */
export interface IdentityStage {
  readonly cluster: RunningCluster;
  readonly world: World;
  readonly input: BootstrapInput;
  /** What the functions logged of rights and credentials that they lack. */
  readonly refusals: readonly LogLine[];
  /** What their secret holds now. */
  stored(): string;
}

/** The name of the secret with their credential. */
const SECRET = 'lambdalet/test/identity';

/**
 * Gives the rights and opens a world whose functions have nothing but them.
 * @param credential makes what their secret holds, once the rights are there
 */
export async function openStage(
  cluster: RunningCluster,
  input: BootstrapInput,
  credential: () => Promise<string>,
): Promise<IdentityStage> {
  await giveRights(cluster, input);
  const text = await credential();
  const refusals: LogLine[] = [];
  // What is a group on EKS is one by a client certificate here: no authenticator of EKS runs on this cluster.
  const kind = input.identityMode === 'token' ? 'token' : 'kubeconfig';
  const identity = { kind, secret: SECRET, impersonateNodes: input.impersonateNodes };
  const world = await openUnready({
    ...{ cluster: { kind: 'foreign', kubeconfig: cluster.kubeconfig }, node: input.nodeNames[0] ?? '' },
    settings: { LAMBDALET_IDENTITY: JSON.stringify(identity) },
    onLine: (line) => {
      const read = readLogLine(line);
      if (read !== undefined && isRefusal(read)) refusals.push(read);
    },
  });
  const { secretsManager } = world.models;
  const ask = (operation: string, rest: object): unknown =>
    secretsManager.handle(operation, rest, Date.now());
  ask('CreateSecret', { Name: SECRET, SecretString: text });
  try {
    await waitForNode(world);
  } catch (error) {
    await world.close();
    throw error;
  }
  // Those of the beats that came before the secret.
  refusals.length = 0;
  const stored = (): string =>
    (ask('GetSecretValue', { SecretId: SECRET }) as { readonly SecretString: string }).SecretString;
  return { cluster, world, input, refusals, stored };
}

function isRefusal({ failure }: LogLine): boolean {
  return ((failure ?? {}) as { readonly kind?: string }).kind === 'auth';
}
