import { isDirectory, namesIn, resolvePath, type Machine } from './machine.ts';
import type { ProgramCall } from './program.ts';
import { encodeEnd, encodeEntry, TarReader, type TarEntry } from './tar-archive.ts';

const READ_BYTES = 65_536;
const LETTERS = /^-?[cxtvfmpo]+$/;

/** What `tar` was asked for. */
interface TarAsk {
  readonly letters: string;
  readonly file: string;
  readonly directory: string;
  readonly names: readonly string[];
}

/** `tar c`, `x` and `t` through its input and output or a file, with `-C`: what `kubectl cp` asks of a container. */
export async function runTar(call: ProgramCall): Promise<number> {
  const words = call.words.filter((word) => !word.startsWith('--'));
  const [first = ''] = words;
  if (!LETTERS.test(first)) {
    await call.complain(`the option "${first}" is not simulated`);
    return 2;
  }
  const ask = readWords(call.directory, words);
  if (ask.letters.includes('c')) return create(call, ask);
  return extract(call, { ...ask, isTold: ask.letters.includes('t') });
}

function readWords(from: string, words: readonly string[]): TarAsk {
  let [letters, file, directory] = ['', '-', from];
  const names: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-C') directory = resolvePath(directory, rest.shift() ?? '.');
    else if (letters === '' || (word.startsWith('-') && LETTERS.test(word))) {
      letters += word;
      if (word.includes('f')) file = rest.shift() ?? '-';
    } else names.push(word);
  }
  return { letters, file, directory, names };
}

async function create(
  call: ProgramCall,
  {
    file,
    directory,
    names,
  }: { readonly file: string; readonly directory: string; readonly names: readonly string[] },
): Promise<number> {
  const { machine } = call.session;
  const chunks: Uint8Array[] = [];
  const put = async (bytes: Uint8Array): Promise<void> => {
    if (file === '-') await call.write(bytes);
    else chunks.push(bytes);
  };
  let status = 0;
  for (const name of names) {
    const path = resolvePath(directory, name);
    if (!isDirectory(machine, path) && machine.files.read(path) === undefined) {
      await call.complain(`${name}: Cannot stat: No such file or directory`);
      status = 2;
    } else
      for (const entry of entriesOf(machine, path, name.replace(/^\/+/, ''))) await put(encodeEntry(entry));
  }
  await put(encodeEnd());
  if (file !== '-')
    machine.files.write(resolvePath(call.directory, file), {
      content: Buffer.concat(chunks),
      mode: 0o644,
      uid: 0,
      gid: 0,
    });
  return status;
}

function* entriesOf(machine: Machine, path: string, name: string): Generator<TarEntry> {
  const file = machine.files.read(path);
  if (file !== undefined) {
    yield { name, isDirectory: false, mode: file.mode, content: file.content };
    return;
  }
  yield {
    name: `${name.replace(/\/+$/, '') || '.'}/`,
    isDirectory: true,
    mode: 0o755,
    content: new Uint8Array(0),
  };
  for (const child of namesIn(machine, path))
    yield* entriesOf(machine, resolvePath(path, child), `${name.replace(/\/+$/, '')}/${child}`);
}

async function extract(
  call: ProgramCall,
  {
    file,
    directory,
    isTold,
  }: { readonly file: string; readonly directory: string; readonly isTold: boolean },
): Promise<number> {
  const { machine } = call.session;
  if (!isDirectory(machine, directory)) {
    await call.complain(`${directory}: Cannot open: No such file or directory`);
    return 2;
  }
  const reader = new TarReader();
  const known = file === '-' ? undefined : machine.files.read(resolvePath(call.directory, file))?.content;
  for (;;) {
    const bytes = known ?? (await call.read(READ_BYTES));
    for (const entry of reader.read(bytes)) {
      if (isTold) await call.write(`${entry.name}\n`);
      else store(machine, directory, entry);
    }
    if (known !== undefined || bytes.length === 0) return 0;
  }
}

function store({ files, directories }: Machine, directory: string, entry: TarEntry): void {
  const path = resolvePath(directory, entry.name.replace(/^\/+/, ''));
  if (entry.isDirectory) directories.add(path);
  else files.write(path, { content: entry.content, mode: entry.mode, uid: 0, gid: 0 });
}
