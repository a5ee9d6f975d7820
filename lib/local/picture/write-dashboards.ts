/**
 * Writes the dashboard for Grafana and the picture of the dashboard from the rows of infra/dashboard/dashboard-rows.ts.
 *
 *   node lib/local/picture/write-dashboards.ts           writes those that differ
 *   node lib/local/picture/write-dashboards.ts --check   writes nothing; exits 1 if one is stale
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { grafanaDashboard } from '../../../infra/dashboard/grafana-dashboard.ts';
import { drawDashboard } from './draw-dashboard.ts';

const FOLDER = new URL('../../../docs/dashboard/', import.meta.url);

/** What the functions wrote as metrics while the demo ran: `npm run picture` records it anew. */
export const RECORD = new URL('demo.emf.jsonl', FOLDER);

const FILES: Readonly<Record<string, () => string>> = {
  'grafana.json': () => `${JSON.stringify(grafanaDashboard(), null, 2)}\n`,
  'dashboard.svg': () => drawDashboard(readFileSync(RECORD, 'utf8').split('\n')),
};

/** The names of the files that are not what the rows say now. */
export function staleDashboards(): readonly string[] {
  return Object.entries(FILES).flatMap(([name, render]) => {
    const file = new URL(name, FOLDER);
    return existsSync(file) && readFileSync(file, 'utf8') === render() ? [] : [name];
  });
}

/** Brings the files up to date. */
export function writeStale(): void {
  for (const name of staleDashboards()) {
    writeFileSync(new URL(name, FOLDER), FILES[name]?.() ?? '');
    console.log(`wrote docs/dashboard/${name}`);
  }
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  if (!values.check) {
    writeStale();
    return;
  }
  const stale = staleDashboards();
  for (const name of stale) console.error(`docs/dashboard/${name} is stale: run \`npm run generate\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
}

if (import.meta.main) main();
