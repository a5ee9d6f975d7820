import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findStaleSchemas, renderSchemas } from '../../events/generate-schemas.ts';

describe('the generated JSON Schemas', () => {
  it('are current (else run `node events/generate-schemas.ts`)', () => {
    expect(findStaleSchemas()).toEqual([]);
  });

  it('are checked by the command too', () => {
    const script = new URL('../../events/generate-schemas.ts', import.meta.url);
    expect(execFileSync('node', [script.pathname, '--check'], { encoding: 'utf8' })).toBe('');
  });

  it('are stale when they are missing or differ', () => {
    const folder = mkdtempSync(join(tmpdir(), 'schemas-'));
    writeFileSync(join(folder, 'pod-notice.schema.json'), '{}');
    const [ecsEvent = ''] = renderSchemas().values();
    expect(findStaleSchemas(pathToFileURL(`${folder}/`))).toHaveLength(2);
    writeFileSync(join(folder, 'ecs-task-state-change.schema.json'), ecsEvent);
    expect(findStaleSchemas(pathToFileURL(`${folder}/`))).toEqual(['pod-notice.schema.json']);
  });

  it('exist for every event that is read or published', () => {
    expect([...renderSchemas().keys()]).toEqual([
      'ecs-task-state-change.schema.json',
      'pod-notice.schema.json',
    ]);
  });

  it('leave the ECS event open and keep our own notices closed', () => {
    const texts = renderSchemas();
    expect(JSON.parse(texts.get('ecs-task-state-change.schema.json') ?? '')).toMatchObject({
      additionalProperties: {},
    });
    const notice = JSON.parse(texts.get('pod-notice.schema.json') ?? '') as {
      oneOf: { additionalProperties: unknown }[];
    };
    expect(notice.oneOf.map((kind) => kind.additionalProperties)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
