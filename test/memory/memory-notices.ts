import type { Notices } from '../../lib/ports/notices.ts';

type Notice = Parameters<Notices['publish']>[0];

/** Notices that are only collected. */
export interface MemoryNotices extends Notices {
  readonly published: readonly Notice[];
}

/** A Notices port that keeps what it is given, in order. */
export function createMemoryNotices(): MemoryNotices {
  const published: Notice[] = [];
  return {
    published,
    publish: (notice) => {
      published.push(structuredClone(notice));
      return Promise.resolve();
    },
  };
}
