import type { Action } from '../core/action.ts';
import type { Instant } from '../core/kubernetes.ts';
import type { View } from '../core/view.ts';
import { claimAttempt, moveTry, renewClaim } from './claim-attempt.ts';
import type { PodDeps } from './deps.ts';
import { declareLost, examineLoss } from './declare-lost.ts';
import { findTask, launchAttempt } from './launch-attempt.ts';
import { noteEdit } from './note-edit.ts';
import { holdPod, publishStatus, refusePod, removePod } from './publish-status.ts';
import { clearFiles } from './clear-files.ts';
import { mayHaveLost, recoverRecord } from './recover-record.ts';
import { describeTask, endRecord, giveUp, recordEnd, stopTask } from './stop-task.ts';

/** The view after an action; with `pauseUntil` the fold ends there although more may be due. */
export interface Executed {
  readonly view: View;
  readonly pauseUntil?: Instant;
  /** Nothing was sent to the provider: the permission to launch is not used up. */
  readonly unsent?: true;
  /** Somebody else was faster: nothing was written, and the view is what they left. */
  readonly overtaken?: true;
}

/** Carries out one action. The only place where decisions become calls. Throws `FailureError` when nothing could be recorded. `claimer` names the invocation. */
export async function executeAction(
  action: Action,
  view: View,
  deps: PodDeps,
  claimer: string,
): Promise<Executed> {
  switch (action.kind) {
    case 'wait':
      return { view };
    case 'refuse':
      return refusePod(view, action, deps);
    case 'hold':
      return holdPod(view, action, deps);
    case 'claim':
      return claimAttempt(view, action, deps, claimer);
    case 'renewClaim':
      return renewClaim(view, deps, claimer);
    case 'launch':
      return launchAttempt(view, deps);
    case 'findTask':
      return findTask(view, deps);
    case 'moveTry':
      return moveTry(view, deps);
    case 'declareLost':
      return declareLost(view, deps);
    case 'recover':
      return recoverRecord(view, deps);
    case 'recordEnd':
      return (await mayHaveLost(view, deps)) ? recoverRecord(view, deps) : recordEnd(view, deps, claimer);
    case 'examineLoss':
      return examineLoss(view, deps);
    case 'giveUp':
      return giveUp(view, action.request, deps);
    case 'noteEdit':
      return noteEdit(view, action, deps);
    case 'stop':
      return stopTask(view, action.request, deps);
    case 'describeTask':
      return describeTask(view, deps);
    case 'patchStatus':
      return publishStatus(view, action, deps);
    case 'clearFiles':
      return clearFiles(view, deps);
    case 'removePod':
      return removePod(view, deps);
    case 'endRecord':
      return endRecord(view, action, deps);
  }
}
