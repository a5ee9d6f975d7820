import type { KindRow, World } from '../kinds/kind-row.ts';
import type { ApiObject } from '../objects/api-object.ts';
import type { WatchHub } from '../storage/watch-hub.ts';
import type { TokenSigner } from './token-signer.ts';

/** What request handlers share: the world that rules see, and what only serving needs. */
export interface ApiContext {
  readonly world: World;
  readonly kinds: readonly KindRow[];
  readonly hub: WatchHub;
  /** Lists that a continue token still points into, by storage and revision. */
  readonly snapshots: Map<string, readonly ApiObject[]>;
  /** `gitVersion` of /version. */
  readonly kubernetesVersion: string;
  /** The newest time that a request or `advance` brought. */
  readonly latest: { now: number };
  /** Who the bearer of the token is. */
  readonly user: string;
  /** The token; empty: the model is not told of any. */
  readonly token: string;
  readonly signer: TokenSigner;
}
