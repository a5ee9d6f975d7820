import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { CHECKS } from '../../lib/doctor/finding.ts';
import { cli } from '../cli/run-here.ts';
import { deploymentWith, openPractice, type DoctorReport, type Practice } from './doctor-here.ts';
import { WITH_GATEWAY } from './gateway-fixture.ts';
import { Refusal } from './script-aws.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await openPractice();
});
afterAll(() => practice.close());

async function fileWith(name: string, content: object | string): Promise<string> {
  const file = join(practice.folder, name);
  await writeFile(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

describe('lambdalet doctor', () => {
  it('sends nothing but reads, whatever is wrong', async () => {
    const trouble = [
      {},
      WITH_GATEWAY,
      { deployment: { cluster: { impersonateNodes: true, identityMode: 'token' } } },
      { aws: { 'secretsmanager:GetSecretValue': new Refusal('AccessDeniedException', 403) } },
      { cluster: { '/selfsubjectaccessreviews': { status: { allowed: false } }, '/nodes/fargate': 404 } },
    ];
    for (const one of trouble) await practice.run(one);
    const actions = new Set(practice.aws.asked.map(({ action }) => action.split(':')[1]));
    expect(actions.size).toBeGreaterThan(15);
    for (const action of actions) expect(action).toMatch(/^(Get|List|Describe|Head)/);
    expect(practice.api.seen.length).toBeGreaterThan(50);
    for (const { method, path } of practice.api.seen)
      expect(`${method} ${path}`).toMatch(/^(GET|POST \/apis\/authori[sz]ation|POST \/apis\/authentication)/);
    const posts = practice.api.seen.filter(({ method }) => method === 'POST').map(({ path }) => path);
    for (const path of posts)
      expect(path).toMatch(/\/(selfsubjectaccessreviews|subjectaccessreviews|selfsubjectreviews)$/);
  });

  it('asks AWS for nothing that its IAM policy does not allow', async () => {
    await practice.run();
    await practice.run(WITH_GATEWAY);
    const { out, code } = await cli(['doctor', '--iam-policy']);
    expect(code).toBe(0);
    const { Statement } = JSON.parse(out) as { Statement: { Action: string[] }[] };
    const allowed = Statement.flatMap(({ Action }) => Action);
    const asked = new Set(practice.aws.asked.map(({ action }) => action));
    expect([...asked].filter((action) => !allowed.includes(action))).toEqual([]);
    expect(allowed.every((action) => /^[a-z0-9]+:(Get|List|Describe|Decrypt)/.test(action))).toBe(true);
  });

  it('tells each check in a line, its way out below, and counts them', async () => {
    const { code, out } = await practice.run({
      deployment: { node: { cpu: 4000 } },
      aws: { 'events:DescribeEventBus': new Refusal('ResourceNotFoundException') },
    });
    expect(code).toBe(1);
    expect(out).toMatch(/^ok {7}Deployment file +\S+: 1 cluster, 1 node$/m);
    expect(out).toMatch(/^cluster shop in eu-west-1 \(account 111122223333\)$/m);
    expect(out).toMatch(
      /^FAULT {4}Event bus +there is no event bus orders\n {11}fix: aws events create-event-bus --name orders$/m,
    );
    expect(out).toMatch(/^warning {2}Fargate quotas +on demand: 100 vCPU/m);
    expect(out).toMatch(/\nSummary: 1 fault, 0 unknown, 1 warning, \d+ not applicable, \d+ ok\n$/);
    expect(out).not.toContain('\u001b');
  });

  it('tells the same reason once', async () => {
    const { out } = await practice.run({ environment: { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' } });
    expect(out.match(/sts:GetCallerIdentity got no answer/g)).toHaveLength(1);
    expect(out.match(/for the same reason/g)?.length).toBeGreaterThan(10);
  });

  it('says that there are no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_PROFILE', 'of-nobody');
    try {
      const [finding] = await practice.findings('aws-credentials');
      expect(finding).toMatchObject({
        status: 'fault',
        fix: expect.stringContaining('AWS_PROFILE') as string,
      });
      expect(finding?.message).toMatch(/^there are no AWS credentials/);
    } finally {
      vi.stubEnv('AWS_PROFILE', undefined);
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    }
  });

  it('says that there is no Region', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_DEFAULT_REGION', undefined);
    const [finding] = await practice.findings('aws-credentials', {
      deployment: {
        file: { region: undefined },
        cluster: { alarmTopicArn: undefined, encryptionKeyArn: undefined },
      },
    });
    expect(finding).toMatchObject({
      status: 'fault',
      message: expect.stringContaining('no Region is known') as string,
    });
  });

  it('tells every fault of a deployment file that cannot be used, and stops there', async () => {
    const file = await fileWith(
      'broken.yaml',
      deploymentWith({ cluster: { secret: undefined, mode: 'fast' } }),
    );
    const before = practice.aws.asked.length;
    const { code, out } = await cli(['doctor', '-c', file, '-o', 'json']);
    expect(code).toBe(1);
    const { general, clusters } = JSON.parse(out) as DoctorReport;
    expect(clusters).toEqual([]);
    expect(general.map(({ status }) => status)).toEqual(['fault', 'fault']);
    expect(general.map(({ message }) => message).join('\n')).toMatch(/mode is "fast"[^]*secret is missing/);
    expect(practice.aws.asked.length).toBe(before);
  });

  it("tells what still is the example's", async () => {
    const text = await readFile(new URL('../../examples/kubeconfig.yaml', import.meta.url), 'utf8');
    const file = await fileWith('example.yaml', `region: eu-west-1\n${text}`);
    const { code, out } = await cli(['doctor', '-c', file, '-o', 'json'], {
      environment: { AWS_ENDPOINT_URL: practice.aws.url },
    });
    expect(code).toBe(1);
    const { clusters } = JSON.parse(out) as DoctorReport;
    const found = clusters[0]?.findings.filter(({ check }) => check === 'example-values');
    expect(found?.map(({ status }) => status)).toEqual(['fault', 'fault', 'fault']);
    expect(found?.[0]?.message).toContain('clusters[0].nodes[0].subnets[0] is the example');
  });

  it('examines all clusters of a file, or the one that is named', async () => {
    const usual = deploymentWith() as { clusters: Record<string, unknown>[] };
    const [first = {}] = usual.clusters;
    const file = await fileWith('two.yaml', {
      ...usual,
      clusters: [first, { ...first, clusterName: 'second', secret: 'lambdalet/second/kubeconfig' }],
    });
    const environment = { AWS_ENDPOINT_URL: practice.aws.url };
    const both = JSON.parse(
      (await cli(['doctor', '-c', file, '-o', 'json'], { environment })).out,
    ) as DoctorReport;
    expect(both.clusters.map(({ cluster }) => cluster)).toEqual(['shop', 'second']);
    const one = JSON.parse(
      (await cli(['doctor', '-c', file, '--cluster', 'second', '-o', 'json'], { environment })).out,
    ) as DoctorReport;
    expect(one.clusters.map(({ cluster }) => cluster)).toEqual(['second']);
    const none = await cli(['doctor', '-c', file, '--cluster', 'secnod'], { environment });
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('did you mean second?') as string });
  });

  it.each([
    [[], /there is no deployment file: give -c FILE[^]*usage: lambdalet doctor/],
    [['-c', '/nowhere.yaml'], /^\/nowhere\.yaml cannot be read: ENOENT[^]*$/],
    [['-c', 'x', '--kubconfig', 'y'], /unknown option --kubconfig: did you mean --kubeconfig\?/],
  ])('ends with 2 when it is asked as %j', async (argv, message) => {
    const { code, err } = await cli(['doctor', ...argv]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n {4}at /);
  });

  it('names a way out for every fault', async () => {
    const { clusters } = await practice.report({
      aws: Object.fromEntries(
        ['ssm:GetParameter', 'iam:GetRole', 'events:DescribeEventBus'].map((action) => [
          action,
          new Refusal(action.startsWith('ssm') ? 'ParameterNotFound' : 'NoSuchEntity'),
        ]),
      ),
      cluster: { '/selfsubjectaccessreviews': { status: { allowed: false } } },
    });
    const faults = clusters[0]?.findings.filter(({ status }) => status === 'fault') ?? [];
    expect(faults.length).toBeGreaterThan(2);
    for (const { fix } of faults) expect(fix).toBeTruthy();
    expect(Object.keys(CHECKS)).toEqual(
      expect.arrayContaining([...new Set(faults.map(({ check }) => check))]),
    );
  });
});
