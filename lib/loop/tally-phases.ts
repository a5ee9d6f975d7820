import type { Pod } from '../core/kubernetes.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** How many pods of a node are pending and how many run, by what the API server last showed of them. */
export class PhaseTally {
  readonly #pending = new Set<string>();
  readonly #running = new Set<string>();

  note({ metadata: { uid }, status }: Pod): void {
    this.forget(uid);
    const phase = status?.phase ?? 'Pending';
    if (phase === 'Pending') this.#pending.add(uid);
    if (phase === 'Running') this.#running.add(uid);
  }

  forget(uid: string): void {
    this.#pending.delete(uid);
    this.#running.delete(uid);
  }

  tell(telemetry: Pick<Telemetry, 'count'>, node: string): void {
    telemetry.count('PodsPending', this.#pending.size, node);
    telemetry.count('PodsRunning', this.#running.size, node);
  }
}
