/**
 * Synthesizes every example through the CDK's command, as the README tells users to, without credentials, network and Docker, and
 * prints what came of it. Takes the bundles of `npm run build`. Fails where one fails, and where all of them take a minute.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '../..');
const EXAMPLES = join(PROJECT, 'examples');
const FUNCTIONS = join(PROJECT, 'dist/functions');
const BUDGET_SECONDS = 60;
/** The command is a process that waits for another most of the time. */
const AT_A_TIME = 2;

/** An example, synthesized. */
interface Synthesized {
  readonly name: string;
  readonly seconds: number;
  /** What the command printed, where it failed. */
  readonly failure?: string;
  readonly templates: readonly string[];
  readonly resources: number;
  readonly templateBytes: number;
  readonly assetBytes: readonly number[];
}

/** Nothing of the person's AWS configuration, a proxy that refuses, and no other program than the CDK and Node. */
export function offlineEnvironment(home: string): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    PATH: join(PROJECT, 'node_modules/.bin'),
    HOME: home,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    AWS_EC2_METADATA_DISABLED: 'true',
    CI: 'true',
  };
}

async function synthesize(name: string): Promise<Synthesized> {
  const home = mkdtempSync(join(tmpdir(), 'lambdalet-synth-'));
  const out = join(home, 'cdk.out');
  const context = [`config=${join(EXAMPLES, name)}`, `functions=${FUNCTIONS}`].flatMap((pair) => [
    '-c',
    pair,
  ]);
  const begun = performance.now();
  const { status, output } = await run('cdk', ['synth', '--quiet', '--output', out, ...context], home);
  const seconds = (performance.now() - begun) / 1000;
  try {
    return { name, seconds, ...(status === 0 ? lookAt(out) : { ...NOTHING, failure: output }) };
  } finally {
    rmSync(home, { recursive: true });
  }
}

const NOTHING = { templates: [], resources: 0, templateBytes: 0, assetBytes: [] };

function run(
  command: string,
  args: readonly string[],
  home: string,
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: PROJECT, env: offlineEnvironment(home) });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject).on('close', (status) => resolve({ status, output }));
  });
}

function lookAt(out: string): Omit<Synthesized, 'name' | 'seconds'> {
  const entries = readdirSync(out);
  const templates = entries.filter((entry) => entry.endsWith('.template.json'));
  const texts = templates.map((file) => readFileSync(join(out, file), 'utf8'));
  const assets = entries.filter((entry) => entry.startsWith('asset.'));
  return {
    templates,
    resources: sum(
      texts.map((text) => Object.keys((JSON.parse(text) as { Resources: object }).Resources).length),
    ),
    templateBytes: sum(texts.map((text) => Buffer.byteLength(text))),
    assetBytes: assets.map((asset) => sizeOf(join(out, asset))),
  };
}

function sizeOf(folder: string): number {
  return sum(readdirSync(folder).map((file) => statSync(join(folder, file)).size));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function lineOf({ name, seconds, templates, resources, templateBytes, assetBytes }: Synthesized): string {
  const kb = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;
  return (
    `${name.padEnd(18)} ${seconds.toFixed(1).padStart(5)} s  ${templates.length} stacks of ${resources} resources, ` +
    `${kb(templateBytes)}; ${assetBytes.length} assets, ${kb(sum(assetBytes))}, the largest ${kb(Math.max(0, ...assetBytes))}`
  );
}

async function main(): Promise<void> {
  const begun = performance.now();
  const waiting = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));
  const made: Synthesized[] = [];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      made.push(await synthesize(name));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const seconds = (performance.now() - begun) / 1000;
  for (const one of made.toSorted((a, b) => a.name.localeCompare(b.name))) console.log(lineOf(one));
  console.log(`all of them      ${seconds.toFixed(1).padStart(7)} s of ${BUDGET_SECONDS}`);
  for (const { name, failure } of made)
    if (failure !== undefined) console.error(`\nexamples/${name} cannot be synthesized:\n${failure}`);
  process.exitCode = seconds < BUDGET_SECONDS && made.every(({ failure }) => failure === undefined) ? 0 : 1;
}

if (import.meta.main) await main();
