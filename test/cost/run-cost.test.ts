import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Mode } from '../../lib/cost/count-stories.ts';
import type { Estimate } from '../../lib/cost/estimate.ts';
import { costCommand } from '../../lib/cost/run-cost.ts';
import { recordedCounts } from '../../lib/cost/write-cost-page.ts';
import { cli } from '../cli/run-here.ts';
import { CLUSTER, NODE } from '../infra/deployment-text.ts';

/** Runs the command on the counts on record, and tells what it would have counted. */
async function cost(...argv: readonly string[]) {
  const asked: { readonly modes: readonly Mode[]; readonly nodes: readonly string[] }[] = [];
  const run = costCommand((modes, nodes) => {
    asked.push({ modes, nodes });
    const counts = recordedCounts();
    return Promise.resolve(Object.fromEntries(modes.map((mode) => [mode, counts[mode]])));
  });
  const told = { out: '', err: '' };
  const into = (key: 'out' | 'err') => ({ write: (text: string) => ((told[key] += text), true) });
  const io = { stdout: into('out'), stderr: into('err') } as unknown as Parameters<typeof run>[1];
  return { code: await run(argv, io), ...told, asked: asked[0] };
}

function deploymentFile(changes: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'lambdalet-cost-')), 'deployment.yaml');
  writeFileSync(file, stringify({ region: 'eu-west-1', clusters: [{ ...CLUSTER, ...changes }] }));
  return file;
}

describe('lambdalet cost', () => {
  it('tells the control loop, what is apart from it, what pods add, and examples', async () => {
    const { code, out } = await cost();
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => /^[A-Z][^.]*$/.test(line) && line.includes('month'))).toEqual([
      'Control loop of one cluster without pods, a month',
      'Apart from it, a month',
      'Examples, a month',
    ]);
    expect(out).toContain('List prices of us-east-1');
    expect(out).toMatch(/total +\d+\.\d\d +\d+\.\d\d\n/);
  });

  it.each([['-o', 'json'], ['--json']])('gives everything as JSON with %s', async (...argv) => {
    const { code, out } = await cost(...argv);
    const report = JSON.parse(out) as Estimate & { readonly kind: string };
    expect(code).toBe(0);
    expect(report.kind).toBe('CostReport');
    expect(report.idle.watch?.usdPerMonth).toBeGreaterThan(report.idle.economy?.usdPerMonth ?? Infinity);
    expect(report.idle.watch?.counted.calls['dynamodb.GetItem']?.calls).toBeGreaterThan(0);
    expect(report.pods.economy?.usdPer1000Pods).toBeGreaterThan(0);
  });

  it('counts one node in both modes unless it is told otherwise', async () => {
    expect((await cost()).asked).toEqual({ modes: ['watch', 'economy'], nodes: ['fargate-0'] });
    const { asked } = await cost('--mode', 'economy', '--nodes', '3');
    expect(asked).toEqual({ modes: ['economy'], nodes: ['fargate-0', 'fargate-1', 'fargate-2'] });
  });

  it('puts the pods of the user before the examples', async () => {
    const { out } = await cost('--json', '--pods-per-day', '300', '--steady-pods', '7');
    const { examples } = JSON.parse(out) as Estimate;
    expect(examples[0]).toMatchObject({ podsPerDay: 300, steadyPods: 7 });
    expect(examples.length).toBeGreaterThan(1);
  });

  it('takes mode, nodes, memory and what is deployed from a deployment file', async () => {
    const file = deploymentFile({
      ...{ mode: 'economy', podSyncMemory: 512, alarms: false, nodes: [NODE, { ...NODE, name: 'node-b' }] },
    });
    const { out, asked } = await cost('-c', file, '--json');
    const { deployment } = JSON.parse(out) as Estimate;
    expect(asked).toEqual({ modes: ['economy'], nodes: ['node-a', 'node-b'] });
    expect(deployment).toMatchObject({ nodes: 2, podSyncMemory: 512, alarms: false, secret: true });
  });

  it('says of another Region that the prices are not its own', async () => {
    expect((await cost('-c', deploymentFile({}))).out).toContain('not the prices of eu-west-1');
    expect((await cost('--region', 'us-east-1')).out).not.toContain('not the prices of');
  });

  it.each([
    [['--nodes', '0'], '--nodes'],
    [['--pod-sync-memory', '100'], 'from 128 to 10240'],
    [['--mode', 'fast'], 'watch or economy or both'],
    [['--cluster', 'a'], 'give it with -c FILE'],
    [['--steady-pods', 'many'], 'a whole number'],
  ])('refuses %j and says what is allowed', async (argv, words) => {
    const { code, err, asked } = await cost(...argv);
    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(asked).toBeUndefined();
  });

  it('refuses options that a deployment file has an answer to', async () => {
    const { code, err } = await cost('-c', deploymentFile({}), '--nodes', '2', '--region', 'eu-west-1');
    expect(code).toBe(2);
    expect(err).toContain('--nodes and --region: the deployment file says that');
  });

  it('is a command of lambdalet', async () => {
    const { code, out } = await cli(['cost', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('usage: lambdalet cost');
  });
});
