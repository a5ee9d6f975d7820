// The wrapper's script runs for real, against a server that answers like the metadata endpoint of a task.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standInFor, unwrappable, WRAPPER_SCRIPT } from '../../lib/providers/ecs-fargate/plan/wrap-start.ts';
import { field, planOf, texts, webPod } from './environment-fixtures.ts';
import { aContainer } from './fixtures.ts';

const ONE = standInFor('status.podIP');
const ALL = standInFor('status.podIPs');

/** A busybox as in the helper image: `BUSYBOX`, else one on the PATH. */
const busybox = [
  process.env['BUSYBOX'] ?? '',
  ...(process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, 'busybox')),
].find((path) => path !== '' && existsSync(path));
if (busybox === undefined)
  console.warn(
    'NO BUSYBOX on this machine (BUSYBOX=PATH names one): the wrapper runs under sh, which proves less.',
  );

/** Stands in for the tools of `/lambdalet/busybox`: does not sleep, and without a busybox takes the tools of the machine. */
const SHIM = `#!/bin/sh
applet=$1
shift
case $applet in
sleep) exit 0 ;;
esac
${
  busybox === undefined
    ? `[ "$applet" = wget ] || exec "$applet" "$@"
for url; do :; done
exec '${process.execPath}' -e 'fetch(process.argv[1]).then(async (answer) => { if (!answer.ok) process.exit(1); process.stdout.write(await answer.text()); })' "$url"`
    : `exec '${busybox}' "$applet" "$@"`
}
`;
const SHOW =
  'process.stdout.write(JSON.stringify({ args: process.argv.slice(1), env: process.env, pid: process.pid }))';

/** Networks as the metadata endpoint tells them. */
const networks = (more: Readonly<Record<string, readonly string[]>>) =>
  JSON.stringify({
    Labels: { trap: '"IPv4Addresses":["192.0.2.99"]' },
    Networks: [{ NetworkMode: 'awsvpc', ...more, SubnetGatewayIpv4Address: '10.0.1.1/24' }],
  });
const IPV4 = networks({ IPv4Addresses: ['10.0.1.7'] });

let folder: string;
let shim: string;
let server: Server;
/** Answers of the endpoint, the last one for ever; `undefined` is a failure. */
let answers: (string | undefined)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wrapper-'));
  shim = join(folder, 'busybox-shim');
  await writeFile(shim, SHIM);
  await chmod(shim, 0o755);
  server = createServer((_, response) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    response.writeHead(answer === undefined ? 500 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** Runs the wrapper in a folder with these arguments and variables. */
async function run(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { port } = server.address() as AddressInfo;
  const all = {
    PATH: `/usr/bin:/bin`,
    ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/abc-1`,
    ...env,
  };
  return new Promise<{ code: unknown; stdout: string; stderr: string; pid: number | undefined; env: object }>(
    (resolve) => {
      const child = execFile(
        busybox ?? '/bin/sh',
        [...(busybox === undefined ? [] : ['sh']), '-c', WRAPPER_SCRIPT, shim, ...command],
        { env: all, cwd: folder },
        (error, stdout, stderr) => {
          resolve({ code: error?.code ?? 0, stdout, stderr, pid: child.pid, env: all });
        },
      );
    },
  );
}

/** Runs node through the wrapper and reads what it was given. */
async function show(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr, pid, env: before } = await run([process.execPath, '-e', SHOW, '--', ...args], env);
  expect(stdout, stderr).not.toBe('');
  const shown = JSON.parse(stdout) as { args: string[]; env: Record<string, string>; pid: number };
  return { ...shown, sameProcess: shown.pid === pid, before };
}

describe('the wrapper', () => {
  it('puts the address of the task into variables and arguments', async () => {
    answers = [IPV4];
    const { args, env } = await show([ONE, `--listen=${ONE}:80`, `${ALL}/${ONE}`], {
      POD_IP: ONE,
      URL: `http://${ONE}:80/${ONE}`,
    });
    expect(args).toEqual(['10.0.1.7', '--listen=10.0.1.7:80', '10.0.1.7/10.0.1.7']);
    expect([env['POD_IP'], env['URL']]).toEqual(['10.0.1.7', 'http://10.0.1.7:80/10.0.1.7']);
  });

  it('names all addresses of a dual-stack task, IPv4 first', async () => {
    answers = [networks({ IPv6Addresses: ['2001:db8::1'], IPv4Addresses: ['10.0.1.7'] })];
    expect((await show([ONE, ALL])).args).toEqual(['10.0.1.7', '10.0.1.7,2001:db8::1']);
  });

  it('knows a task with IPv6 only, however the answer is laid out', async () => {
    const facts = JSON.parse(networks({ IPv4Addresses: [], IPv6Addresses: ['2001:db8::1'] })) as object;
    answers = [JSON.stringify(facts, null, 2)];
    expect((await show([ONE, ALL])).args).toEqual(['2001:db8::1', '2001:db8::1']);
  });

  it('leaves everything else as it was, in the same process', async () => {
    answers = [IPV4];
    const odd = {
      'a.b-c': `two\nlines of é 中 \u0085 ${ONE}\n\n`,
      IFS: 'x',
      SHLVL: '7',
      EMPTY: '',
      '9x': ' * "q" \\n $HOME `date` $(date) ',
      http_proxy: 'http://127.0.0.1:1',
      BYTES: Array.from({ length: 300 }, (_, code) => String.fromCodePoint(code + 2)).join(''),
    };
    const given = ['', ' a  b ', '*', '"$HOME"', 'two\nlines\n', '-x', 'é中'];
    const { args, env, before, sameProcess } = await show(given, odd);
    expect(args).toEqual(given);
    expect(env).toEqual({ ...before, 'a.b-c': odd['a.b-c'].replace(ONE, '10.0.1.7') });
    expect(sameProcess).toBe(true);
  });

  it('finds a program on the PATH as without it, also one that busybox has too', async () => {
    answers = [IPV4];
    await writeFile(join(folder, 'ls'), '#!/bin/sh\necho "image $*"\n');
    await chmod(join(folder, 'ls'), 0o755);
    await writeFile(join(folder, 'cat'), 'not a program');
    const paths = { PATH: `/nowhere:${folder}:/usr/bin:/bin` };
    expect(await run(['ls', 'x y'], paths)).toMatchObject({ code: 0, stdout: 'image x y\n' });
    expect(await run(['./ls'], paths)).toMatchObject({ code: 0, stdout: 'image \n' });
    expect(await run(['ls'], { PATH: ':/usr/bin:/bin' })).toMatchObject({ stdout: 'image \n' });
  });

  it('says which program is not there', async () => {
    answers = [IPV4];
    expect(await run(['no-such-program'])).toMatchObject({
      code: 127,
      stderr: 'lambdalet: no-such-program: not found in PATH\n',
    });
  });

  it('hands on how the program ended', async () => {
    answers = [IPV4];
    expect(await run(['/bin/sh', '-c', 'exit 3'])).toMatchObject({ code: 3 });
  });

  it('asks again when the endpoint does not answer yet, and not for ever', async () => {
    answers = [undefined, undefined, IPV4];
    expect((await show([ONE])).args).toEqual(['10.0.1.7']);
    answers = [undefined];
    const { code, stderr } = await run(['true']);
    expect(code).toBe(125);
    expect(stderr).toContain('lambdalet: the task metadata does not answer');
  });

  it('does not start a program without an address', async () => {
    answers = ['{"Networks":[]}'];
    expect(await run(['true'])).toMatchObject({
      code: 125,
      stderr: 'lambdalet: the task metadata names no address\n',
    });
  });
});

