import type { Instant } from '../core/kubernetes.ts';
import type { NodePage } from './observe-node.ts';
import { liveTaskOf, type LiveTask } from './refresh-tasks.ts';

/** A record that has ended, and when its time was over. */
interface ExpiredRecord {
  readonly node: string;
  readonly uid: string;
  readonly expiresAt: Instant;
}

/** What is kept of all pages of a look at a node: little of each pod, however many there are. */
export class NodeCensus {
  #pods = 0;
  #missed = 0;
  readonly #live: LiveTask[] = [];
  readonly #expired: ExpiredRecord[] = [];
  readonly #specHashes = new Set<string>();
  readonly #definitions = new Set<string>();

  add({ views, missed, expired }: NodePage): void {
    this.#missed += missed;
    for (const { node, uid, expiresAt } of expired)
      if (expiresAt !== undefined) this.#expired.push({ node, uid, expiresAt });
    for (const view of views) {
      if (view.pod !== undefined) this.#pods += 1;
      const live = liveTaskOf(view);
      if (live !== undefined) this.#live.push(live);
      if (view.record === undefined || view.record.state === 'ended') continue;
      this.#specHashes.add(view.record.specHash);
      if (view.record.taskDefinition !== undefined) this.#definitions.add(view.record.taskDefinition);
    }
  }

  /** Pods that were seen. */
  get pods(): number {
    return this.#pods;
  }

  /** Pods that live although the list left them out. */
  get missed(): number {
    return this.#missed;
  }

  /** Tasks that should be alive. */
  get live(): readonly LiveTask[] {
    return this.#live;
  }

  /** Records whose time is over. */
  get expired(): readonly ExpiredRecord[] {
    return this.#expired;
  }

  /** Whether a record that has not ended needs this task definition. */
  uses({ specHash, name }: { readonly specHash: string; readonly name: string }): boolean {
    return this.#specHashes.has(specHash) || this.#definitions.has(name);
  }
}
