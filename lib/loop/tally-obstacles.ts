import { failureOf } from '../core/failure.ts';
import type { Instant } from '../core/kubernetes.ts';
import {
  isPassedByLaunch,
  nextObstacles,
  readLaunch,
  type MetObstacle,
  type ObstacleLook,
} from '../core/node-obstacles.ts';
import type { PodRecord } from '../core/record.ts';
import type { NodeMark } from '../ports/slot.ts';
import type { SyncDeps } from './deps.ts';

/** What keeps launches of one node from succeeding, as far as this invocation has seen it; told with the marks of the node. */
export class ObstacleTally {
  readonly #node: string;
  /** Pods whose last launch met an obstacle, by UID. */
  readonly #waiting = new Map<string, MetObstacle>();
  #launchedAt: Instant = 0;
  #placedAt: Instant = 0;

  constructor(node: string) {
    this.#node = node;
  }

  /** Takes over what the record of a pod says; `undefined`: it has none (any more). */
  note(uid: string, record: PodRecord | undefined): void {
    const news = readLaunch(record);
    switch (news.kind) {
      case 'met':
        this.#waiting.set(uid, news);
        return;
      case 'launched':
        this.#launchedAt = Math.max(this.#launchedAt, news.at);
        this.#forgetPassed(uid);
        return;
      case 'placed':
        this.#launchedAt = Math.max(this.#launchedAt, news.at);
        this.#placedAt = Math.max(this.#placedAt, news.at);
        this.#waiting.delete(uid);
        return;
      case 'gone':
        this.#waiting.delete(uid);
        return;
      case 'none':
        return;
    }
  }

  #forgetPassed(uid: string): void {
    const met = this.#waiting.get(uid);
    if (met !== undefined && isPassedByLaunch(met.obstacle)) this.#waiting.delete(uid);
  }

  /** Writes what has changed, at most once a minute for the node, and returns the marks as they are then. Never throws. */
  async tell({ marks, clock, telemetry }: SyncDeps, mark: NodeMark): Promise<NodeMark> {
    const now = clock.now();
    for (const [uid, { until }] of this.#waiting) if (until <= now) this.#waiting.delete(uid);
    const obstacles = nextObstacles(mark.obstacles, this.#look(), now);
    if (obstacles === undefined || mark.closing) return mark;
    const node = this.#node;
    const { told } = obstacles;
    try {
      await marks.setObstacles(node, obstacles);
      telemetry.info('What keeps launches of the node from succeeding has changed', { node, told });
      return { ...mark, obstacles };
    } catch (thrown) {
      const failure = failureOf(thrown);
      telemetry.warn('What keeps launches of the node from succeeding could not be told', { node, failure });
      return mark;
    }
  }

  #look(): ObstacleLook {
    return {
      waiting: [...this.#waiting.values()],
      launchedAt: this.#launchedAt,
      placedAt: this.#placedAt,
    };
  }
}
