import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAssets } from '../../support/start-control-plane.ts';
import { SCENARIOS } from './scenarios.ts';

/** API servers refuse to proxy to loopback addresses; this one is of the loopback device, where the API server finds itself too. */
const ADDRESS = '10.77.0.1';
const ENTER = `ip link set lo up && ip addr add ${ADDRESS}/32 dev lo && ip route add default dev lo && exec "$@"`;

/** How to get into a new network namespace, with an address that is not loopback. */
function findNamespace(): readonly string[] | undefined {
  const ways = [['--net'], ['--net', '--map-root-user']];
  return ways
    .map((flags) => [...flags, 'sh', '-c', ENTER, 'sh'])
    .find((argv) => spawnSync('unshare', [...argv, 'true'], { timeout: 20_000 }).status === 0);
}

const assets = findAssets();
const namespace = 'folder' in assets ? findNamespace() : undefined;
const missing = 'missing' in assets ? assets.missing : 'unshare may not make a network namespace here';

describe('the acceptance suite of virtual-kubelet, on a real control plane', () => {
  const names = Object.keys(SCENARIOS);
  if (!('folder' in assets) || namespace === undefined) {
    console.warn(`SKIPPED: the acceptance suite of virtual-kubelet: ${missing}`);
    it.skip.each(names)(`%s was not tested: ${missing}`, () => undefined);
    return;
  }

  const results = new Map(names.map((name) => [name, Promise.withResolvers<string | undefined>()]));
  let child: ChildProcess;
  let words = '';
  beforeAll(() => {
    const program = join(import.meta.dirname, 'run-scenarios.ts');
    child = spawn('unshare', [...namespace, process.execPath, program, assets.folder, ADDRESS], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr?.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2_000)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const { name, failure } = JSON.parse(line) as { readonly name: string; readonly failure?: string };
      results.get(name)?.resolve(failure);
    });
    child.once('close', () => {
      for (const { resolve } of results.values()) resolve(`the programs ended before: ${words}`);
    });
  });
  afterAll(async () => {
    if (child.exitCode === null) await once(child, 'close');
  }, 30_000);

  it.each(names)('%s', { timeout: 240_000 }, async (name) => {
    expect(await results.get(name)?.promise).toBeUndefined();
  });
});
