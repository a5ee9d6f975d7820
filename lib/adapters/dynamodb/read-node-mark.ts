import * as z from 'zod';
import type { NodeObstacles, ToldObstacle } from '../../core/node-obstacles.ts';
import type { NodeQuota } from '../../core/node-quota.ts';

const instant = z.number();

const quotaSchema: z.ZodType<NodeQuota> = z.object({
  share: z.object({ limit: z.number(), available: z.number() }).exactOptional(),
  unread: z.object({ since: instant, why: z.string() }).exactOptional(),
});

const toldSchema: z.ZodType<ToldObstacle> = z.object({
  since: instant,
  at: instant,
  until: instant,
  message: z.string(),
});

const obstaclesSchema: z.ZodType<NodeObstacles> = z.object({
  writtenAt: instant,
  told: z.object({
    quota: toldSchema.exactOptional(),
    capacity: toldSchema.exactOptional(),
    addresses: toldSchema.exactOptional(),
    access: toldSchema.exactOptional(),
  }),
});

/** The stored quota; one of another form counts as not read: what is not known bounds nothing. */
export function readStoredQuota(stored: unknown): NodeQuota | undefined {
  return quotaSchema.safeParse(stored).data;
}

/** The stored obstacles; those of another form count as none: they only tell people. Whoever holds the watch writes them anew. */
export function readObstacles(stored: unknown): NodeObstacles | undefined {
  return obstaclesSchema.safeParse(stored).data;
}
