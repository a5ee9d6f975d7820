import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { renderDaemonSetPatch } from '../../infra/bootstrap/render-daemonset-patch.ts';
import { renderBootstrap, type BootstrapInput } from '../../infra/render-bootstrap.ts';
import { cli } from './run-here.ts';

const NODE = { name: 'n-{architecture}', architectures: ['amd64', 'arm64'], subnets: ['subnet-0a000001'] };
const SHOP = { clusterName: 'shop', identityMode: 'token', secret: 'lambdalet/shop/token', nodes: [NODE] };
const NARROW = { podConfigNamespaces: ['a', 'b', 'a'], admissionPolicy: false, flowSchema: false };
const EDGE = { ...SHOP, clusterName: 'edge', secret: 'lambdalet/edge/token', impersonateNodes: true };

let folder: string;
let one: string;
let two: string;
let narrow: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-bootstrap-'));
  one = join(folder, 'one.yaml');
  two = join(folder, 'two.yaml');
  narrow = join(folder, 'narrow.yaml');
  await writeFile(narrow, stringify({ clusters: [{ ...SHOP, ...NARROW }] }));
  await writeFile(one, stringify({ clusters: [SHOP] }));
  await writeFile(two, stringify({ clusters: [SHOP, EDGE] }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const INPUT: BootstrapInput = {
  clusterName: 'shop',
  nodeNames: ['n-amd64', 'n-arm64'],
  identityMode: 'token',
  impersonateNodes: false,
  admissionPolicy: true,
  flowSchema: true,
};

describe('lambdalet bootstrap', () => {
  it('prints what is rendered for the nodes and the identity of the cluster', async () => {
    const { code, out, err } = await cli(['bootstrap', '-c', one]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trimEnd()).toBe(renderBootstrap(INPUT).trimEnd());
    expect(out.endsWith('\n')).toBe(true);
  });

  it('takes the choices of the file', async () => {
    const { out } = await cli(['bootstrap', '-c', narrow]);
    const chosen = { ...INPUT, ...NARROW, podConfigNamespaces: ['a', 'b'] };
    expect(out.trimEnd()).toBe(renderBootstrap(chosen).trimEnd());
  });

  it('renders the cluster that is named', async () => {
    const { out } = await cli(['bootstrap', '-c', two, '--cluster', 'edge']);
    const named = { ...INPUT, clusterName: 'edge', impersonateNodes: true };
    expect(out.trimEnd()).toBe(renderBootstrap(named).trimEnd());
  });

  it('is text in JSON for programs', async () => {
    const { out } = await cli(['bootstrap', '-c', one, '-o', 'json']);
    expect(JSON.parse(out)).toEqual({
      apiVersion: 'lambdalet.dev/v1',
      kind: 'Bootstrap',
      yaml: renderBootstrap(INPUT),
    });
  });

  it('prints the patch for DaemonSets without a file', async () => {
    expect((await cli(['bootstrap', '--daemonset-patch'])).out).toBe(renderDaemonSetPatch());
  });

  it.each([
    [[], /^there is no deployment file: give -c FILE\n\nusage: lambdalet bootstrap/],
    [['-c', 'TWO'], /has 2 clusters: name one with --cluster: shop, edge/],
    [['-c', 'TWO', '--cluster', 'x'], /none of that name: allowed are shop, edge/],
    [['-c', 'ONE', '--pod-namespace', 'a'], /--pod-namespace/],
    [['-c', '/nowhere'], /the file cannot be read/],
  ])('ends with 2 when it is asked as %j', async (argv, message) => {
    const files: Record<string, string> = { ONE: one, TWO: two };
    const { code, err } = await cli(['bootstrap', ...argv.map((word) => files[word] ?? word)]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n {4}at /);
  });
});
