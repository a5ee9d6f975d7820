import { describe, expect, it } from 'vitest';
import { parsePodNoticeEvent, podNoticeSchema, podNoticeDetailTypes } from '../../events/pod-notice.ts';
import type { PodNoticeEvent } from '../../events/pod-notice.ts';
import { listSituations, readSample } from './read-samples.ts';

function parsed(kind: string): PodNoticeEvent {
  const result = parsePodNoticeEvent(readSample('pod-notice', kind));
  if (!result.ok) throw new Error(`events/samples/pod-notice/${kind}.json:\n${result.faults.join('\n')}`);
  return result.event;
}

function faultsOf(input: unknown): readonly string[] {
  const result = parsePodNoticeEvent(input);
  return result.ok ? [] : result.faults;
}

describe('the samples of our notices', () => {
  it('are exactly one for each kind', () => {
    expect(listSituations('pod-notice')).toEqual(Object.keys(podNoticeDetailTypes).sort());
  });

  it.each(Object.entries(podNoticeDetailTypes))('%s is published as "%s"', (kind, detailType) => {
    const notice = parsed(kind);
    expect(notice['detail-type']).toBe(detailType);
    expect(notice.detail.kind).toBe(kind);
    expect(podNoticeSchema.parse(notice.detail)).toEqual(notice.detail);
  });

  it('show the facts that belong to each kind', () => {
    expect(parsed('launched').detail.latenciesMs?.boundToLaunched).toBeGreaterThan(0);
    expect(parsed('running').detail.latenciesMs?.launchedToRunning).toBeGreaterThan(0);
    expect(parsed('restarted').detail.attempt).toBe(2);
    expect(parsed('finished').detail.exitCodes).toEqual({ web: 137 });
    expect(parsed('refused').detail.taskArn).toBeUndefined();
  });
});

describe('parsePodNoticeEvent', () => {
  it('refuses a detail-type that does not belong to the kind', () => {
    expect(faultsOf({ ...parsed('launched'), 'detail-type': 'Pod Running' })).toEqual([
      'detail.kind: is "launched"; allowed: "running"',
    ]);
  });

  it('refuses an unknown detail-type', () => {
    expect(faultsOf({ ...parsed('launched'), 'detail-type': 'Pod Exploded' })).toEqual([
      expect.stringMatching(/^detail-type: is "Pod Exploded"; allowed: .*'Pod Launched' \| 'Pod Running'/),
    ]);
  });

  it('is strict and names every fault at once', () => {
    const notice = parsed('running');
    const bad = {
      ...notice,
      detail: { ...notice.detail, schemaVersion: 2, attempt: 1.5, env: { PASSWORD: 'x' } },
    };
    expect(faultsOf(bad)).toEqual([
      'detail.schemaVersion: is 2; allowed: 1',
      'detail.attempt: is 1.5; allowed: int',
      'detail: has unknown env; allowed: only the fields of the schema',
    ]);
  });

  it('accepts a replayed notice', () => {
    expect(faultsOf({ ...parsed('running'), 'replay-name': 'after-the-outage' })).toEqual([]);
  });
});
