import type { Container, Task } from './ecs-state.ts';

/** One file in a task. */
export interface TaskFile {
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Files by path: below the root of a volume, or of a container's own disk. */
export type FileTree = Map<string, TaskFile>;

/** The files that a container sees, by absolute path: its own and those of the volumes that it mounts. */
export interface ContainerFiles {
  read(path: string): TaskFile | undefined;
  write(path: string, file: TaskFile): void;
  /** Removes a file, or a directory with all that is in it; `false`: nothing was there. */
  remove(path: string): boolean;
  /** Whether there is a file, or a directory with something in it. */
  has(path: string): boolean;
  /** Every file, by absolute path, in order. */
  list(): ReadonlyMap<string, TaskFile>;
}

/** A tree that is mounted in a container. */
export interface Mount {
  /** Absolute; ends in a slash. */
  readonly at: string;
  readonly tree: FileTree;
}

/** The files of one container of a task. */
export function filesOf(task: Task, container: Container): ContainerFiles {
  return createFiles(container.ownFiles, mountsOf(task, container));
}

/** The files of `own`, under the mounts: the deepest first. */
export function createFiles(own: FileTree, mounts: readonly Mount[] = []): ContainerFiles {
  const locate = (path: string): { readonly tree: FileTree; readonly key: string } => {
    const absolute = normalise(path);
    const mount = mounts.find(({ at }) => `${absolute}/`.startsWith(at));
    return { tree: mount?.tree ?? own, key: absolute.slice((mount?.at ?? '/').length) };
  };
  const below = (path: string): readonly string[] => {
    const { tree, key } = locate(path);
    const directory = key === '' ? '' : `${key}/`;
    return [...tree.keys()].filter((name) => name === key || name.startsWith(directory));
  };
  return {
    read: (path) => {
      const { tree, key } = locate(path);
      return tree.get(key);
    },
    write: (path, file) => {
      const { tree, key } = locate(path);
      tree.set(key, file);
    },
    remove: (path) => {
      const names = below(path);
      for (const name of names) locate(path).tree.delete(name);
      return names.length > 0;
    },
    has: (path) => below(path).length > 0,
    list: () => {
      const unmounted = [...own].map(([name, file]) => [`/${name}`, file] as const);
      const mounted = mounts.flatMap(({ at, tree }) =>
        [...tree].map(([name, file]) => [at + name, file] as const),
      );
      return new Map([...unmounted, ...mounted].sort(([one], [other]) => (one < other ? -1 : 1)));
    },
  };
}

/** The deepest mount first: it hides what is above it. */
function mountsOf(task: Task, { definition }: Container): readonly Mount[] {
  return (definition?.mountPoints ?? [])
    .flatMap(({ sourceVolume = '', containerPath = '' }) => {
      const tree = task.volumes.get(sourceVolume);
      return tree === undefined ? [] : [{ at: `${normalise(containerPath)}/`, tree }];
    })
    .sort((one, other) => other.at.length - one.at.length);
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
