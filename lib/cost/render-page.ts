import { estimateAnotherNode, type NodeEstimate } from './another-node.ts';
import { CPU_MS, PLATFORM_LINES_BYTES, sumOf, type BillPart } from './bill.ts';
import type { Counted } from './count-deployment.ts';
import { MODES, type Mode, type StoryCounts } from './count-stories.ts';
import { tablesOf, usd, type CostTable } from './estimate-tables.ts';
import { estimate, type Estimate } from './estimate.ts';
import { CONFIG_ITEMS, type CostedDeployment } from './fixed-parts.ts';
import { OPERATION_PRICES } from './prices/operation-prices.ts';
import { PRICE_LIST, PRICES } from './prices/price-list.ts';
import { LATENCY } from './world/latency.ts';
import { POLLERS } from './world/poll-queue.ts';

/** What the page is made of: every story of one node, and the idle hour of two. */
export type PageCounts = Readonly<Record<Mode, StoryCounts & { readonly twoNodes: Counted }>>;

/** One node with every default. */
export const DEFAULT_DEPLOYMENT: CostedDeployment = {
  ...{ nodes: 1, podSyncMemory: 256 },
  ...{
    alarms: true,
    dashboard: true,
    secret: true,
    behindNat: false,
    gateway: 'none' as const,
    containerInsights: false,
  },
};

/** Below this a part of a node says nothing. */
const LEAST_OF_NODE_USD = 5e-4;
const MARKED = /(<!-- generated: ([\w-]+) -->\n)[^]*?(<!-- end of generated -->)/g;

/** The page with everything between its markers made anew of the counts. Throws for a marker that nothing is known for. */
export function renderPage(page: string, counts: PageCounts): string {
  const blocks = blocksOf(counts);
  return page.replace(MARKED, (_, begin: string, name: string, end: string) => {
    const block = blocks[name];
    if (block === undefined) throw new Error(`docs/cost.md: nothing is generated for the marker ${name}`);
    return `${begin}\n${block}\n\n${end}`;
  });
}

function blocksOf(counts: PageCounts): Readonly<Record<string, string>> {
  const result = estimate(counts, DEFAULT_DEPLOYMENT);
  const nodes = nodesOf(counts);
  const [idle, apart, pods, examples] = tablesOf(result).map(renderTable);
  return {
    ...{ idle: idle ?? '', apart: apart ?? '', pods: pods ?? '', examples: examples ?? '' },
    formula: renderFormula(result, nodes),
    node: renderTable(nodeTable(nodes)),
    memory: renderTable(memoryTable(counts)),
    calls: renderTable(callTable(result)),
    durations: renderTable(durationTable(result)),
    assumptions: renderAssumptions(),
    prices: renderTable(priceTable()),
    config: renderConfig(),
  };
}

