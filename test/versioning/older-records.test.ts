// What each minor version wrote must be read by this one: samples of it stay here for good.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../lib/adapters/dynamodb/encode-record.ts';
import type { Item } from '../../lib/adapters/dynamodb/table-definition.ts';

const FOLDER = fileURLToPath(new URL('records/', import.meta.url));
const SAMPLES = readdirSync(FOLDER)
  .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
  .map((file) => ({
    version: file.replace('.json', ''),
    items: JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as readonly Item[],
  }));
const PACKAGE = new URL('../../package.json', import.meta.url);

describe('records that a version has written', () => {
  it.each(SAMPLES)('are read as they were written ($version)', ({ items }) => {
    for (const item of items) {
      const decoded = decodeRecord(item, 'node-1');
      expect(decoded, JSON.stringify(item)).toMatchObject({ ok: true, record: { state: item['state'] } });
    }
    expect(items.map(({ state }) => state)).toEqual(['claimed', 'launched', 'ended']);
  });

  it('are kept of the minor version that is worked on', () => {
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string };
    const minor = version.split('.').slice(0, 2).join('.');
    const wayOut = `add test/versioning/records/${minor}.json with an item in each state that has every attribute; keep those of older versions`;
    expect(
      SAMPLES.map((sample) => sample.version),
      wayOut,
    ).toContain(minor);
  });

  it('have every attribute that a record may have', () => {
    const names = new Set(SAMPLES.at(-1)?.items.flatMap((item) => Object.keys(item)));
    const reviewed = readFileSync(fileURLToPath(new URL('public-names.txt', import.meta.url)), 'utf8');
    const records = reviewed.split(/^# /m).find((section) => section.startsWith('records')) ?? '';
    const top = records.match(/^\w+(?=: )/gm) ?? [];
    // The node and the UID are in the key.
    expect(top.filter((name) => !names.has(name) && name !== 'node' && name !== 'uid')).toEqual([]);
  });
});
