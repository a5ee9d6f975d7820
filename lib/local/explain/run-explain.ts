import { readFile, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { TaskSettings } from '../../providers/ecs-fargate/plan/to-task-definition.ts';
import { explainWorkload, type ExplainContext } from './explain-workload.ts';
import { findWorkloads } from './find-workloads.ts';
import { readDocuments, type Documents } from './read-documents.ts';
import { readExplainOptions, type ExplainOptions } from './read-explain-options.ts';
import { renderReport, type Report } from './render-explanation.ts';
import { scanCluster } from './scan-cluster.ts';

/** What the command has of its process. */
export interface ExplainIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** `columns`: of a terminal. */
  readonly stdout: { write(text: string): unknown; readonly columns?: number };
  readonly stderr: { write(text: string): unknown };
}

/** Names of a deployment that is none: they only fill places in the task definition. */
const SETTINGS: TaskSettings = {
  cluster: 'example',
  logGroup: '/lambdalet/example/pods',
  executionRole: 'arn:aws:iam::111122223333:role/lambdalet-example-execution',
  filesBucket: 'lambdalet-example-files',
};
const WIDTH = { least: 60, unknown: 100, most: 120 } as const;

/** `npm run explain`: the exit code. 0: every workload runs; 1: one does not, or nobody knows; 2: it could not be asked so. */
export async function runExplain(argv: readonly string[], io: ExplainIo): Promise<number> {
  const reading = readExplainOptions(argv);
  if (reading.kind === 'say') {
    (reading.exitCode === 0 ? io.stdout : io.stderr).write(`${reading.text}\n`);
    return reading.exitCode;
  }
  const { options } = reading;
  try {
    const report = explain(await gather(options, io), options);
    const width = Math.min(Math.max(io.stdout.columns ?? WIDTH.unknown, WIDTH.least), WIDTH.most);
    io.stdout.write(options.output === 'json' ? renderJson(report) : `${renderReport(report, width)}\n`);
    return isGood(report) ? 0 : 1;
  } catch (error) {
    io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

function isGood({ explanations, unreadable }: Report): boolean {
  const runs = explanations.every(({ verdict }) => verdict === 'as is' || verdict === 'emulated');
  return runs && explanations.length > 0 && unreadable.length === 0;
}

/** What the documents become on a node with every default. Pure. */
export function explain(
  { documents, beside, unreadable }: Documents,
  options: Pick<ExplainOptions, 'architecture' | 'region' | 'probes'>,
): Report {
  const { workloads, skipped } = findWorkloads(documents);
  const context = contextOf(options, [...documents, ...beside]);
  return {
    explanations: workloads.map((workload) => explainWorkload(workload, context)),
    skipped,
    unreadable,
  };
}

async function gather({ files, kubeconfig }: ExplainOptions, { stdin }: ExplainIo): Promise<Documents> {
  const found: Documents[] = [];
  for (const file of files)
    found.push(
      file === '-' ? readDocuments(await text(stdin), 'stdin') : readDocuments(await readText(file), file),
    );
  if (kubeconfig !== undefined) found.push(await scanCluster(await readText(kubeconfig)));
  return {
    documents: found.flatMap(({ documents }) => documents),
    beside: found.flatMap(({ beside }) => beside),
    unreadable: found.flatMap(({ unreadable }) => unreadable),
  };
}

async function readText(file: string): Promise<string> {
  try {
    if ((await stat(file)).isDirectory())
      throw new Error(`it is a directory; give its files, such as ${file.replace(/\/$/, '')}/*.yaml`);
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${file} cannot be read: ${why}`, { cause: error });
  }
}

/** A node and a deployment with every default, as the options have them. */
export function contextOf(
  { architecture, region, probes }: Pick<ExplainOptions, 'architecture' | 'region' | 'probes'>,
  documents: ExplainContext['documents'] = [],
): ExplainContext {
  const node: NodeSettings = {
    name: 'fargate',
    architecture,
    capacity: { cpu: '1000', memory: '8000Gi', pods: '1000', 'ephemeral-storage': '100Ti' },
    labels: {},
    taints: [],
    subnets: ['subnet-0123456789abcdef0'],
    securityGroups: [],
    assignPublicIp: false,
    capacityType: 'on-demand',
    region,
    podsReady: true,
  };
  return { node, settings: { ...SETTINGS, probes }, documents };
}

function renderJson({ explanations, skipped, unreadable }: Report): string {
  const workloads = explanations.map(({ workload, ...rest }) => {
    const { kind, namespace, name, source, replicas } = workload;
    return { kind, namespace, name, source, replicas, ...rest };
  });
  return `${JSON.stringify({ workloads, skipped, unreadable }, null, 2)}\n`;
}
