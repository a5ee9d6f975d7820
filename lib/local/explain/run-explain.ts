import { readFile, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { CommandIo } from '../../cli/command-io.ts';
import { defineCommand } from '../../cli/define-command.ts';
import { CLUSTER, CONFIG, OUTPUT, REGION } from '../../cli/option-table.ts';
import { CommandFault, UsageError } from '../../cli/usage-error.ts';
import { writeJson } from '../../cli/write-json.ts';
import { anyNode, nodeOfDeployment } from './choose-node.ts';
import type { ExplainedNode } from './choose-node.ts';
import { explainWorkload } from './explain-workload.ts';
import { findWorkloads } from './find-workloads.ts';
import { readDocuments, type Documents } from './read-documents.ts';
import { renderReport, type Report } from './render-explanation.ts';
import { scanCluster } from './scan-cluster.ts';

const WIDTH = { least: 60, unknown: 100, most: 120 } as const;

const ABOUT = `Says what manifests become on the virtual node: size, price, containers, and every field that is emulated,
ignored or refused. Asks neither AWS nor, without --kubeconfig, any cluster.`;

const NOTES = `It ends with 0 when every workload runs; with 1 when one is refused or invalid, when one depends on what cannot be
told from here, when something could not be read, or when nothing makes pods; with 2 when it cannot be asked so.`;

/** `lambdalet explain` */
export const run = defineCommand({
  name: 'explain',
  synopsis: '-f FILE [-f FILE ..] [options]',
  about: ABOUT,
  options: {
    file: {
      type: 'string',
      short: 'f',
      multiple: true,
      value: 'FILE',
      about: 'YAML or JSON, several documents, lists; - is standard input; may be repeated',
    },
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      about:
        'look through the workloads of this cluster, read-only (no Secrets, no ConfigMaps); inline credentials only, ' +
        'else: kubectl get deploy,sts,ds,cj,jobs -A -o yaml | .. -f -',
    },
    config: { ...CONFIG, about: 'a deployment file: explain for a node of it, with its settings and rules' },
    cluster: CLUSTER,
    node: {
      type: 'string',
      value: 'NAME',
      about: 'name of one node of that cluster; needed where it has several',
    },
    output: { ...OUTPUT, about: 'text (default), or json: with the task definitions' },
    arch: {
      type: 'string',
      value: 'ARCH',
      oneOf: ['amd64', 'arm64'],
      about: 'without -c: architecture of the node, amd64 (default) or arm64',
    },
    region: {
      type: 'string',
      value: 'REGION',
      like: REGION,
      about: 'Region of the list prices where no deployment file says it; us-east-1 by default',
    },
    'no-probes': {
      type: 'boolean',
      about: 'without -c: as if pod-sync were not in the VPC of the pods, so that network probes are not run',
    },
  },
  // A shell makes `-f *.yaml` into one option and many files.
  takesOperands: true,
  notes: NOTES,
  run: async (given, io, operands) => {
    const files = [...given.file, ...operands];
    const { kubeconfig, output } = given;
    if (files.length === 0 && kubeconfig === undefined)
      throw new UsageError(['There is nothing to explain: give -f FILE or --kubeconfig FILE']);
    const explained = given.config === undefined ? plainNode(given) : deployedNode(given, given.config);
    const report = explain(await gather(files, kubeconfig, io), explained);
    const width = Math.min(Math.max(io.stdout.columns ?? WIDTH.unknown, WIDTH.least), WIDTH.most);
    if (output === 'json') writeJson(io, 'Explanation', toJson(report));
    else io.stdout.write(`${renderReport(report, width)}\n`);
    return isGood(report) ? 0 : 1;
  },
});

/** What the options say of the node. */
interface NodeOptions {
  readonly config: string | undefined;
  readonly cluster: string | undefined;
  readonly node: string | undefined;
  readonly arch: 'amd64' | 'arm64' | undefined;
  readonly region: string | undefined;
  readonly 'no-probes': boolean;
}

function plainNode({
  arch = 'amd64',
  region = 'us-east-1',
  cluster,
  node,
  ...given
}: NodeOptions): ExplainedNode {
  if (cluster !== undefined || node !== undefined)
    throw new UsageError(['--cluster and --node name what is in a deployment file: give it with -c FILE']);
  return anyNode({ architecture: arch, region, probes: !given['no-probes'] });
}

function deployedNode({ cluster, node, arch, region, ...given }: NodeOptions, file: string): ExplainedNode {
  if (arch !== undefined || given['no-probes'])
    throw new UsageError([
      '--arch and --no-probes are what the deployment file says: allowed without -c only',
    ]);
  return nodeOfDeployment(file, { cluster, node, region });
}

function isGood({ explanations, unreadable }: Report): boolean {
  const runs = explanations.every(({ verdict }) => verdict === 'as is' || verdict === 'emulated');
  return runs && explanations.length > 0 && unreadable.length === 0;
}

/** What the documents become on a node. Pure. */
export function explain({ documents, beside, unreadable }: Documents, explained: ExplainedNode): Report {
  const { workloads, skipped } = findWorkloads(documents);
  const { title, ...context } = explained;
  const known = { ...context, documents: [...documents, ...beside] };
  return {
    ...(title !== undefined && { node: title }),
    explanations: workloads.map((workload) => explainWorkload(workload, known)),
    skipped,
    unreadable,
  };
}

async function gather(
  files: readonly string[],
  kubeconfig: string | undefined,
  { stdin }: Pick<CommandIo, 'stdin'>,
): Promise<Documents> {
  const found: Documents[] = [];
  for (const file of files)
    found.push(
      file === '-' ? readDocuments(await text(stdin), 'stdin') : readDocuments(await readText(file), file),
    );
  if (kubeconfig !== undefined) found.push(await scan(await readText(kubeconfig)));
  return {
    documents: found.flatMap(({ documents }) => documents),
    beside: found.flatMap(({ beside }) => beside),
    unreadable: found.flatMap(({ unreadable }) => unreadable),
  };
}

async function scan(kubeconfig: string): Promise<Documents> {
  try {
    return await scanCluster(kubeconfig);
  } catch (error) {
    throw new CommandFault(error instanceof Error ? error.message : String(error), 2, { cause: error });
  }
}

async function readText(file: string): Promise<string> {
  try {
    if ((await stat(file)).isDirectory())
      throw new Error(`it is a directory; give its files, such as ${file.replace(/\/$/, '')}/*.yaml`);
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFault(`${file} cannot be read: ${why}`, 2, { cause: error });
  }
}

function toJson({ explanations, ...rest }: Report): object {
  const workloads = explanations.map(({ workload, ...said }) => {
    const { kind, namespace, name, source, replicas } = workload;
    return { kind, namespace, name, source, replicas, ...said };
  });
  return { workloads, ...rest };
}
