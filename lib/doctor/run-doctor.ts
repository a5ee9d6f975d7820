import { DeploymentError } from '../../infra/deployment-faults.ts';
import type { Deployment } from '../../infra/deployment-schema.ts';
import { exampleValues, readDeployment } from '../../infra/read-deployment.ts';
import { clustersNamed, clustersOf } from '../cli/choose-cluster.ts';
import type { CommandIo } from '../cli/command-io.ts';
import { defineCommand } from '../cli/define-command.ts';
import { demandFile } from '../cli/demand-file.ts';
import { CLUSTER, CONFIG, OUTPUT } from '../cli/option-table.ts';
import { choosePaint } from '../cli/paint.ts';
import { packageVersion } from '../cli/read-package.ts';
import { UsageError } from '../cli/usage-error.ts';
import { writeJson } from '../cli/write-json.ts';
import { examineCluster, type Instruments } from './examine-cluster.ts';
import { CHECKS, fault, verdict, type Finding } from './finding.ts';
import { renderReports, summarise, type ClusterReport } from './render-report.ts';
import type { Subject } from './subject.ts';

const WIDTH = { least: 80, unknown: 120, most: 140 } as const;

/** `lambdalet doctor` */
export const run = defineCommand({
  name: 'doctor',
  synopsis: '-c FILE [--cluster NAME] [options]',
  about: `Looks whether account, network, cluster and deployment are as the deployment file needs them, before and after a deployment.
It only reads: nothing is changed, neither in AWS nor in the cluster, and no secret is shown.`,
  options: {
    config: CONFIG,
    cluster: { ...CLUSTER, about: 'clusterName of one cluster in it; all by default' },
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      about:
        'your own kubeconfig, which usually may see more than the functions; without it the credential of the secret is used, or on EKS your AWS identity',
    },
    context: { type: 'string', value: 'NAME', about: 'another context of it than the current one' },
    'allow-unknown': { type: 'boolean', about: 'end with 0 although something could not be looked at' },
    'iam-policy': {
      type: 'boolean',
      about: 'print the IAM policy that the checks need, as IAM takes it, and look at nothing',
    },
    output: OUTPUT,
  },
  notes: `It ends with 0 when nothing is wrong (warnings may be left), with 1 when something is, or could not be looked at, with 2 when it
was asked wrongly. AWS is found as by the AWS CLI: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and their like.`,
  run: async ({ config, kubeconfig, context, output, ...given }, io) => {
    if (given['iam-policy']) {
      io.stdout.write(`${JSON.stringify(iamPolicy(), null, 2)}\n`);
      return 0;
    }
    if (config === undefined) throw new UsageError(['there is no deployment file: give -c FILE']);
    await demandFile(config);
    if (kubeconfig !== undefined) await demandFile(kubeconfig);
    if (kubeconfig === undefined && context !== undefined)
      throw new UsageError(['--context is of a kubeconfig: give it with --kubeconfig FILE']);
    const own = kubeconfig === undefined ? undefined : { file: kubeconfig, context };
    const report = await examine(config, { ...given, kubeconfig: own }, io);
    const all = [...report.general, ...report.clusters.flatMap(({ findings }) => findings)];
    const summary = summarise(all);
    const isGood = summary.fault === 0 && (summary.unknown === 0 || given['allow-unknown']);
    if (output === 'json')
      writeJson(io, 'DoctorReport', { version: packageVersion(), config, isGood, summary, ...report });
    else {
      const width = Math.min(Math.max(io.stdout.columns ?? WIDTH.unknown, WIDTH.least), WIDTH.most);
      io.stdout.write(`${renderReports(report, { width, paint: choosePaint(io) })}\n`);
    }
    return isGood ? 0 : 1;
  },
});

interface Asked {
  readonly cluster: string | undefined;
  readonly kubeconfig: Instruments['kubeconfig'];
}

interface Report {
  /** About the deployment file. */
  readonly general: readonly Finding[];
  readonly clusters: readonly ClusterReport[];
}

async function examine(file: string, asked: Asked, { environment }: CommandIo): Promise<Report> {
  const deployment = readFile(file);
  if (!('clusters' in deployment)) return { general: deployment.faults, clusters: [] };
  const placed = clustersOf(deployment);
  const clusters: ClusterReport[] = [];
  for (const cluster of clustersNamed(placed, asked.cluster)) {
    const { settings, region, account } = cluster;
    const subject: Subject = { ...cluster, file };
    const instruments = { kubeconfig: asked.kubeconfig, environment, now: Date.now() };
    clusters.push({
      cluster: settings.cluster,
      ...(region !== undefined && { region }),
      ...(account !== undefined && { account }),
      findings: [
        ...judgeExamples(deployment, placed.indexOf(cluster)),
        ...(await examineCluster(subject, instruments)),
      ],
    });
  }
  const count = deployment.clusters.length;
  const nodes = placed.reduce((sum, { settings }) => sum + settings.nodes.length, 0);
  const good = `${file}: ${count} cluster${count === 1 ? '' : 's'}, ${nodes} node${nodes === 1 ? '' : 's'}`;
  return { general: verdict('deployment-file', [], good), clusters };
}

/** The deployment, or what is wrong with the file. */
function readFile(file: string): Deployment | { readonly faults: readonly Finding[] } {
  try {
    return readDeployment(file);
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    const problems = error.faults.map((one) => fault(one, `edit ${file}; examples/*.yaml show every form`));
    return { faults: verdict('deployment-file', problems, '') };
  }
}

/** What somebody forgot to change. */
function judgeExamples(deployment: Deployment, index: number): readonly Finding[] {
  const own = exampleValues(deployment).filter((place) => place.startsWith(`clusters[${index}].`));
  const problems = own.map((place) => fault(place, 'put your own value there'));
  return verdict('example-values', problems, 'none is left');
}

/** Everything that the checks may ask AWS for. */
function iamPolicy(): object {
  const actions = [...new Set(Object.values(CHECKS).flatMap(({ rights }) => rights))].toSorted();
  return {
    Version: '2012-10-17',
    Statement: [{ Sid: 'LambdaletDoctor', Effect: 'Allow', Action: actions, Resource: '*' }],
  };
}
