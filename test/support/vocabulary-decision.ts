import { expect, it } from 'vitest';
import type { Action } from '../../lib/core/action.ts';
import type { Instant } from '../../lib/core/kubernetes.ts';
import { nextAction } from '../../lib/core/next-action.ts';
import type { Caller, View } from '../../lib/core/view.ts';
import { holder, NOW } from './vocabulary.ts';

/** One rule: when this is seen (by the holder unless said), then this is done. */
export interface Rule {
  readonly when: string;
  readonly view: View;
  readonly caller?: Caller;
  /** When; by default {@link NOW}. */
  readonly at?: Instant;
  /** At least these fields of the action. */
  readonly then: Partial<Action>;
}

/** Tests each rule of a table. */
export function decides(rules: readonly Rule[]): void {
  it.each(rules)('$when', ({ view, caller = holder, at = NOW, then }) => {
    expect(nextAction(view, at, caller)).toMatchObject(then);
  });
}

/** Nothing is to be done until something changes. */
export const nothing = { kind: 'wait', until: undefined } as const;
