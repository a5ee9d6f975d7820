import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROJECT = join(import.meta.dirname, '../..');
const { devDependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** A CDK app of somebody, with nothing in it but what the README says. */
let app: string;
let tarball: string;

beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'lambdalet-app-'));
  const packed = run('npm', ['pack', '--json', '--pack-destination', app], PROJECT);
  // The script `prepack` writes before the JSON.
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as [{ readonly filename: string }];
  tarball = join(app, filename);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', type: 'module' }));
  const peers = ['aws-cdk-lib', 'constructs'].map((name) => `${name}@${devDependencies[name] ?? ''}`);
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  run('npm', ['install', ...options, tarball, ...peers], app);
}, 420_000);
afterAll(() => rmSync(app, { recursive: true, force: true }));

describe('the packed package', { timeout: 180_000 }, () => {
  it('holds JavaScript, types and bundles, and neither sources nor source maps', () => {
    const folder = join(app, 'node_modules/lambdalet');
    for (const file of [
      'dist/infra/index.js',
      'dist/infra/index.d.ts',
      'dist/functions/pod-sync/index.mjs',
      'dist/lib/cli/main.js',
      'infra/deployment.schema.json',
      'infra/admission-policy.yaml',
      'infra/bootstrap.yaml',
      'examples/eks.yaml',
    ]) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
    const surplus = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        (file.endsWith('.ts') && !file.endsWith('.d.ts')) || file.endsWith('.map') || file.startsWith('test'),
    );
    expect(surplus).toEqual([]);
    // It bundles with esbuild, which the package does not bring.
    expect(existsSync(join(folder, 'dist/infra/app.js'))).toBe(false);
  });

  it('brings neither esbuild nor another CDK', () => {
    for (const name of ['esbuild', 'typescript', 'lambdalet/node_modules/aws-cdk-lib', 'vitest']) {
      expect(existsSync(join(app, 'node_modules', name)), name).toBe(false);
    }
  });

  it('synthesizes in an empty app, offline and without Docker', () => {
    writeFileSync(join(app, 'app.js'), APP);
    mkdirSync(join(app, 'bin'), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, ['app.js'], {
      cwd: app,
      encoding: 'utf8',
      // No docker, no npx: nothing but Node is found.
      env: {
        PATH: join(app, 'bin'),
        HOME: app,
        HTTPS_PROXY: 'http://127.0.0.1:9',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    expect(status, stderr).toBe(0);
    const template = JSON.parse(readFileSync(join(app, 'cdk.out/Burst.template.json'), 'utf8')) as {
      readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
    };
    const rights = readFileSync(join(app, 'cdk.out/lambdalet-prod.bootstrap.yaml'), 'utf8');
    expect(rights).toContain('name: lambdalet-prod');
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'Custom::LambdaletNode')).toHaveLength(2);
    expect(types).toContain('AWS::DynamoDB::Table');
  });

  it('has types that a strict TypeScript app takes', () => {
    writeFileSync(join(app, 'app.ts'), APP);
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const types = ['--types', 'node', '--typeRoots', join(PROJECT, 'node_modules/@types')];
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, ...types, 'app.ts'], {
      cwd: app,
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
  });

  it('brings the command, which runs without the construct', () => {
    const lambdalet = join(app, 'node_modules/.bin/lambdalet');
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(run(lambdalet, ['version'], app)).toContain(version);
    const example = join(app, 'node_modules/lambdalet/examples/kubeconfig.yaml');
    expect(run(lambdalet, ['bootstrap', '-c', example], app)).toContain('kind: ClusterRole');
    const manifest = join(PROJECT, 'test/corpus/web-with-probes.yaml');
    expect(run(lambdalet, ['explain', '-f', manifest], app)).toContain('vCPU');
  });
});

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { VirtualCluster } from 'lambdalet';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Burst');
new VirtualCluster(stack, 'Burst', {
  clusterName: 'prod',
  identityMode: 'kubeconfig',
  secret: 'lambdalet/prod/kubeconfig',
  nodes: [
    { name: 'burst-{architecture}', subnets: ['subnet-00000000000000001'], architectures: ['amd64', 'arm64'] },
  ],
});
app.synth();
`;

function run(file: string, args: readonly string[], cwd: string): string {
  return execFileSync(file, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