describe('planning a container that asks for an address', () => {
  const env = [
    field('POD_IP', 'status.podIP'),
    field('HOST', 'status.hostIP'),
    field('IPS', 'status.podIPs'),
    { name: 'URL', value: 'http://$(POD_IP)' },
  ];

  it('starts it through the wrapper, the same for all replicas', () => {
    const { start, problems } = planOf(webPod({ command: ['serve', '-v'], args: ['--ip=$(POD_IP)'], env }));
    expect(start).toMatchObject({
      wrapped: true,
      entryPoint: ['/lambdalet/busybox', 'sh', '-c', WRAPPER_SCRIPT, '/lambdalet/busybox'],
      command: ['serve', '-v', `--ip=${ONE}`],
      perPodCommand: false,
      perPodProgram: false,
    });
    expect(texts(start.variables)).toEqual({ POD_IP: ONE, HOST: ONE, IPS: ALL, URL: `http://${ONE}` });
    expect(problems).toEqual([]);
  });

  it('may have a program that differs between replicas, because the wrapper takes it as an argument', () => {
    const named = [...env, field('NAME', 'metadata.name')];
    const { start } = planOf(webPod({ command: ['$(NAME)'], env: named }));
    expect(start).toMatchObject({ perPodCommand: true, perPodProgram: false, command: ['web-1'] });
  });

  it('refuses it where only the image knows the program', () => {
    const init = aContainer({ name: 'init', env: [field('A', 'status.hostIPs')] });
    const pod = webPod({ env, args: ['x'] }, { initContainers: [init] });
    const paths = unwrappable(pod).map(({ path }) => path);
    expect(paths).toEqual([
      'spec.initContainers[0].env[0].valueFrom.fieldRef.fieldPath',
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath',
      'spec.containers[0].env[1].valueFrom.fieldRef.fieldPath',
      'spec.containers[0].env[2].valueFrom.fieldRef.fieldPath',
    ]);
    const { problems } = planOf(pod);
    expect(problems.map((problem) => (problem.kind === 'fault' ? problem.path : problem.kind))).toEqual(
      paths,
    );
    expect(unwrappable(pod)[0]?.note).toContain('repeat the image');
    expect(unwrappable(webPod({ env, command: ['x'] }))).toEqual([]);
  });
});
