import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../../infra/bundle-functions.ts';
import { settingsEnvironment } from '../support/settings-environment.ts';

/** One bundled function. */
export interface BundleFigures {
  readonly function: string;
  readonly bytes: number;
  /** The fastest of several fresh processes: whatever else the machine does only adds to it. */
  readonly importMs: number;
}

/** All functions; the time of an empty module goes with them, because only the ratio travels from machine to machine. */
export interface BundlesFigures {
  readonly bundles: readonly BundleFigures[];
  readonly emptyModuleMs: number;
}

/** How often each is imported. */
const RUNS = 7;

/** Enough environment for a function to start; nothing is called. */
const ENVIRONMENT = { ...process.env, ...settingsEnvironment() };

/** Measures size and import time of bundles; `folder` is for an empty module. */
export function measureBundles(bundles: readonly Bundle[], folder: string): BundlesFigures {
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, 'export {};\n');
  return {
    bundles: bundles.map(({ name, path, bytes }) => ({
      function: name,
      bytes,
      importMs: importTime(join(path, 'index.mjs')),
    })),
    emptyModuleMs: importTime(empty),
  };
}

function importTime(file: string): number {
  const script = `const begun = performance.now(); await import(${JSON.stringify(file)}); process.stdout.write(String(performance.now() - begun)); process.exit(0)`;
  const times = Array.from({ length: RUNS }, () => {
    const run = spawnSync('node', ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: ENVIRONMENT,
    });
    if (run.status !== 0) throw new Error(`${file} cannot be imported: ${run.stderr}`);
    return Number(run.stdout);
  });
  return Math.min(...times);
}
