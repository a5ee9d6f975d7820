import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const samples = new URL('../../events/samples/', import.meta.url);

/** The situations that have a sample in the folder, found by glob. */
export function listSituations(folder: string): string[] {
  return globSync('*.json', { cwd: new URL(`${folder}/`, samples) })
    .map((file) => basename(file, '.json'))
    .sort();
}

export function readSample(folder: string, situation: string): unknown {
  return JSON.parse(readFileSync(new URL(`${folder}/${situation}.json`, samples), 'utf8'));
}
