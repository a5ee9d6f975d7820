import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { FUNCTION_NAMES } from './names.ts';
import type { FunctionName } from './names.ts';

/** One function, bundled: the folder at `path` is the whole asset. */
export interface Bundle {
  readonly name: FunctionName;
  /** Absolute path of the folder that holds `index.mjs` and nothing else. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of `index.mjs`, hex. */
  readonly hash: string;
}

const PROJECT = resolve(import.meta.dirname, '..');
/** Some CommonJS dependencies call `require`, which ES modules do not have; a name of our own cannot clash with theirs. */
const REQUIRE_SHIM =
  "import { createRequire as lambdaletCreateRequire } from 'node:module'; const require = lambdaletCreateRequire(import.meta.url);";

/**
 * Bundles every function into `<outDir>/<name>/index.mjs` (ESM, minified, with its SDK: a fixed version, and faster to load than
 * the copy of the runtime). Source maps go to `<outDir>-maps/<name>.mjs.map`, outside of what is uploaded. The same
 * sources give the same bytes.
 *
 * @param outDir - emptied first
 * @param sourceDir - where `<name>.ts` are
 * @throws Error that names every missing source at once, or with esbuild's own message
 */
export function bundleFunctions(
  outDir: string,
  sourceDir: string = join(PROJECT, 'functions'),
): readonly Bundle[] {
  const missing = FUNCTION_NAMES.map((name) => join(sourceDir, `${name}.ts`)).filter(
    (file) => !existsSync(file),
  );
  if (missing.length > 0) {
    throw new Error(
      `These functions cannot be bundled, because their sources are missing: ${missing.join(', ')}`,
    );
  }
  const out = resolve(outDir);
  const maps = `${out}-maps`;
  rmSync(out, { recursive: true, force: true });
  rmSync(maps, { recursive: true, force: true });
  mkdirSync(maps, { recursive: true });
  return FUNCTION_NAMES.map((name) => {
    const { code, map } = buildFunction(join(sourceDir, `${name}.ts`));
    const path = join(out, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'index.mjs'), code);
    writeFileSync(join(maps, `${name}.mjs.map`), map);
    return { name, path, bytes: code.byteLength, hash: createHash('sha256').update(code).digest('hex') };
  });
}

/** The programs of the gateway, each in the folder of its name beside those of the functions. */
const GATEWAY_PROGRAMS = { gateway: 'main.ts', 'gateway-loader': 'load-gateway.ts' } as const;

/**
 * Bundles the gateway into `<outDir>/gateway/index.mjs`, and what loads it into `<outDir>/gateway-loader/index.mjs`, as the functions are
 * bundled. Both are made whether or not a deployment has a gateway: the package brings them.
 */
export function bundleGateway(outDir: string): void {
  for (const [name, source] of Object.entries(GATEWAY_PROGRAMS)) {
    const { code, map } = buildFunction(join(PROJECT, 'lib/gateway', source), name === 'gateway-loader');
    mkdirSync(join(outDir, name), { recursive: true });
    writeFileSync(join(outDir, name, 'index.mjs'), code);
    mkdirSync(`${outDir}-maps`, { recursive: true });
    writeFileSync(join(`${outDir}-maps`, `${name}.mjs.map`), map);
  }
}

/** @param isInTemplate - it is a text of a template, where CloudFormation would take `${..}` for a parameter */
function buildFunction(
  source: string,
  isInTemplate = false,
): { readonly code: Uint8Array; readonly map: Uint8Array } {
  const { outputFiles } = buildSync({
    entryPoints: [source],
    outfile: 'index.mjs',
    absWorkingDir: PROJECT,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    sourcemap: 'external',
    // The ESM entry of a package shakes: half the size of its CommonJS entry.
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE_SHIM },
    legalComments: 'none',
    ...(isInTemplate && { supported: { 'template-literal': false } }),
    logLevel: 'error',
  });
  const find = (end: string): Uint8Array => {
    const file = outputFiles.find(({ path }) => path.endsWith(end));
    if (file === undefined) throw new Error(`esbuild made no ${end} of ${source}`);
    return file.contents;
  };
  return { code: find('index.mjs'), map: find('index.mjs.map') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = join(PROJECT, 'dist', 'functions');
  for (const { name, path, bytes } of bundleFunctions(out)) {
    console.log(
      `${name.padEnd(16)} ${(bytes / 1024).toFixed(0).padStart(6)} KB  ${relative(process.cwd(), path)}`,
    );
  }
  bundleGateway(out);
}
