import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServer, type RunningApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import { run as runLocal } from '../../lib/local/run-local.ts';
import { runHere } from './run-command.ts';

let folder: string;
let foreign: RunningApiServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-events-'));
  foreign = await startApiServer();
  await writeFile(join(folder, 'kubeconfig'), foreign.kubeconfig);
});
afterAll(async () => {
  await foreign.close();
  await rm(folder, { recursive: true, force: true });
});

describe('lambdalet local -o json', { timeout: 120_000 }, () => {
  it('tells programs a line for each thing that happens', async () => {
    const local = runHere(runLocal, [
      ...['--kubeconfig', join(folder, 'kubeconfig'), '--node', 'told', '-o', 'json'],
    ]);
    await local.printed(/"event":"ready".*\n/);
    local.interrupt();
    expect(await local.ended, local.output()).toBe(0);
    const events = local
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    for (const event of events)
      expect(event).toMatchObject({ apiVersion: 'lambdalet.dev/v1', kind: 'LocalEvent' });
    expect(events.map(({ event }) => event)).toEqual(['ready', 'leaving', 'left']);
    expect(events[0]).toMatchObject({
      node: 'told',
      cluster: 'foreign',
      environment: { AWS_REGION: 'eu-west-1', KUBECONFIG: join(folder, 'kubeconfig') },
    });
  });
});
