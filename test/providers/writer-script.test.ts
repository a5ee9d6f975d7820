import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { planVolumes } from '../../lib/providers/ecs-fargate/plan/plan-volumes.ts';
import { toFileVariables, writeArchive } from '../../lib/providers/ecs-fargate/plan/write-archive.ts';
import { writerScript, type WriterTasks } from '../../lib/providers/ecs-fargate/plan/writer-script.ts';
import { A_TOKEN, aPodMounting, aSandbox, contextOf, WHY_NO_SHELL, type Sandbox } from './volume-fixtures.ts';
import { withToken } from './fixtures.ts';

if (WHY_NO_SHELL !== undefined)
  console.warn(`The writer's script is not run: ${WHY_NO_SHELL}. Install busybox-static and run as root.`);

const NOTHING: WriterTasks = { files: [], directories: [], group: undefined, owned: [], wrapper: undefined };
const text = (content: string): Uint8Array => Buffer.from(content);
/** Bytes that gzip cannot make smaller, the same in every run. */
const noise = (size: number): Uint8Array =>
  Buffer.concat(
    Array.from({ length: Math.ceil(size / 64) }, (_, index) =>
      createHash('sha512').update(String(index)).digest(),
    ),
  ).subarray(0, size);

let sandbox: Sandbox | undefined;
const inSandbox = (...volumes: readonly string[]): Sandbox => (sandbox = aSandbox(volumes));
afterEach(() => {
  sandbox?.remove();
  sandbox = undefined;
});

/** `user:group mode` of a file below the volumes. */
function rightsOf({ volumes }: Sandbox, path: string): string {
  const { uid, gid, mode } = statSync(join(volumes, path));
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
}

