import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { LONG_DIRECTORY, WRITER_ROOT } from '../../../providers/ecs-fargate/plan/writer-script.ts';
import { filesOf, type ContainerFiles, type TaskFile } from './container-files.ts';
import type { Container, Task } from './ecs-state.ts';

const FILES = /^LAMBDALET_FILES_(\d+)$/;
const AWAITS_FILES = /LAMBDALET_FILES_COUNT/;
const COPIES_SHELL = /^cp -f \/bin\/busybox ([\w-]+\/busybox)/gm;
const CHANGES_GROUP = /^chgrp -R (\d+) ([\w-]+)$/gm;
const CHANGES_OWNER = /^chown (\d+) '([^']+)'$/gm;

/**
 * Does what the writer's script does to the volumes of its task: unpacks the files of the pod, changes their owners, copies
 * the shell. Gives what it would complain about, or `undefined`.
 */
export function playWriter(task: Task, container: Container, script: string): string | undefined {
  const files = filesOf(task, container);
  if (AWAITS_FILES.test(script)) {
    const fault = unpack(files, container.environment ?? new Map<string, string>());
    if (fault !== undefined) return fault;
  }
  for (const [, path = ''] of script.matchAll(COPIES_SHELL))
    files.write(below(path), { content: new Uint8Array(), mode: 0o755, uid: 0, gid: 0 });
  for (const [, group, path = ''] of script.matchAll(CHANGES_GROUP))
    change(files, below(path), { gid: Number(group) });
  for (const [, user, path = ''] of script.matchAll(CHANGES_OWNER))
    change(files, below(path), { uid: Number(user) });
  return undefined;
}

function unpack(files: ContainerFiles, environment: ReadonlyMap<string, string>): string | undefined {
  const count = Number(environment.get('LAMBDALET_FILES_COUNT') ?? 0);
  const chunks = [...environment]
    .flatMap(([name, text]) => {
      const number = FILES.exec(name)?.[1];
      return number === undefined ? [] : [{ number: Number(number), text }];
    })
    .sort((one, other) => one.number - other.number);
  if (count === 0) return 'the files are missing: the env file of this container was not read';
  if (chunks.length < count) return `${count - chunks.length} of the ${count} parts of the files are missing`;
  try {
    layOut(files, gunzipSync(Buffer.from(chunks.map(({ text }) => text).join(''), 'base64')));
    return undefined;
  } catch {
    return 'the files cannot be unpacked';
  }
}

/** Files with long paths are stored under numbers, with a list of their paths. */
function layOut(files: ContainerFiles, archive: Uint8Array): void {
  // A copy, because what is unpacked may lie anywhere in a larger buffer, which parseTar would read from its beginning.
  const entries = parseTar(Uint8Array.from(archive)).filter(({ type }) => type === 'file');
  const list = entries.find(({ name }) => name === `${LONG_DIRECTORY}/list`);
  const paths = (list?.text ?? '').split('\n');
  for (const { name, data = new Uint8Array(), attrs } of entries) {
    if (name === list?.name) continue;
    const { mode = '644', uid = 0, gid = 0 } = attrs ?? {};
    const [, number] = name.startsWith(`${LONG_DIRECTORY}/`) ? name.split('/') : [];
    const path = number === undefined ? name : (paths[Number(number)] ?? name);
    files.write(below(path), { content: data, mode: Number.parseInt(mode, 8) & 0o7777, uid, gid });
  }
}

function change(files: ContainerFiles, path: string, owner: Partial<Pick<TaskFile, 'uid' | 'gid'>>): void {
  for (const [name, file] of files.list())
    if (name === path || name.startsWith(`${path}/`)) files.write(name, { ...file, ...owner });
}

function below(path: string): string {
  return `${WRITER_ROOT}/${path}`;
}
