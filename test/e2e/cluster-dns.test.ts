import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeSettings } from '../../lib/core/node-settings.ts';
import { planStarts } from '../../lib/providers/ecs-fargate/plan/plan-environment.ts';
import { aPod, ON_DEMAND, SETTINGS } from '../providers/fixtures.ts';
import { startDnsServer } from './dns-server.ts';
import type { DnsServer } from './dns-server.ts';

const run = promisify(execFile);

/** What the DNS of a cluster says, once the VPC's resolver asks it: docs/networking.md. */
const RECORDS = {
  'web.shop.svc.cluster.local': '10.1.0.1',
  'db.data.svc.cluster.local': '10.1.0.2',
  'db-0.db.data.svc.cluster.local': '10.1.0.3',
  'example.com': '192.0.2.1',
};
const SEARCHED = ['web.shop.svc.cluster.local', 'web.svc.cluster.local', 'web.cluster.local'];

/** A loopback address of this process alone, so that two runs on one machine do not meet. */
function addressOf(use: number): string {
  return `127.${53 + use}.${(process.pid >> 8) & 255}.${process.pid & 255}`;
}

/** What the planner puts into the environment of a pod in the namespace `shop`. */
function variablesOf(
  node: NodeSettings,
  spec: Parameters<typeof aPod>[0] = {},
): Readonly<Record<string, string>> {
  const pod = aPod(spec, { namespace: 'shop' });
  const size = { cpu: 256, memory: 512 };
  const { starts } = planStarts({ pod, node, settings: SETTINGS, size, inputs: undefined });
  const variables = [...(starts[0]?.variables ?? [])].map(([name, { text }]) => [name, text]);
  return Object.fromEntries(variables) as Record<string, string>;
}

const CLUSTER_DNS: NodeSettings = { ...ON_DEMAND, clusterDomain: 'cluster.local' };

/** A glibc program that looks a name up where /etc/resolv.conf names our server and searches nothing, as in a task. */
async function lookUp(
  name: string,
  server: DnsServer,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lambdalet-dns-'));
  writeFileSync(join(folder, 'resolv.conf'), `nameserver ${server.address}\noptions attempts:1 timeout:2\n`);
  writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: dns\n');
  const script =
    'mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf && exec getent ahostsv4 "$1"';
  const env = { PATH: process.env['PATH'], ...variables };
  try {
    const { stdout } = await run('unshare', ['--mount', 'sh', '-c', script, folder, name], { env });
    return stdout.split(/\s/)[0] ?? '';
  } catch (error) {
    // getent says 2 when there is no such name; anything else is trouble with the test.
    if ((error as { code?: unknown }).code === 2) return 'no such name';
    throw error;
  }
}

/** Why short names cannot be looked up on this machine; `undefined`: they can. */
async function obstacle(): Promise<string | undefined> {
  try {
    const server = await startDnsServer(addressOf(0), { 'probe.test': '192.0.2.7' });
    try {
      const found = await lookUp('probe.test', server, {});
      return found === '192.0.2.7' ? undefined : `getent does not ask our DNS server (it says ${found})`;
    } finally {
      await server.stop();
    }
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0];
  }
}

const reason = await obstacle();
if (reason !== undefined) {
  console.warn(
    `Short names of Services are not looked up: it takes root, unshare, getent of glibc (${reason}).`,
  );
}

describe.skipIf(reason !== undefined)('a glibc program in a pod', () => {
  let server: DnsServer;
  beforeAll(async () => {
    server = await startDnsServer(addressOf(1), RECORDS);
  });
  afterAll(() => server.stop());

  it.each([
    ['web', '10.1.0.1'],
    ['db.data', '10.1.0.2'],
    ['db.data.svc', '10.1.0.2'],
    ['db-0.db.data', '10.1.0.3'],
    ['web.shop.svc.cluster.local', '10.1.0.1'],
    ['example.com', '192.0.2.1'],
    ['nothing', 'no such name'],
  ])('finds %s with the variables of the node', async (name, expected) => {
    expect(await lookUp(name, server, variablesOf(CLUSTER_DNS)), `asked: ${server.asked.join(', ')}`).toBe(
      expected,
    );
  });

  it('searches the namespace first, then the Services, then the cluster, as in any cluster', async () => {
    const fresh = await startDnsServer(addressOf(2), {});
    await lookUp('web', fresh, variablesOf(CLUSTER_DNS));
    await fresh.stop();
    expect(fresh.asked.slice(0, 3)).toEqual(SEARCHED);
  });

  it('finds complete names only without the domain of the cluster, or with dnsPolicy Default', async () => {
    for (const variables of [variablesOf(ON_DEMAND), variablesOf(CLUSTER_DNS, { dnsPolicy: 'Default' })]) {
      expect(variables).not.toHaveProperty('LOCALDOMAIN');
      expect(await lookUp('web', server, variables)).toBe('no such name');
      expect(await lookUp('web.shop.svc.cluster.local', server, variables)).toBe('10.1.0.1');
    }
  });
});

describe('the variables of a node with the domain of the cluster', () => {
  it('are the search list and the options that the kubelet writes into resolv.conf', () => {
    expect(variablesOf(CLUSTER_DNS)).toMatchObject({
      LOCALDOMAIN: 'shop.svc.cluster.local svc.cluster.local cluster.local',
      RES_OPTIONS: 'ndots:5',
    });
  });
});
