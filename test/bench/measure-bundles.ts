/**
 * `npm run bench [-- --json FILE]`: the size of each bundled function and the time that Node takes to import it, as a table. Times
 * are medians of several fresh processes and come with the time of an empty module on the same machine, because only the
 * ratio travels from machine to machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFunctions } from '../../infra/bundle-functions.ts';
import { settingsEnvironment } from '../support/settings-environment.ts';

/** The budget of a function (docs/architecture.md): larger or slower ones make every cold start late. */
const BUDGET = { bytes: 2.5 * 1024 * 1024, importMs: 350 } as const;
const RUNS = 7;

/** Enough environment for a function to start; nothing is called. */
const ENVIRONMENT = { ...process.env, ...settingsEnvironment() };

interface Row {
  readonly function: string;
  readonly bytes: number;
  readonly importMs: number;
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
  return times.toSorted((left, right) => left - right)[Math.floor(RUNS / 2)] ?? Number.NaN;
}

function measure(): { readonly bundles: readonly Row[]; readonly emptyModuleMs: number } {
  const folder = mkdtempSync(join(tmpdir(), 'lambdalet-bench-'));
  try {
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, 'export {};\n');
    const bundles = bundleFunctions(join(folder, 'functions')).map(({ name, path, bytes }) => ({
      function: name,
      bytes,
      importMs: importTime(join(path, 'index.mjs')),
    }));
    return { bundles, emptyModuleMs: importTime(empty) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const measured = measure();
process.stdout.write('function            size KB   import ms   budget\n');
for (const row of measured.bundles) {
  const fits = row.bytes <= BUDGET.bytes && row.importMs <= BUDGET.importMs;
  const size = (row.bytes / 1024).toFixed(0).padStart(9);
  process.stdout.write(
    `${row.function.padEnd(16)} ${size} ${row.importMs.toFixed(0).padStart(11)}   ${fits ? 'kept' : 'BROKEN'}\n`,
  );
}
process.stdout.write(
  `an empty module imports in ${measured.emptyModuleMs.toFixed(1)} ms; medians of ${RUNS} fresh processes\n`,
);
process.stdout.write(`budget: ${BUDGET.bytes / 1024} KB and ${BUDGET.importMs} ms a function\n`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, undefined, 2)}\n`);
