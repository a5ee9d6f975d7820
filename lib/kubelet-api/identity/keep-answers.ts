import type { Clock } from '../../ports/clock.ts';

/** Answers that are good for a while. */
export interface KeptAnswers<Answer> {
  /** The kept answer, else that of `ask`, which is called once for all who want it at the same time. One that throws is not kept. */
  of(key: string, ask: () => Promise<Answer>): Promise<Answer>;
}

/** How long answers are kept, in milliseconds, and how many at most: of too many the oldest goes. */
export interface KeepRules<Answer> {
  readonly lifetimeOf: (answer: Answer) => number;
  readonly most: number;
}

/** Nothing kept yet. */
export function keepAnswers<Answer>(
  clock: Pick<Clock, 'now'>,
  { lifetimeOf, most }: KeepRules<Answer>,
): KeptAnswers<Answer> {
  const kept = new Map<string, { readonly answer: Answer; readonly until: number }>();
  const asked = new Map<string, Promise<Answer>>();
  const keep = (key: string, answer: Answer): void => {
    kept.delete(key);
    for (const oldest of kept.keys()) {
      if (kept.size < most) break;
      kept.delete(oldest);
    }
    kept.set(key, { answer, until: clock.now() + lifetimeOf(answer) });
  };
  return {
    of: (key, ask) => {
      const found = kept.get(key);
      if (found !== undefined && clock.now() < found.until) return Promise.resolve(found.answer);
      const pending = asked.get(key);
      if (pending !== undefined) return pending;
      const asking = ask()
        .then((answer) => {
          keep(key, answer);
          return answer;
        })
        .finally(() => asked.delete(key));
      asked.set(key, asking);
      return asking;
    },
  };
}
