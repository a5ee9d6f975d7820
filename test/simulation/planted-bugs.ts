import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { PlantedBug } from './planted-bug.ts';
import { PLANTED_CEILING_BUGS } from './planted-ceiling-bugs.ts';
import { PLANTED_HAND_OVER_BUGS } from './planted-hand-over-bugs.ts';
import { PLANTED_POD_BUGS } from './planted-pod-bugs.ts';

const CLAIMED = 'lib/core/next-claimed-action.ts';
const EVENTS = 'lib/loop/handle-task-event.ts';

/** Every planted bug by name. Where an adapter is replaced by its twin in memory, the bug is the adapter's, planted in the twin. */
export const PLANTED_BUGS: Readonly<Record<string, PlantedBug>> = {
  'no-version-check': {
    breaks: 'an older event of a task overwrites a newer one',
    replacements: [
      {
        file: 'test/memory/memory-records.ts',
        find: '(current.task?.version ?? -1) < guard.version',
        by: 'true',
      },
    ],
    rule: 'an ended container came back to life',
    weather: 'unruly events',
    foundWithin: 60,
  },
  'no-attempt-check': {
    breaks: 'an event of an earlier attempt counts for the current one',
    replacements: [
      {
        file: EVENTS,
        find: 'if (record.attempt !== owner.attempt) return `the record is at attempt ${record.attempt}`;',
        by: '',
      },
      {
        file: 'test/memory/memory-records.ts',
        find: 'current?.attempt === guard.attempt &&',
        by: 'current &&',
      },
    ],
    rule: 'a restart count was invented',
    weather: 'unruly events',
    foundWithin: 400,
  },
  'no-uid-precondition': {
    breaks: 'DELETE removes whatever pod has the name',
    replacements: [
      {
        file: 'test/memory/memory-pods.ts',
        find: "if (!pod || pod.metadata.uid !== key.uid) return Promise.resolve('gone');",
        by: "if (!pod) return Promise.resolve('gone');",
      },
    ],
    rule: 'another pod was removed',
    weather: 'races',
    foundWithin: 400,
  },
  'stop-on-empty-list': {
    breaks: 'a pod that a list leaves out is gone, and nobody looks again by name',
    replacements: [
      {
        file: 'lib/loop/observe-node.ts',
        find: 'some.map(({ uid, namespace, name }) => observePod(deps, node, { uid, namespace, name }))',
        by: 'some.map((record: any) => viewOf(deps, node, record, { pod: undefined, record }))',
      },
      {
        file: 'lib/loop/sync-node.ts',
        find: 'this.#queue.push({ key, at: now, urgent: true });',
        by: 'this.#queue.push({ key, at: now, urgent: true, view });',
      },
    ],
    rule: 'the task of a living pod was stopped',
    weather: 'lying lists',
    foundWithin: 400,
  },
  'claim-without-condition': {
    breaks: 'a claim is written whatever the record says by now',
    replacements: [
      {
        file: 'lib/loop/claim-attempt.ts',
        find: "const guard = view.record === undefined ? ({ kind: 'absent' } as const) : stillAt(view.record);",
        by: "const current = await deps.records.get(view.node, view.key.uid); const guard = current === undefined ? ({ kind: 'absent' } as const) : stillAt(current);",
      },
    ],
    rule: 'two live tasks for one pod',
    weather: 'races',
    foundWithin: 600,
  },
  'ignore-launch-before': {
    breaks: 'a claim is sent, replayed and given up without regard to its time',
    replacements: [
      { file: CLAIMED, find: 'now < record.launchBefore - LAUNCH.sendMarginMs', by: 'true' },
      {
        file: CLAIMED,
        find: 'Math.max(record.launchBefore, record.nextTryAt ?? 0)',
        by: '(record.nextTryAt ?? 0)',
      },
      { file: CLAIMED, find: 'record.launchBefore + LAUNCH.settleMs', by: '0' },
      { file: CLAIMED, find: 'record.launchBefore + LAUNCH.deletedClaimMs', by: '0' },
      {
        file: 'lib/loop/launch-attempt.ts',
        find: 'provider.launch(pod, record, record.launchBefore, inputs)',
        by: 'provider.launch(pod, record, Infinity, inputs)',
      },
    ],
    rule: 'two live tasks for one pod',
    weather: 'races',
    foundWithin: 600,
  },
  'replay-old-token': {
    breaks: 'a launch token is sent again when ECS may have forgotten it',
    replacements: [{ file: CLAIMED, find: 'refused || now - firstSentAt >= LAUNCH.tokenMs', by: 'refused' }],
    rule: 'two tasks for one attempt',
    weather: 'long sleep',
    foundWithin: 400,
  },
  'publish-before-record': {
    breaks: 'an end is published before the record holds it',
    replacements: [
      {
        file: EVENTS,
        find: 'await advance(record, told, parsed.event, deps);',
        by: '',
      },
      {
        file: EVENTS,
        find: 'const failure = await publish(record, context, deps);',
        by: 'const failure = await publish(record, { ...context, ahead: task } as any, deps); await advance(record, told, parsed.event, deps);',
      },
      {
        file: EVENTS,
        find: 'const view = await observePod(deps, node, { uid, namespace, name });',
        by: 'const seen = await observePod(deps, node, { uid, namespace, name }); const { ahead } = context as any; const view = seen.record === undefined || (seen.record.task?.version ?? -1) >= ahead.version ? seen : { ...seen, record: { ...seen.record, task: ahead } };',
      },
    ],
    rule: 'an end was published before the record held it',
    weather: 'unruly events',
    foundWithin: 60,
  },
  ...PLANTED_CEILING_BUGS,
  ...PLANTED_POD_BUGS,
  ...PLANTED_HAND_OVER_BUGS,
};

const ROOT = new URL('../../', import.meta.url);

/**
 * Plants a bug in every module that is loaded from now on: call it before anything of the product is imported. Throws when a
 * text to replace is not there exactly once, so that no bug rots unseen.
 */
export function plantBug(name: string): void {
  const bug = PLANTED_BUGS[name];
  if (bug === undefined)
    throw new Error(`no planted bug ${name}; there are ${Object.keys(PLANTED_BUGS).join(', ')}`);
  const sources = new Map<string, string>();
  for (const { file, find, by } of bug.replacements) {
    const url = new URL(file, ROOT).href;
    const source = sources.get(url) ?? readFileSync(fileURLToPath(url), 'utf8');
    if (source.split(find).length !== 2)
      throw new Error(
        `the planted bug ${name} does not fit any more: ${file} must have exactly once: ${find}`,
      );
    sources.set(
      url,
      source.replace(find, () => by),
    );
  }
  registerHooks({
    load: (url, context, nextLoad) => {
      const source = sources.get(url);
      return source === undefined
        ? nextLoad(url, context)
        : { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}
