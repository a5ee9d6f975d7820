import { describe, expect, it } from 'vitest';
import { findStaleSchemas, renderSchemas } from '../../events/generate-schemas.ts';

describe('the generated JSON Schemas', () => {
  it('are current (else run `node events/generate-schemas.ts`)', () => {
    expect(findStaleSchemas()).toEqual([]);
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
