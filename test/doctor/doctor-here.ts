// Runs `lambdalet doctor` in this process, on a scripted AWS and a scripted API server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../lib/doctor/finding.ts';
import { cli, type Told } from '../cli/run-here.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import { startScriptServer, type ScriptServer } from '../support/script-server.ts';
import { DEPLOYMENT, healthyAws, healthyCluster, type ClusterScript } from './deployment-fixture.ts';
import { startScriptedAws, type AwsScript, type ScriptedAws } from './script-aws.ts';

type Cluster = (typeof DEPLOYMENT)['clusters'][number];
/** What of the deployment file is other than usual. */
export interface DeploymentChange {
  readonly file?: Readonly<Record<string, unknown>>;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly node?: Readonly<Record<string, unknown>>;
}

/** What is other than in a world where everything is well. */
export interface Trouble {
  readonly aws?: AwsScript;
  readonly cluster?: ClusterScript;
  readonly deployment?: DeploymentChange;
  /** Text of the secret. */
  readonly secret?: (kubeconfig: string) => string;
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** The answer of `-o json`. */
export interface DoctorReport {
  readonly isGood: boolean;
  readonly summary: Readonly<Record<string, number>>;
  readonly general: readonly Finding[];
  readonly clusters: readonly { readonly cluster: string; readonly findings: readonly Finding[] }[];
}

export interface Practice {
  readonly aws: ScriptedAws;
  readonly api: ScriptServer;
  readonly folder: string;
  /** The kubeconfig of the secret. */
  readonly kubeconfig: string;
  /** Runs the command as text. */
  run(trouble?: Trouble): Promise<Told>;
  /** Runs it, and gives the findings of one check. */
  findings(check: string, trouble?: Trouble): Promise<readonly Finding[]>;
  report(trouble?: Trouble): Promise<DoctorReport & { readonly code: number }>;
  close(): Promise<void>;
}

/** A scripted AWS and API server, well by default. */
export async function openPractice(): Promise<Practice> {
  const folder = await mkdtemp(join(tmpdir(), 'lambdalet-doctor-'));
  const certificate = makeCertificate('localhost');
  const world: { answer: ReturnType<typeof healthyCluster> } = { answer: healthyCluster(Date.now()) };
  const api = await startScriptServer((request) => world.answer(request), certificate);
  const kubeconfig = kubeconfigOf(api.url, certificate.cert);
  const aws = await startScriptedAws({});
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-canary-key');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  let count = 0;
  const run: Practice['run'] = async (trouble = {}) => {
    const now = Date.now();
    aws.change({ ...healthyAws(trouble.secret?.(kubeconfig) ?? kubeconfig, now), ...trouble.aws });
    world.answer = healthyCluster(now, trouble.cluster);
    count += 1;
    const file = join(folder, `deployment-${count}.yaml`);
    await writeFile(file, stringify(deploymentWith(trouble.deployment)));
    const environment = { AWS_ENDPOINT_URL: aws.url, ...trouble.environment };
    return cli(['doctor', '-c', file, ...(trouble.argv ?? [])], { environment });
  };
  const report: Practice['report'] = async (trouble) => {
    const { code, out, err } = await run({ ...trouble, argv: [...(trouble?.argv ?? []), '-o', 'json'] });
    if (err !== '') throw new Error(err);
    return { code, ...(JSON.parse(out) as DoctorReport) };
  };
  return {
    ...{ aws, api, folder, kubeconfig, run, report },
    findings: async (check, trouble) => {
      const { general, clusters } = await report(trouble);
      const all = [...general, ...clusters.flatMap(({ findings }) => findings)];
      return all.filter((one) => one.check === check);
    },
    close: async () => {
      vi.unstubAllEnvs();
      await Promise.all([aws.close(), api.close(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

/** The deployment with changes; `undefined` takes a key out. */
export function deploymentWith({ file, cluster, node }: DeploymentChange = {}): object {
  const [usual] = DEPLOYMENT.clusters as [Cluster];
  const nodes = [{ ...usual.nodes[0], ...node }];
  return { ...DEPLOYMENT, ...file, clusters: [{ ...usual, nodes, ...cluster }] };
}

/** With a token that is a canary: nothing may ever show it. */
export function kubeconfigOf(server: string, ca: string, user: object = { token: 'token-canary' }): string {
  const authority = Buffer.from(ca).toString('base64');
  return stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [{ name: 'x', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'x', user }],
  });
}
