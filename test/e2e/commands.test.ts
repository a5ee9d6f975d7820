// One file, because most of it is waiting: everything here runs at the same time.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startApiServer, type RunningApiServer } from '../../lib/local/api-server/server/start-api-server.ts';
import { askCluster, type ClusterUser } from '../../lib/local/world/ask-cluster.ts';
import { run as runDemo } from '../../lib/local/run-demo.ts';
import { run as runLocal } from '../../lib/local/run-local.ts';
import { readExamples, withoutChance } from '../support/doc-examples.ts';
import { runHere, runProgram } from './run-command.ts';
import { isReady, isRunning, openNamespace, podOf } from './world-under-test.ts';

let folder: string;
let foreign: RunningApiServer;
let user: ClusterUser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambdalet-foreign-'));
  foreign = await startApiServer();
  user = askCluster(foreign.kubeconfig);
  await writeFile(join(folder, 'kubeconfig'), foreign.kubeconfig);
});
afterAll(async () => {
  await foreign.close();
  await rm(folder, { recursive: true, force: true });
});

/** The value of a variable as `lambdalet local` prints it. */
function variableIn(output: string, name: string): string {
  return new RegExp(`^(?:ready:|) *${name}=(.*)$`, 'm').exec(output)?.[1] ?? '';
}

