import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetCode } from 'aws-cdk-lib/aws-lambda';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { packFunction } from '../../infra/pack-function.ts';
import { emptyFunctions, newApp } from './synthesize.ts';

/** What was there while the function was made, and the folder that it was in. */
function pack(flags?: Record<string, unknown>) {
  let seen: readonly (readonly [string, string])[] = [];
  let folder = '';
  const make = (code: Code): Construct => {
    if (code instanceof AssetCode) folder = code.path;
    seen = readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
    return new Construct(newApp(flags), 'Function');
  };
  const name = 'pod-sync';
  packFunction({ functionsPath: emptyFunctions(), name, files: { 'nodes.json': '[]' } }, make);
  return { seen, folder };
}

describe('the package of a function', () => {
  it('is its code and the files of its settings', () => {
    expect(pack().seen).toEqual([
      ['index.mjs', '// pod-sync a\n'],
      ['nodes.json', '[]'],
    ]);
  });

  it('is gone when it is copied', () => {
    expect(existsSync(pack().folder)).toBe(false);
  });

  it('stays where the template names it, for whoever runs the function locally', () => {
    expect(existsSync(pack({ 'aws:cdk:disable-asset-staging': true }).folder)).toBe(true);
  });
});
