/**
 * Runs the demo with the delays of Fargate, which takes some minutes, and keeps the lines of the functions that carry metrics: what
 * the picture of the dashboard is drawn from.
 *
 *   npm run picture     records docs/dashboard/demo.emf.jsonl and draws the picture anew
 */
import { writeFileSync } from 'node:fs';
import { processIo } from '../../cli/command-io.ts';
import { run as runDemo } from '../run-demo.ts';
import { readEmf } from './read-emf.ts';
import { RECORD, writeStale } from './write-dashboards.ts';

let told = '';
const stderr = { write: (text: string) => (told += text) !== '' };
const exitCode = await runDemo(['--pace', 'real', '--verbose'], { ...processIo, stderr });
const lines = told.split('\n').filter((line) => readEmf(line).length > 0);
if (exitCode === 0) {
  writeFileSync(RECORD, `${lines.join('\n')}\n`);
  writeStale();
}
process.exitCode = exitCode;
