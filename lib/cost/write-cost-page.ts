/**
 * Writes what is generated in `docs/cost.md`.
 *
 *   node lib/cost/write-cost-page.ts           from the counts on record in docs/cost-counts.json
 *   node lib/cost/write-cost-page.ts --count   counts anew first (a minute or two), and puts the counts on record
 *   node lib/cost/write-cost-page.ts --check   writes nothing; exits 1 if the page is not what the counts on record say
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { countIdle, countStories, MODES } from './count-stories.ts';
import { renderPage, type PageCounts } from './render-page.ts';

const PAGE = new URL('../../docs/cost.md', import.meta.url);
const COUNTS = new URL('../../docs/cost-counts.json', import.meta.url);

/** The counts that the page was made of. */
export function recordedCounts(): PageCounts {
  return JSON.parse(readFileSync(COUNTS, 'utf8')) as PageCounts;
}

/** Whether the page is what the counts on record say. */
export function isPageFresh(): boolean {
  const page = readFileSync(PAGE, 'utf8');
  return renderPage(page, recordedCounts()) === page;
}

/** Every story of one node, and the idle hour of two. */
async function countForPage(): Promise<PageCounts> {
  const stories = await countStories(MODES, ['fargate']);
  const counted = await Promise.all(MODES.map((mode) => countIdle(mode, ['fargate', 'fargate-2'])));
  const entries = MODES.map((mode, nth) => [mode, { ...stories[mode], twoNodes: counted[nth] }]);
  return Object.fromEntries(entries) as PageCounts;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { count: { type: 'boolean' }, check: { type: 'boolean' } } });
  if (values.check === true) {
    if (isPageFresh()) return;
    process.stderr.write('docs/cost.md is stale: node lib/cost/write-cost-page.ts\n');
    process.exitCode = 1;
    return;
  }
  if (values.count === true) {
    const counts = await countForPage();
    writeFileSync(COUNTS, `${JSON.stringify(counts, null, 2)}\n`);
  }
  writeFileSync(PAGE, renderPage(readFileSync(PAGE, 'utf8'), recordedCounts()));
}

if (import.meta.main) await main();