describe.skipIf(WHY_NO_SHELL !== undefined)('the writer in a busybox shell', () => {
  it('lays out files with their modes, owners and bytes', () => {
    const box = inSandbox('volume-0', 'volume-1');
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const archive = writeArchive([
      { path: 'volume-0', mode: 0o777 },
      { path: 'volume-0/with space', mode: 0o755 },
      { path: 'volume-0/with space/bytes', mode: 0o400, content: all },
      { path: 'volume-1', mode: 0o777 },
      { path: "volume-1/it's", mode: 0o600, content: text('secret') },
      { path: 'volume-1/empty', mode: 0o644, content: text('') },
    ]);
    const script = writerScript({
      ...NOTHING,
      files: ['volume-0', 'volume-1'],
      owned: [{ path: "volume-1/it's", user: 1_000_650_000 }],
    });
    expect(box.run(script, toFileVariables(archive))).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(box.volumes, 'volume-0/with space/bytes'))).toEqual(Buffer.from(all));
    expect(rightsOf(box, 'volume-0')).toBe('0:0 777');
    expect(rightsOf(box, 'volume-0/with space')).toBe('0:0 755');
    expect(rightsOf(box, 'volume-0/with space/bytes')).toBe('0:0 400');
    expect(rightsOf(box, "volume-1/it's")).toBe('1000650000:0 600');
    expect(readFileSync(join(box.volumes, 'volume-1/empty'), 'utf8')).toBe('');
  });

  it('gives files and emptyDirs to the group of the pod', () => {
    const box = inSandbox('volume-0', 'volume-1');
    const archive = writeArchive([
      { path: 'volume-0', mode: 0o2777 },
      { path: 'volume-0/key', mode: 0o640, content: text('value') },
    ]);
    const script = writerScript({
      ...NOTHING,
      files: ['volume-0'],
      directories: ['volume-1'],
      group: 1_000_650_000,
    });
    expect(box.run(script, toFileVariables(archive))).toMatchObject({ status: 0, stderr: '' });
    expect(rightsOf(box, 'volume-0')).toBe('0:1000650000 2777');
    expect(rightsOf(box, 'volume-0/key')).toBe('0:1000650000 640');
    expect(rightsOf(box, 'volume-1')).toBe('0:1000650000 2777');
  });

  it('opens emptyDirs to everybody and copies the shell, without any files', () => {
    const box = inSandbox('volume-0', 'wrapper');
    const script = writerScript({ ...NOTHING, directories: ['volume-0'], wrapper: 'wrapper' });
    expect(box.run(script)).toMatchObject({ status: 0, stderr: '' });
    expect(rightsOf(box, 'volume-0')).toBe('0:0 777');
    expect(rightsOf(box, 'wrapper/busybox')).toBe('0:0 755');
  });

  it('joins many parts, whatever their length leaves over', () => {
    for (const size of [100_000, 100_001, 100_002, 1_170_000]) {
      const box = inSandbox('volume-0');
      const content = noise(size);
      const variables = toFileVariables(
        writeArchive([
          { path: 'volume-0', mode: 0o777 },
          { path: 'volume-0/large', mode: 0o644, content },
        ]),
      );
      expect(variables.size).toBeGreaterThan(3);
      expect([...variables.values()].some((value) => value.includes('='))).toBe(false);
      expect(box.run(writerScript({ ...NOTHING, files: ['volume-0'] }), variables)).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(readFileSync(join(box.volumes, 'volume-0/large')).equals(content)).toBe(true);
      box.remove();
    }
  });

  it('takes paths that no tar header holds', () => {
    const box = inSandbox('volume-0');
    const long = `${'a'.repeat(120)}/${'b'.repeat(250)}`;
    const archive = writeArchive([
      { path: 'volume-0', mode: 0o777 },
      { path: `volume-0/${'a'.repeat(120)}`, mode: 0o755 },
      { path: `volume-0/${long}`, mode: 0o440, content: text('deep') },
      { path: `volume-0/${'c'.repeat(200)}`, mode: 0o644, content: text('wide') },
    ]);
    const script = writerScript({ ...NOTHING, files: ['volume-0'] });
    for (const _ of ['first', 'again'])
      expect(box.run(script, toFileVariables(archive))).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(box.volumes, 'volume-0', long), 'utf8')).toBe('deep');
    expect(rightsOf(box, `volume-0/${long}`)).toBe('0:0 440');
    expect(rightsOf(box, `volume-0/${'a'.repeat(120)}`)).toBe('0:0 755');
    expect(readFileSync(join(box.volumes, 'volume-0', 'c'.repeat(200)), 'utf8')).toBe('wide');
  });

  it('may run twice', () => {
    const box = inSandbox('volume-0', 'volume-1', 'wrapper');
    const archive = writeArchive([
      { path: 'volume-0', mode: 0o777 },
      { path: 'volume-0/key', mode: 0o400, content: text('value') },
    ]);
    const script = writerScript({
      ...NOTHING,
      files: ['volume-0'],
      directories: ['volume-1'],
      wrapper: 'wrapper',
    });
    for (const _ of ['first', 'again'])
      expect(box.run(script, toFileVariables(archive))).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(box.volumes, 'volume-0/key'), 'utf8')).toBe('value');
  });

  it('fails with a message when the env file did not arrive', () => {
    const { status, stderr } = inSandbox('volume-0').run(writerScript({ ...NOTHING, files: ['volume-0'] }));
    expect(status).not.toBe(0);
    expect(stderr).toContain('lambdalet-writer: the files are missing: the env file');
  });

  it('fails with a message when a part is missing or broken', () => {
    const content = noise(90_000);
    const archive = writeArchive([
      { path: 'volume-0', mode: 0o777 },
      { path: 'volume-0/large', mode: 0o644, content },
    ]);
    const script = writerScript({ ...NOTHING, files: ['volume-0'] });
    const missing = new Map(toFileVariables(archive));
    missing.delete('LAMBDALET_FILES_1');
    const broken = new Map(toFileVariables(archive)).set('LAMBDALET_FILES_1', 'A'.repeat(1000));
    const box = inSandbox('volume-0');
    expect(box.run(script, missing).stderr).toContain('part 1 of the');
    expect(box.run(script, missing).status).not.toBe(0);
    expect(box.run(script, broken).stderr).toContain('lambdalet-writer: the files cannot be unpacked');
    expect(box.run(script, broken).status).not.toBe(0);
  });

  it('fails with a message when a volume is not mounted or there is no shell to copy', () => {
    const box = inSandbox('wrapper');
    expect(box.run(writerScript({ ...NOTHING, directories: ['volume-7'] }))).toMatchObject({
      status: 1,
      stderr: 'lambdalet-writer: volume-7 is not mounted\n',
    });
    writeFileSync(join(box.volumes, 'volume-0'), '');
    expect(box.run(writerScript({ ...NOTHING, files: ['volume-0'] })).status).toBe(1);
  });

  it('does what the plan of a pod says', () => {
    const pod = aPodMounting(
      [
        { name: 'config', configMap: { name: 'app', defaultMode: 0o400 } },
        { name: 'scratch', emptyDir: {} },
      ],
      { securityContext: { runAsUser: 1000, fsGroup: 2000 } },
    );
    const spec = { ...withToken(pod.spec, 'x7x7x'), serviceAccountName: 'robot' };
    const planned = planVolumes(
      contextOf(
        { ...pod, spec },
        {
          configMaps: { app: { 'app.conf': 'debug = true' }, 'kube-root-ca.crt': { 'ca.crt': 'CA' } },
          token: A_TOKEN,
        },
      ),
    );
    expect(planned.problems).toEqual([]);
    const { script = '', archive = new Uint8Array() } = planned.writer ?? {};
    const box = inSandbox(...planned.volumes.map(({ name }) => name ?? ''));
    expect(box.run(script, toFileVariables(archive))).toMatchObject({ status: 0, stderr: '' });
    expect(rightsOf(box, 'volume-0/app.conf')).toBe('0:2000 440');
    expect(rightsOf(box, 'volume-1')).toBe('0:2000 2777');
    expect(rightsOf(box, 'volume-2/token')).toBe('1000:2000 640');
    expect(readFileSync(join(box.volumes, 'volume-2/namespace'), 'utf8')).toBe('shop');
    expect(readFileSync(join(box.volumes, 'volume-2/ca.crt'), 'utf8')).toBe('CA');
  });
});
