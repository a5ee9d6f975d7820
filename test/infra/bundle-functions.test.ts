import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../infra/bundle-functions.ts';
import { FUNCTION_NAMES } from '../../infra/names.ts';

/** The budget of a function; more costs cold starts. */
const BUDGET_BYTES = 2.5 * 1024 * 1024;
const scratch = (): string => mkdtempSync(join(tmpdir(), 'lambdalet-bundle-'));

/** Sources that need what real ones need: an import, and `require` as some CommonJS dependencies call it. */
function sources(): string {
  const folder = join(scratch(), 'functions');
  mkdirSync(folder);
  for (const name of FUNCTION_NAMES) {
    writeFileSync(
      join(folder, `${name}.ts`),
      `import { join } from 'node:path';
       declare const require: (name: string) => { sep: string };
       export const handler = (): Promise<string> => Promise.resolve(join('${name}', require('node:path').sep));`,
    );
  }
  return folder;
}

describe('bundleFunctions', () => {
  it('makes one folder per function with nothing but index.mjs, and keeps the source maps apart', async () => {
    const out = join(scratch(), 'out');
    const bundles = bundleFunctions(out, sources());
    expect(bundles.map(({ name }) => name)).toEqual([...FUNCTION_NAMES]);
    for (const { name, path, bytes } of bundles) {
      expect(readdirSync(path)).toEqual(['index.mjs']);
      const code = readFileSync(join(path, 'index.mjs'));
      expect(code.byteLength).toBe(bytes);
      expect(code.toString()).not.toContain('sourceMappingURL');
      const { handler } = (await import(pathToFileURL(join(path, 'index.mjs')).href)) as {
        handler: () => Promise<string>;
      };
      expect(await handler()).toBe(`${name}/`);
    }
    expect(readdirSync(`${out}-maps`).sort()).toEqual(FUNCTION_NAMES.map((name) => `${name}.mjs.map`).sort());
  });

  it('gives the same bytes for the same sources, and leaves nothing of an earlier run', () => {
    const folder = sources();
    const out = join(scratch(), 'out');
    const first = bundleFunctions(out, folder);
    mkdirSync(join(out, 'pod-sync', 'stale'));
    expect(bundleFunctions(out, folder)).toEqual(first);
    expect(readdirSync(join(out, 'pod-sync'))).toEqual(['index.mjs']);
  });

  it('names every missing source at once', () => {
    const empty = scratch();
    expect(() => bundleFunctions(join(empty, 'out'), empty)).toThrow(
      /missing: .*node-heartbeat\.ts, .*pod-sync\.ts, .*task-events\.ts, .*node-teardown\.ts$/,
    );
  });

  it('keeps every real function within its budget', () => {
    for (const { name, bytes } of bundleFunctions(join(scratch(), 'out'))) {
      expect(bytes, `functions/${name}.ts; see what is in it with esbuild --analyze`).toBeLessThan(
        BUDGET_BYTES,
      );
    }
  });
});
