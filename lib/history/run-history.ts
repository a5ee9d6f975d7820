import { writeFile } from 'node:fs/promises';
import type { Instant } from '../core/kubernetes.ts';
import { shapeOf } from '../core/pod-shape.ts';
import { defineCommand } from '../cli/define-command.ts';
import { OUTPUT, type ValueRule } from '../cli/option-table.ts';
import { CommandFault } from '../cli/usage-error.ts';
import { choosePaint } from '../cli/paint.ts';
import { writeJson } from '../cli/write-json.ts';
import { knownOf } from '../why/evidence.ts';
import { openDeployment, PLACE_OPTIONS, podNamed, type OpenDeployment } from '../why/open-deployment.ts';
import { exportHistory } from './export-history.ts';
import { readTraces, type PodTraces } from './read-history.ts';
import { renderHistory } from './render-history.ts';
import { actsIn, tellHistory } from './tell-history.ts';

const WIDTH = { least: 100, unknown: 140, most: 180 } as const;
const DURATION: ValueRule = {
  pattern: /^\d{1,5}(s|m|h|d)$/,
  allowed: 'a duration such as 30m, 12h or 7d',
};
const UID: ValueRule = { pattern: /^[0-9A-Za-z-]{1,64}$/, allowed: 'the metadata.uid of a pod' };

/** `lambdalet history` */
export const run = defineCommand({
  name: 'history',
  synopsis: 'NAMESPACE/POD -c FILE [--cluster NAME] [options]',
  about: `Tells every transition of a pod with its time and cause: what the functions did for it, what they saw of its tasks and what
they published, by their own log lines, merged with the pod's events. Also of a pod that is gone. It only reads.`,
  options: {
    uid: {
      type: 'string',
      value: 'UID',
      about: 'of several pods that had the name; default: the youngest',
      like: UID,
    },
    since: {
      type: 'string',
      value: 'DURATION',
      about: 'how far back to look; default: since the pod was made, a day for one that is gone',
      like: DURATION,
    },
    export: {
      type: 'string',
      value: 'FILE',
      about: 'write it as a document without names, words, addresses and dates, to show and to replay',
    },
    ...PLACE_OPTIONS,
    output: OUTPUT,
  },
  takesOperands: true,
  notes: `The lines are kept for functionLogRetentionDays. It needs logs:FilterLogEvents on the log groups of the functions, and
the rights of lambdalet why. It ends with 0 when there is something to tell, with 1 when there is not, with 2 when it
was asked wrongly.`,
  run: async ({ uid, since, output, export: file, ...place }, io, operands) => {
    const asked = podNamed(operands);
    const { sources, deployment, settings } = await openDeployment(place, io);
    const now = Date.now();
    const query = { asked, uid, since: since === undefined ? undefined : now - millisecondsOf(since) };
    const traces = await readTraces(sources, deployment, query, now);
    if (file !== undefined) await exportTo(file, { traces, until: now }, settings);
    const report = tellHistory(traces, deployment.cluster);
    if (output === 'json') writeJson(io, 'PodHistory', report);
    else {
      const width = Math.min(Math.max(io.stdout.columns ?? WIDTH.unknown, WIDTH.least), WIDTH.most);
      io.stdout.write(`${renderHistory(report, { width, paint: choosePaint(io) })}\n`);
    }
    return report.rows.length === 0 ? 1 : 0;
  },
});

async function exportTo(
  file: string,
  { traces, until }: { readonly traces: PodTraces; readonly until: Instant },
  { mode, nodes }: OpenDeployment['settings'],
): Promise<void> {
  const acts = actsIn(traces);
  const pod = knownOf(traces.pod);
  const podsReady = nodes.find(({ name }) => name === acts[0]?.node)?.podsReady ?? true;
  try {
    const shape = pod === undefined ? undefined : shapeOf(pod);
    const document = exportHistory(acts, { mode, podsReady }, shape, until);
    await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFault(`the history cannot be exported to ${file}: ${why}`, 1);
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function millisecondsOf(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNITS[duration.slice(-1)] ?? 0);
}
