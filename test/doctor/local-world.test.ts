import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startWorld } from '../../lib/local/start-world.ts';
import { NAMES, PLACE, SECRET, TABLE } from '../../lib/local/world/function-environment.ts';
import { waitForNode } from '../../lib/local/world/wait-for-node.ts';
import type { World } from '../../lib/local/world/world.ts';
import type { DoctorReport } from './doctor-here.ts';
import { healthyAws, SUBNETS } from './deployment-fixture.ts';
import { startScriptedAws, type ScriptedAws } from './script-aws.ts';

const NODE = 'fargate';
let world: World;
/** The services that local mode does not have. */
let others: ScriptedAws;
beforeAll(async () => {
  world = await startWorld({
    ...{ cluster: { kind: 'embedded' }, node: NODE, podsReady: true, pace: 'fast', environment: {} },
  });
  await waitForNode(world);
  const resource = (type: string, logical: string, physical: string): object => ({
    ...{ ResourceType: type, LogicalResourceId: logical, PhysicalResourceId: physical },
  });
  others = await startScriptedAws({
    ...healthyAws('', Date.now()),
    'sts:GetCallerIdentity': { Account: PLACE.account, Arn: `arn:aws:iam::${PLACE.account}:user/local` },
    'cloudformation:DescribeStackResources': {
      StackResources: [
        resource('AWS::DynamoDB::Table', 'Records', TABLE),
        resource('AWS::SQS::Queue', 'TaskEventsDeadLetters', world.queues.deadLetters.url),
      ],
    },
  });
});
afterAll(async () => {
  await world.close();
  await others.close();
});

/** The command as a user runs it, on the servers of local mode. */
async function doctor(...argv: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const file = join(world.folder, 'deployment.yaml');
  const node = {
    name: NODE,
    subnets: [SUBNETS[0]?.subnetId],
    securityGroups: ['sg-0a000001'],
    cpu: 4,
    pods: 50,
  };
  const cluster = { clusterName: 'local', identityMode: 'kubeconfig', secret: SECRET, nodes: [node] };
  await writeFile(file, stringify({ ...PLACE, clusters: [cluster] }));
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|KUBE|VITEST|NODE_OPTIONS)/.test(name));
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../lib/cli/main.ts'), 'doctor', '-c', file, ...argv],
    {
      env: {
        ...Object.fromEntries(kept),
        ...{ AWS_ENDPOINT_URL: others.url, AWS_EC2_METADATA_DISABLED: 'true' },
        ...world.endpoints,
        ...world.credentials,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, err };
}

describe('lambdalet doctor in the world of local mode', () => {
  it('finds what runs, and tells it as JSON', async () => {
    const { code, out, err } = await doctor('-o', 'json');
    expect(err).toBe('');
    const report = JSON.parse(out) as DoctorReport & { apiVersion: string; kind: string };
    expect(report).toMatchObject({ apiVersion: 'lambdalet.dev/v1', kind: 'DoctorReport' });
    const findings = report.clusters[0]?.findings ?? [];
    const statusOf = (check: string): unknown =>
      findings.find((one) => one.check === check)?.status ?? 'not told';
    // Of the emulators and the embedded API server, not of the script.
    for (const check of [
      'secret',
      'cluster-access',
      'cluster-version',
      'cluster-rights',
      'nodes',
      'last-pass',
      'dead-letters',
    ])
      expect({ check, status: statusOf(check) }, JSON.stringify(findings, null, 2)).toEqual({
        check,
        status: 'ok',
      });
    expect(statusOf('daemonsets')).toBe('skipped');
    // The embedded API server has no RBAC, so that nothing of the bootstrap is there.
    expect(findings.filter(({ status }) => status === 'fault').map(({ check }) => check)).toEqual([
      'bootstrap-version',
    ]);
    expect({ code, isGood: report.isGood }).toEqual({ code: 1, isGood: false });
    expect(findings.find(({ check }) => check === 'nodes')?.message).toBe(
      `${NODE}: Ready, with fresh leases`,
    );
  });

  it('leaves everything as it is', async () => {
    const tasks = await world.listTasks('RUNNING');
    const before = await world.user.demand('GET', '/api/v1/pods');
    await doctor();
    expect(await world.listTasks('RUNNING')).toEqual(tasks);
    expect(await world.user.demand('GET', '/api/v1/pods')).toMatchObject({
      items: (before as { items: object }).items,
    });
    expect(others.asked.every(({ action }) => /^[a-z0-9]+:(Get|Describe|List)/.test(action))).toBe(true);
    expect(NAMES.stackPrefix).toBe('lambdalet-local');
  });
});
