import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TRANSITION } from '../../lib/core/transition.ts';
import { exportHistory } from '../../lib/history/export-history.ts';
import { readHistoryDocument } from '../../lib/history/history-document.ts';
import { readTransition, type TransitionLine } from '../../lib/history/read-line.ts';
import type { PodTraces } from '../../lib/history/read-history.ts';
import { renderHistory } from '../../lib/history/render-history.ts';
import { actsIn, tellHistory } from '../../lib/history/tell-history.ts';
import { capacity } from '../support/vocabulary-launch.ts';
import { createWorld } from '../support/vocabulary-loop.ts';
import { MINUTE, SECOND } from '../support/vocabulary.ts';

const isUpdate = process.env['UPDATE_GOLDEN'] === '1';
const UNTIL = Date.parse('2026-01-01T00:10:00Z');
const known = <T>(value: T) => ({ kind: 'known', value }) as const;

/** A pod that is refused once, runs, fails and is deleted, as the functions told of it. */
async function storyOf(): Promise<readonly TransitionLine[]> {
  const world = createWorld();
  const lines: TransitionLine[] = [];
  Object.assign(world.telemetry, {
    info: (message: string, fields: object) => {
      const at = world.clock.now();
      const by = 'event' in fields ? 'task-events' : 'pod-sync';
      const text = JSON.stringify({ message, service: by, timestamp: new Date(at).toISOString(), ...fields });
      const line =
        message === TRANSITION ? readTransition({ id: String(lines.length), at, text }) : undefined;
      if (line !== undefined) lines.push(line);
    },
  });
  world.bind({ uid: 'u-1' });
  world.provider.failNext('launch', { ...capacity, code: 'CapacityUnavailableException' });
  await world.pass();
  await world.clock.advance(MINUTE);
  await world.pass();
  await world.clock.advance(20 * SECOND);
  await world.tell(world.provider.start(world.task().task.arn));
  await world.clock.advance(5 * SECOND);
  await world.tell(world.provider.exit(world.task().task.arn, 3));
  world.kubernetes.controls.deletePod('default', 'web', 20);
  await world.pass();
  return lines;
}

function tracesOf(lines: readonly TransitionLine[], other: Partial<PodTraces> = {}): PodTraces {
  return {
    ...{ asked: { namespace: 'default', name: 'web' }, uid: 'u-1', others: [] },
    ...{ since: Date.parse('2025-12-31T23:59:00Z'), pod: known(undefined), record: known(undefined) },
    events: known([]),
    lines: { 'pod-sync': known(lines), 'task-events': known([]), 'node-teardown': known([]) },
    ...other,
  };
}

const render = (traces: PodTraces): string =>
  `${renderHistory(tellHistory(traces, 'shop'), { width: 140, paint: (_, text) => text })}\n`;

describe('the history of a pod', () => {
  it('is told as a table', async () => {
    const text = render(tracesOf(await storyOf()));
    const file = join(import.meta.dirname, 'golden', 'refused.txt');
    if (isUpdate) writeFileSync(file, text);
    else expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('tells what was seen of a task once, whoever saw it again', async () => {
    const lines = await storyOf();
    const seen = lines.filter(({ action }) => action === 'taskSeen');
    const twice = tracesOf(lines, {
      lines: { 'pod-sync': known(lines), 'task-events': known(seen), 'node-teardown': known([]) },
    });
    expect(actsIn(twice)).toHaveLength(lines.length);
  });

  it('leaves out events that follow from what is told, and tells those of others', async () => {
    const event = {
      at: Date.parse('2026-01-01T00:00:05Z'),
      type: 'Normal',
      message: 'words',
      count: 1,
      uid: 'u-1',
    };
    const events = known([
      { ...event, reason: 'Started', component: 'lambdalet' },
      { ...event, reason: 'Scheduled', component: 'default-scheduler' },
    ]);
    const told = render(tracesOf(await storyOf(), { events }));
    expect(told).toMatch(/Normal event Scheduled +words/);
    expect(told).not.toContain('Normal event Started');
    expect(render(tracesOf([], { events }))).toContain('Normal event Started');
  });

  it('says what could not be read', () => {
    const events = { kind: 'unknown', why: 'the credential may not list events' } as const;
    expect(render(tracesOf([], { events }))).toContain(
      'could not be read: events: the credential may not list events',
    );
  });
});

describe('an exported history', () => {
  it('has words of the product only: what is not known is another', async () => {
    const lines = (await storyOf()).map((line) => ({
      ...line,
      detail: { ...line.detail, ...(line.detail.cause !== undefined && { cause: 'hunter2' }) },
    }));
    const document = exportHistory(lines, { mode: 'watch', podsReady: true }, undefined, UNTIL);
    expect(JSON.stringify(document)).not.toContain('hunter2');
    expect(document.acts[0]?.cause).toBe('other');
  });

  it.each([
    ['a field of the pod', { pod: { restartPolicy: 'Always', containers: [{ name: 'c1', image: 'x' }] } }],
    ['a name', { pod: { restartPolicy: 'Always', containers: [{ name: 'main' }] } }],
    ['a format', { format: 'lambdalet.dev/history/v2' }],
    ['a kind of fact', { facts: [{ kind: 'dreamt', at: 0 }] }],
    ['a field of the document', { note: 'x' }],
  ])('that has %s that is not known is refused', async (_, change) => {
    const document = exportHistory(await storyOf(), { mode: 'watch', podsReady: true }, undefined, UNTIL);
    expect(readHistoryDocument(JSON.stringify(document))).toEqual(document);
    expect(() => readHistoryDocument(JSON.stringify({ ...document, ...change }))).toThrow();
  });

  it('cannot be made when nothing says what the pod was', async () => {
    const [, ...later] = await storyOf();
    expect(() => exportHistory(later, { mode: 'watch', podsReady: true }, undefined, UNTIL)).toThrow(
      'look further back with --since',
    );
  });
});