function renderTable({ head, rows }: CostTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

type NodeEstimates = Readonly<Record<Mode, NodeEstimate>>;

function nodesOf(counts: PageCounts): NodeEstimates {
  const of = (mode: Mode): NodeEstimate =>
    estimateAnotherNode(counts[mode].idle.counted, counts[mode].twoNodes, DEFAULT_DEPLOYMENT);
  return { watch: of('watch'), economy: of('economy') };
}

function nodeTable(nodes: NodeEstimates): CostTable {
  const parts = [...new Set(MODES.flatMap((mode) => nodes[mode].lines.map(({ part }) => part)))];
  const usdOf = (mode: Mode, part: BillPart): number => sumOf(nodes[mode].lines, (one) => one === part);
  const row = (what: string, read: (mode: Mode) => number): readonly string[] => [
    what,
    ...MODES.map((mode) => usd(read(mode))),
  ];
  return {
    title: '',
    head: ['each node beyond the first', 'watch: USD a month', 'economy: USD a month'],
    rows: [
      row('control loop', (mode) => nodes[mode].usdPerMonth),
      ...parts
        .filter((part) => MODES.some((mode) => usdOf(mode, part) >= LEAST_OF_NODE_USD))
        .map((part) => row(`  of it ${part}`, (mode) => usdOf(mode, part))),
      row('apart: its metrics and alarms, log lines', (mode) => nodes[mode].apartUsdPerMonth),
    ],
  };
}

function renderFormula({ idle, pods }: Estimate, nodes: NodeEstimates): string {
  const term = (mode: Mode): string => {
    const { usdPerMonth = 0 } = idle[mode] ?? {};
    const { usdPerPod = 0, usdPerRunningPodMonth = 0 } = pods[mode] ?? {};
    const perPod = (usdPerPod * 1e6).toFixed(0);
    const perNode = nodes[mode].usdPerMonth.toFixed(2);
    return `${mode.padEnd(8)} USD a month = ${usdPerMonth.toFixed(2).padStart(5)} + ${perNode} x (nodes - 1) + ${perPod} x pods a month / 1,000,000 + ${usdPerRunningPodMonth.toFixed(4)} x pods that run`;
  };
  const crossing = crossingOf(idle, pods);
  return ['```', term('watch'), term('economy'), '```', '', crossing].join('\n');
}

function crossingOf(idle: Estimate['idle'], pods: Estimate['pods']): string {
  const saved = (idle.watch?.usdPerMonth ?? 0) - (idle.economy?.usdPerMonth ?? 0);
  const perPod = (pods.economy?.usdPerRunningPodMonth ?? 0) - (pods.watch?.usdPerRunningPodMonth ?? 0);
  const many = Math.round(saved / perPod / 10) * 10;
  return `In economy mode every pass reads every record, so that from some ${many} running pods on watch mode is the cheaper one, too.`;
}

function memoryTable(counts: PageCounts): CostTable {
  const rows = [256, 512, 1024].map((podSyncMemory) => {
    const { idle } = estimate(counts, { ...DEFAULT_DEPLOYMENT, podSyncMemory });
    const usd = (mode: Mode): string => (idle[mode]?.usdPerMonth ?? 0).toFixed(2);
    return [`${podSyncMemory} MB`, usd('watch'), usd('economy')];
  });
  return { title: '', head: ['`podSyncMemory`', 'watch: USD a month', 'economy: USD a month'], rows };
}

function callTable({ idle }: Estimate): CostTable {
  const names = [...new Set(Object.values(idle).flatMap(({ counted }) => Object.keys(counted.calls)))].sort();
  const of = (mode: Mode, name: string): string => {
    const { counted } = idle[mode] ?? {};
    return String(counted?.calls[name]?.calls ?? 0);
  };
  return {
    title: '',
    head: ['call', 'billed as', 'watch: an hour', 'economy: an hour'],
    rows: names.map((name) => [
      ...[`\`${name}\``, OPERATION_PRICES[name] ?? ''],
      ...[of('watch', name), of('economy', name)],
    ]),
  };
}

function durationTable({ idle }: Estimate): CostTable {
  const modes = Object.entries(idle);
  return {
    title: '',
    head: ['function', 'mode', 'invocations', 'held: s', 'the others waited: s', 'and requested'],
    rows: modes.flatMap(([mode, { counted }]) =>
      Object.entries(counted.functions)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { invocations, heldMs, waitedMs, requests }]) => [
          ...[`\`${name}\``, mode, String(invocations)],
          ...[heldMs, waitedMs].map((ms) => (ms / 1000).toFixed(1)),
          String(requests),
        ]),
    ),
  };
}

function renderAssumptions(): string {
  const { kubernetes, dynamodb, runTask, other } = LATENCY;
  return [
    `- Latency of an answer: API server ${kubernetes} ms, DynamoDB ${dynamodb} ms, RunTask ${runTask} ms, all others ${other} ms.`,
    `- Computing, on one whole vCPU: ${CPU_MS.invocation} ms an invocation and ${CPU_MS.request} ms a request (measured: 0.5 to 0.9 ms).`,
    '  A function has memory / 1,769 MB of a vCPU, so that at 256 MB the same takes seven times as long.',
    `- Lambda long-polls each queue with ${POLLERS} connections, 20 s each; a message ends the wait of one of them.`,
    `- START, END and REPORT of an invocation: ${PLATFORM_LINES_BYTES} bytes.`,
  ].join('\n');
}

function priceTable(): CostTable {
  return {
    title: '',
    head: ['what', `USD (${PRICE_LIST.region}, read ${PRICE_LIST.readOn})`, 'source'],
    rows: Object.values(PRICES).map(({ usd, per, unit, source }) => [
      ...[unit, per === 1 ? String(usd) : `${usd} for ${per.toLocaleString('en-US')}`, source],
    ]),
  };
}

function renderConfig(): string {
  const { fromPerPod, toPerPod, usdPerItem } = CONFIG_ITEMS;
  const of = (items: number): string => (1000 * items * usdPerItem).toFixed(0);
  return [
    '```',
    `USD = pods x ${fromPerPod} to ${toPerPod} configuration items x ${usdPerItem}        1,000 pods: ${of(fromPerPod)} to ${of(toPerPod)} USD`,
    '```',
  ].join('\n');
}
