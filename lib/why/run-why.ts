import { defineCommand } from '../cli/define-command.ts';
import { OUTPUT } from '../cli/option-table.ts';
import { choosePaint } from '../cli/paint.ts';
import { writeJson } from '../cli/write-json.ts';
import { openDeployment, PLACE_OPTIONS, podNamed } from './open-deployment.ts';
import { readEvidence } from './read-evidence.ts';
import { renderWhy } from './render-why.ts';
import { reportOn } from './why-report.ts';

const WIDTH = { least: 80, unknown: 120, most: 140 } as const;

/** `lambdalet why` */
export const run = defineCommand({
  name: 'why',
  synopsis: 'NAMESPACE/POD -c FILE [--cluster NAME] [options]',
  about: `Says why a pod is as it is: what it waits for, what failed, what the controller does next with it, and what to do.
It only reads: nothing is changed, neither in AWS nor in the cluster, and no environment and no secret is shown.`,
  options: {
    ...PLACE_OPTIONS,
    output: OUTPUT,
  },
  takesOperands: true,
  notes: `What cannot be read is said, and the answer goes on with the rest. It ends with 0 when there is an answer, also about
a pod that is gone and is remembered; with 1 when no node knows such a pod, or the pod or its record could not be read; with 2
when it was asked wrongly. AWS is found as by the AWS CLI.`,
  run: async ({ config, cluster, kubeconfig, context, table, output }, io, operands) => {
    const asked = podNamed(operands);
    const { sources, deployment } = await openDeployment({ config, cluster, kubeconfig, context, table }, io);
    const evidence = await readEvidence(sources, deployment, asked);
    const report = reportOn(evidence, Date.now());
    if (output === 'json') writeJson(io, 'WhyReport', report);
    else {
      const width = Math.min(Math.max(io.stdout.columns ?? WIDTH.unknown, WIDTH.least), WIDTH.most);
      io.stdout.write(`${renderWhy(report, { width, paint: choosePaint(io) })}\n`);
    }
    return report.verdict.isAnswer ? 0 : 1;
  },
});
