import type { Action } from '../core/action.ts';
import type { Instant } from '../core/kubernetes.ts';

/** How soon an action is to be carried out among those of other pods. */
export type Urgency =
  | { readonly kind: 'later'; readonly until: Instant | undefined }
  /** What ends something goes before what starts something. */
  | { readonly kind: 'first' }
  | { readonly kind: 'inTurn' };

/** The place of an action in the queue of a node. */
export function urgencyOf(action: Action): Urgency {
  switch (action.kind) {
    case 'wait':
      return { kind: 'later', until: action.until };
    case 'stop':
    case 'removePod':
    case 'recordEnd':
    case 'giveUp':
      return { kind: 'first' };
    case 'refuse':
    case 'hold':
    case 'claim':
    case 'renewClaim':
    case 'launch':
    case 'findTask':
    case 'moveTry':
    case 'declareLost':
    case 'recover':
    case 'examineLoss':
    case 'noteEdit':
    case 'describeTask':
    case 'patchStatus':
    case 'clearFiles':
    case 'endRecord':
      return { kind: 'inTurn' };
  }
}
