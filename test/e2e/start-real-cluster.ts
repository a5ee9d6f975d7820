import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Where the program of the cluster is, or why it cannot run here. */
export type RealCluster = { readonly program: string } | { readonly missing: string };

/** A whole real control plane: API server, controllers, scheduler; no kubelet. */
export interface RunningCluster {
  /** A file, of an administrator. */
  readonly kubeconfig: string;
  /** Runs kubectl there; rejects with what it said when it fails. */
  kubectl(...argv: readonly string[]): Promise<string>;
  /** `kubectl apply` of objects. */
  apply(...objects: readonly object[]): Promise<string>;
  close(): Promise<void>;
}

/** Finds `../shared/envtest/cluster` and what it needs. */
export function findRealCluster(): RealCluster {
  const program = resolve(import.meta.dirname, '../../../shared/envtest/cluster');
  if (!existsSync(program)) return { missing: '../shared/envtest/cluster is not there' };
  const tools = { go: 'version', kubectl: 'help', openssl: 'version', python3: '--version' };
  for (const [tool, flag] of Object.entries(tools))
    if (spawnSync(tool, [flag], { timeout: 30_000 }).error) return { missing: `${tool} is not on the PATH` };
  return { program };
}

/** Starts the cluster; the first start on a machine builds it, which takes minutes. */
export async function startRealCluster(program: string): Promise<RunningCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'lambdalet-cluster-'));
  const child = spawn(program, [folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const endIt = (): void => void child.kill('SIGTERM');
  process.once('exit', endIt);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const kubeconfig = await new Promise<string | undefined>((done) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('ready: ')) done(line.slice('ready: '.length));
    });
    void ended.then(() => done(undefined));
  });
  if (kubeconfig === undefined) throw new Error(`The cluster ended while starting: ${words}`);
  const kubectl = (...argv: readonly string[]): Promise<string> => run(kubeconfig, argv);
  return {
    kubeconfig,
    kubectl,
    apply: (...objects) =>
      run(
        kubeconfig,
        ['apply', '-f', '-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      ),
    close: async () => {
      process.removeListener('exit', endIt);
      endIt();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function run(kubeconfig: string, argv: readonly string[], input?: string): Promise<string> {
  // The metrics of an API server are more than the megabyte that Node takes of a program by default.
  const options = { timeout: 90_000, maxBuffer: 64 * 1024 * 1024 };
  const started = promisify(execFile)('kubectl', ['--kubeconfig', kubeconfig, ...argv], options);
  started.child.stdin?.end(input);
  try {
    return (await started).stdout.trim();
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { readonly stderr?: string; readonly stdout?: string };
    throw new Error(`kubectl ${argv.join(' ')}: ${stderr.trim()} ${stdout.trim()}`, { cause: error });
  }
}
