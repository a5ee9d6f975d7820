import { alignColumns } from '../local/demo/format-table.ts';
import { tablesOf, type CostTable } from './estimate-tables.ts';
import type { Estimate } from './estimate.ts';

/** The report of `lambdalet cost` for a terminal. */
export function renderReport(estimate: Estimate, region: string | undefined): string {
  const { deployment, prices } = estimate;
  const nodes = deployment.nodes === 1 ? '1 node' : `${deployment.nodes} nodes`;
  const head = [
    `One cluster with ${nodes}, pod-sync with ${deployment.podSyncMemory} MB. List prices of ${prices.region}, read on`,
    `${prices.readOn}, without the free tier, taxes and discounts.${elsewhere(estimate, region)}`,
  ].join('\n');
  return [head, ...tablesOf(estimate).map(renderTable), notesOf(estimate)].join('\n\n');
}

function elsewhere({ prices }: Estimate, region: string | undefined): string {
  if (region === undefined || region === prices.region) return '';
  return ` These are not the prices of ${region}: there most are the same or some percent more.`;
}

function renderTable({ title, head, rows }: CostTable): string {
  return [title, ...alignColumns([head, ...rows]).map((line) => `  ${line}`.trimEnd())].join('\n');
}

function notesOf({ awsConfig }: Estimate): string {
  const { fromPerPod, toPerPod, usdPerItem } = awsConfig;
  return [
    'Calls are counted, not estimated: the functions of this package ran on emulators and virtual time. How long a short',
    'invocation takes is counted calls times an assumed latency, and measured computing: docs/cost.md says how.',
    'Not in it: the tasks themselves (beside: 0.25 vCPU and 0.5 GB, ten minutes a pod of a batch), logs of the pods, traffic.',
    `AWS Config, where it records network interfaces: ${fromPerPod} to ${toPerPod} items a pod at $${usdPerItem} each, in the table at ${fromPerPod}.`,
  ].join('\n');
}
