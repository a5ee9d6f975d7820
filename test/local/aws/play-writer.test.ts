import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../lib/local/aws/ecs/container-files.ts';
import type { Container, Task } from '../../../lib/local/aws/ecs/ecs-state.ts';
import { playWriter } from '../../../lib/local/aws/ecs/play-writer.ts';
import { toFileVariables, writeArchive } from '../../../lib/providers/ecs-fargate/plan/write-archive.ts';
import { writerScript, type WriterTasks } from '../../../lib/providers/ecs-fargate/plan/writer-script.ts';

/** A writer with the volumes `v` and `w` of its task, and a container that mounts `v` at /etc/app. */
function start(environment: ReadonlyMap<string, string>) {
  const volumes = new Map(['v', 'w'].map((name) => [name, new Map()]));
  const mountPoints = [...volumes.keys()].map((name) => ({
    sourceVolume: name,
    containerPath: `/volumes/${name}`,
  }));
  const task = { volumes } as unknown as Task;
  const writer = { definition: { mountPoints }, environment, ownFiles: new Map() } as unknown as Container;
  const app = {
    definition: { mountPoints: [{ sourceVolume: 'v', containerPath: '/etc/app/' }] },
    ownFiles: new Map(),
  } as unknown as Container;
  const play = (more: Partial<WriterTasks>) =>
    playWriter(
      task,
      writer,
      writerScript({
        ...{ files: [], directories: [], group: undefined, owned: [], wrapper: undefined },
        ...more,
      }),
    );
  const seen = () =>
    Object.fromEntries(
      [...filesOf(task, app).list()].map(([path, { content, mode, uid, gid }]) => [
        path,
        `${Buffer.from(content).toString()} ${mode.toString(8)} ${uid}:${gid}`,
      ]),
    );
  return { play, seen, shell: () => volumes.get('w')?.has('busybox') };
}

const long = `${'d'.repeat(60)}/${'f'.repeat(60)}`;
const archive = writeArchive([
  { path: 'v/a', mode: 0o644, content: Buffer.from('one') },
  { path: 'v/b', mode: 0o400, content: Buffer.from('two') },
  { path: `v/${long}`, mode: 0o600, content: Buffer.from('three') },
]);

describe('the writer in the emulator', () => {
  it('lays out files with their modes, owners and long paths', () => {
    const { play, seen } = start(toFileVariables(archive));
    expect(play({ files: ['v'], group: 2000, owned: [{ path: 'v/b', user: 1000 }] })).toBeUndefined();
    expect(seen()).toEqual({
      '/etc/app/a': 'one 644 0:2000',
      '/etc/app/b': 'two 400 1000:2000',
      [`/etc/app/${long}`]: 'three 600 0:2000',
    });
  });

  it('copies the shell for wrapped containers', () => {
    const { play, shell } = start(new Map());
    expect([play({ wrapper: 'w' }), shell()]).toEqual([undefined, true]);
  });

  it.each<[string, ReadonlyMap<string, string>]>([
    ['the files are missing', new Map()],
    ['1 of the 1 parts', new Map([['LAMBDALET_FILES_COUNT', '1']])],
    [
      'cannot be unpacked',
      new Map([
        ['LAMBDALET_FILES_COUNT', '1'],
        ['LAMBDALET_FILES_0', 'xxxx'],
      ]),
    ],
  ])('says what is wrong: %s', (words, environment) => {
    expect(start(environment).play({ files: ['v'] })).toContain(words);
  });
});