describe.concurrent('lambdalet local', { timeout: 120_000 }, () => {
  it('says how to reach it, keeps it up, and ends within two seconds of Ctrl-C', async () => {
    const local = runProgram('local', ['--node', 'mine']);
    const output = await local.printed(/Ctrl-C ends it/);
    const kubeconfig = await readFile(variableIn(output, 'KUBECONFIG'), 'utf8');
    const { status } = await askCluster(kubeconfig).ask('GET', '/api/v1/nodes/mine');
    expect(status).toBe(200);
    for (const service of ['ECS', 'EVENTBRIDGE', 'DYNAMODB', 'SECRETS_MANAGER', 'CLOUDWATCH_LOGS', 'SQS'])
      expect(variableIn(output, `AWS_ENDPOINT_URL_${service}`)).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(existsSync(/kubectl apply -f (\S+)/.exec(output)?.[1] ?? '')).toBe(true);
    const begun = Date.now();
    local.interrupt();
    expect(await local.ended, local.output()).toBe(0);
    expect(Date.now() - begun).toBeLessThan(2_000);
  });

  it('prints commands that tell of its pods as they are typed', async () => {
    const local = runProgram('local', [], { AWS_PROFILE: 'another', AWS_REGION: 'us-east-1' });
    const output = await local.printed(/Ctrl-C ends it/);
    const printed = [...output.matchAll(/^ {2}(sh .*)$/gm)].map(([, command = '']) => command);
    const own = askCluster(await readFile(variableIn(output, 'KUBECONFIG'), 'utf8'));
    const example = await readFile(/kubectl apply -f (\S+)/.exec(output)?.[1] ?? '', 'utf8');
    for (const document of parseAllDocuments(example))
      await own.demand('POST', '/api/v1/namespaces/default/pods', document.toJS() as object);
    const pods = await openNamespace({ user: own, log: { errors: () => [] } }, 'default');
    await pods.until('report', 'has ended', ({ status }) => status?.phase === 'Succeeded');
    await pods.until('import', 'has failed', ({ status }) => status?.phase === 'Failed');
    await pods.until(
      'worker',
      'was started again',
      ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    const env = {
      ...process.env,
      AWS_PROFILE: 'another',
      AWS_SESSION_TOKEN: 'stale',
      AWS_REGION: 'us-east-1',
    };
    // One that ends with another code than 0 is thrown.
    const told = await Promise.all(
      printed.map((command) => promisify(execFile)('sh', ['-c', command], { cwd: folder, env })),
    );
    expect(told.map(({ stderr }) => stderr)).toEqual(['', '', '']);
    expect(told[0]?.stdout).toBe('counting\n42 items counted\n');
    expect(told[1]?.stdout).toMatch(/^import failed/);
    expect(told[2]?.stdout).toMatch(/worker/);
    local.interrupt();
    expect(await local.ended, local.output()).toBe(0);
  });

  it('marks its node in a cluster that it joins, keeps its pods unready, and takes both away again', async () => {
    const local = runHere(runLocal, ['--kubeconfig', join(folder, 'kubeconfig'), '--node', 'guest']);
    await local.printed(/Ctrl-C ends it/);
    const node = await user.demand('GET', '/api/v1/nodes/guest');
    const mark = 'lambdalet.dev/simulated';
    expect(node).toMatchObject({ metadata: { labels: { [mark]: 'true' } } });
    expect((node as { spec: { taints: unknown } }).spec.taints).toContainEqual({
      key: mark,
      value: 'true',
      effect: 'NoSchedule',
    });
    const pods = await openNamespace({ user, log: { errors: () => [] } }, 'visitors');
    await pods.create(podOf('web'));
    expect(isReady(await pods.until('web', 'runs', isRunning))).toBe(false);
    local.interrupt();
    expect(await local.ended, local.output()).toBe(0);
    expect(local.output()).toContain('node guest and its lease are removed');
    expect((await user.ask('GET', '/api/v1/nodes/guest')).status).toBe(404);
    expect(await pods.find('web')).toBeUndefined();
  });

  it.each([
    ['cannot be read', 'nowhere.yaml', undefined, 2, /nowhere\.yaml cannot be read: ENOENT/],
    ['is not one', 'text.yaml', 'hello', 1, /text\.yaml cannot be used: /],
    [
      'runs a program',
      'exec.yaml',
      'users',
      1,
      /exec\.yaml cannot be used: [\s\S]*users\[0\]\.user\.exec is not accepted/,
    ],
  ])('says what is wrong with a kubeconfig that %s', async (_, name, content, code, message) => {
    const text =
      content === 'users' ? foreign.kubeconfig.replace(/token: .*/, 'exec: { command: aws }') : content;
    if (text !== undefined) await writeFile(join(folder, name), text);
    const local = runHere(runLocal, ['--kubeconfig', join(folder, name)]);
    expect(await local.ended).toBe(code);
    expect(local.output()).toMatch(message);
    expect(local.output()).not.toContain('    at ');
  });

  it('leaves its node there when someone cannot wait', async () => {
    const local = runHere(runLocal, ['--kubeconfig', join(folder, 'kubeconfig'), '--node', 'hasty']);
    await local.printed(/Ctrl-C ends it/);
    local.interrupt();
    await local.printed(/Ctrl-C again leaves them there/);
    // Sooner would be the echo of the first one.
    await sleep(1_100);
    local.interrupt();
    expect(await local.ended).toBe(0);
    expect(local.output()).toContain('node hasty and its pods were left there');
    await user.demand('DELETE', '/api/v1/nodes/hasty');
  });

  it('explains itself', async () => {
    const local = runHere(runLocal, ['--help']);
    expect(await local.ended).toBe(0);
    expect(local.output()).toContain('registry.invalid');
  });
});

describe.concurrent('lambdalet demo', { timeout: 120_000 }, () => {
  it('tells the life of its pods, in lines that need no colour, and ends with 0 in under a minute', async () => {
    const begun = Date.now();
    const demo = runProgram('demo');
    expect(await demo.ended, demo.output()).toBe(0);
    expect(Date.now() - begun).toBeLessThan(60_000);
    const told = demo.output();
    for (const line of [
      /^ *lambdalet +Ready +<none> +\S+ +v\d+\.\d+\.\d+-lambdalet$/m,
      /^ *web +1\/1 +Running +0 .* lambdalet$/m,
      /^ *report +0\/1 +Completed +0 .* lambdalet$/m,
      /^ *import +0\/1 +Error +0 .* lambdalet$/m,
      /^ *\d+\.\d s +worker +CrashLoopBackOff \(0\/1 ready, restarts 1\)$/m,
      /^ *\d+\.\d s +typo +ImagePullBackOff \(0\/1 ready\)$/m,
      /^ *ok the container of import ended with exit code 3$/m,
      /^ *Warning +Failed +Failed to pull image "registry\.invalid/m,
      /^ *42 items counted$/m,
      /^ *ok no task runs any more; [67] have stopped$/m,
      /^ *web +\d+ ms +\d+ ms +\d+ ms$/m,
      /^ *ok everything as expected, in \d+\.\d s$/m,
    ])
      expect(told).toMatch(line);
    // As docs/cli.md shows it.
    const shown = readExamples().find(({ argv }) => argv[0] === 'demo')?.shown ?? '';
    const lines = withoutChance(told).split('\n');
    for (const line of withoutChance(shown).split('\n')) if (line !== '...') expect(lines).toContain(line);
    // No escape sequence of any kind, and no line of a function's log.
    expect(told).not.toContain('\u001b');
    expect(told).not.toContain('"level"');
  });

  it('ends cleanly when it is interrupted', async () => {
    const demo = runHere(runDemo, ['--verbose']);
    await demo.printed(/pod\/typo created/);
    demo.interrupt();
    expect(await demo.ended, demo.output()).toBe(130);
    expect(demo.output()).not.toContain('FAILED');
    // It was asked to show what the functions log.
    expect(demo.output()).toContain('"service":"node-heartbeat"');
  });

  it('names a flag that it does not know, and those that it knows', async () => {
    const demo = runHere(runDemo, ['--fast']);
    expect(await demo.ended).toBe(2);
    expect(demo.output()).toMatch(
      /unknown option --fast[\s\S]*--pace fast\|real[\s\S]*--verbose[\s\S]*--help/,
    );
  });
});
