import { createHash } from 'node:crypto';
import { formatText, unescape } from './format-text.ts';
import { isDirectory, namesIn, resolvePath } from './machine.ts';
import type { Program, ProgramCall } from './program.ts';
import { runSh } from './run-sh.ts';
import { runTar } from './run-tar.ts';
import { runTest } from './run-test.ts';
import { Interrupted } from './streams.ts';
import type { TerminalModes } from './terminal.ts';

const READ_BYTES = 65_536;

const sh: Program = (call) => runSh(call.child(), call.words);
const test: Program = (call) => Promise.resolve(runTest(call));

/** The programs of every simulated image. What is not here is `not found`. */
export const PROGRAMS: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...['sh', 'bash', 'ash', 'dash'].map((name) => [name, sh] as const),
  ...(['test', '['] as const).map((name) => [name, test] as const),
  ['true', () => Promise.resolve(0)],
  ['false', () => Promise.resolve(1)],
  ['base64', runBase64],
  ['cat', runCat],
  ['chmod', () => Promise.resolve(0)],
  ['date', (call) => say(call, new Date(call.session.machine.clock.now()).toUTCString())],
  ['dd', runDd],
  ['echo', runEcho],
  ['env', runEnv],
  ['head', runHead],
  ['hostname', (call) => say(call, call.session.machine.hostname)],
  ['id', (call) => say(call, 'uid=0(root) gid=0(root) groups=0(root)')],
  ['ls', runLs],
  ['mkdir', runMkdir],
  ['printenv', runPrintenv],
  ['printf', runPrintf],
  ['rm', runRm],
  ['seq', runSeq],
  ['sha256sum', runSha256sum],
  ['sleep', runSleep],
  ['stty', runStty],
  ['tail', runTail],
  ['tar', runTar],
  ['tee', runTee],
  ['touch', runTouch],
  ['tr', runTr],
  ['tty', (call) => (call.isTerminal(0) ? say(call, '/dev/pts/0') : say(call, 'not a tty').then(() => 1))],
  ['uname', (call) => say(call, 'Linux')],
  ['wc', runWc],
  ['whoami', (call) => say(call, 'root')],
  ['yes', runYes],
]);

async function say(call: ProgramCall, text: string): Promise<number> {
  await call.write(`${text}\n`);
  return 0;
}

/** The files that are named, or the input; `undefined` for one that is not there, which was said already. */
async function* contentsOf(call: ProgramCall, names: readonly string[]): AsyncGenerator<Uint8Array, number> {
  let status = 0;
  for (const name of names.length === 0 ? ['-'] : names) {
    if (name === '-') {
      for (let bytes = await call.read(READ_BYTES); bytes.length > 0; bytes = await call.read(READ_BYTES))
        yield bytes;
      continue;
    }
    const content = await contentOf(call, name);
    if (content === undefined) status = 1;
    else yield content;
  }
  return status;
}

async function contentOf(call: ProgramCall, name: string): Promise<Uint8Array | undefined> {
  const { machine } = call.session;
  const path = resolvePath(call.directory, name);
  const content = path === '/dev/null' ? new Uint8Array(0) : machine.files.read(path)?.content;
  if (content === undefined)
    await call.complain(
      `${name}: ${isDirectory(machine, path) ? 'Is a directory' : 'No such file or directory'}`,
    );
  return content;
}

async function allOf(
  call: ProgramCall,
  names: readonly string[],
): Promise<{ readonly bytes: Buffer; readonly status: number }> {
  const chunks: Uint8Array[] = [];
  const contents = contentsOf(call, names);
  for (;;) {
    const next = await contents.next();
    if (next.done === true) return { bytes: Buffer.concat(chunks), status: next.value };
    chunks.push(next.value);
  }
}

async function runCat(call: ProgramCall): Promise<number> {
  const contents = contentsOf(call, call.words);
  for (;;) {
    const next = await contents.next();
    if (next.done === true) return next.value;
    await call.write(next.value);
  }
}

async function runEcho(call: ProgramCall): Promise<number> {
  const [first = ''] = call.words;
  const flags = /^-[neE]+$/.test(first) ? first : '';
  const text = call.words.slice(flags === '' ? 0 : 1).join(' ');
  await call.write((flags.includes('e') ? unescape(text, true) : text) + (flags.includes('n') ? '' : '\n'));
  return 0;
}

async function runPrintf(call: ProgramCall): Promise<number> {
  const [format = '', ...words] = call.words;
  await call.write(formatText(format, words));
  return 0;
}

async function runEnv(call: ProgramCall): Promise<number> {
  const environment = new Map(call.words.includes('-i') ? [] : call.environment);
  const words = call.words.filter((word) => word !== '-i');
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [name = '', ...value] = (words.shift() ?? '').split('=');
    environment.set(name, value.join('='));
  }
  if (words.length > 0) return call.run(words, environment);
  await call.write([...environment].map(([name, value]) => `${name}=${value}\n`).join(''));
  return 0;
}

async function runPrintenv(call: ProgramCall): Promise<number> {
  const [name] = call.words;
  if (name === undefined) return runEnv(call);
  const value = call.environment.get(name);
  return value === undefined ? 1 : say(call, value);
}

async function runLs(call: ProgramCall): Promise<number> {
  const { machine } = call.session;
  const paths = call.words.filter((word) => !word.startsWith('-'));
  const isLong = call.words.some((word) => /^-\w*l/.test(word));
  let status = 0;
  for (const name of paths.length === 0 ? ['.'] : paths) {
    const path = resolvePath(call.directory, name);
    const names = isDirectory(machine, path) ? namesIn(machine, path) : machine.files.read(path) && [name];
    if (names === undefined) {
      await call.complain(`${name}: No such file or directory`);
      status = 1;
    } else
      for (const found of names)
        await call.write(`${isLong ? longForm(call, resolvePath(path, found)) : ''}${found}\n`);
  }
  return status;
}

function longForm({ session }: ProgramCall, path: string): string {
  const file = session.machine.files.read(path);
  if (file === undefined) return 'drwxr-xr-x    2 root root         0 ';
  const mode = [6, 3, 0].map((shift) => {
    const bits = (file.mode >> shift) & 7;
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${(bits & 1) !== 0 ? 'x' : '-'}`;
  });
  return `-${mode.join('')}    1 root root ${String(file.content.length).padStart(9)} `;
}

async function runMkdir(call: ProgramCall): Promise<number> {
  const { machine } = call.session;
  const isDeep = call.words.some((word) => /^-\w*p/.test(word));
  for (const name of call.words.filter((word) => !word.startsWith('-'))) {
    const path = resolvePath(call.directory, name);
    if (!isDeep && (machine.files.has(path) || machine.directories.has(path))) {
      await call.complain(`can't create directory '${name}': File exists`);
      return 1;
    }
    for (let part = path; part !== '/'; part = resolvePath(part, '..')) machine.directories.add(part);
  }
  return 0;
}

async function runRm(call: ProgramCall): Promise<number> {
  const { files, directories } = call.session.machine;
  const isForced = call.words.some((word) => /^-\w*f/.test(word));
  let status = 0;
  for (const name of call.words.filter((word) => !word.startsWith('-'))) {
    const path = resolvePath(call.directory, name);
    const made = [...directories].filter(
      (directory) => directory === path || directory.startsWith(`${path}/`),
    );
    for (const directory of made) directories.delete(directory);
    if (files.remove(path) || made.length > 0 || isForced) continue;
    await call.complain(`can't remove '${name}': No such file or directory`);
    status = 1;
  }
  return status;
}

function runTouch({ words, session, directory }: ProgramCall): Promise<number> {
  for (const name of words) {
    const path = resolvePath(directory, name);
    if (!session.machine.files.has(path))
      session.machine.files.write(path, { content: new Uint8Array(0), mode: 0o644, uid: 0, gid: 0 });
  }
  return Promise.resolve(0);
}

async function runTee(call: ProgramCall): Promise<number> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of contentsOf(call, [])) {
    chunks.push(bytes);
    await call.write(bytes);
  }
  for (const name of call.words)
    call.session.machine.files.write(resolvePath(call.directory, name), {
      ...{ content: Buffer.concat(chunks), mode: 0o644, uid: 0, gid: 0 },
    });
  return 0;
}

/** `-c N`, `-n N` and `-N`, also written together; `+N` counts from the front. */
function countOf(words: readonly string[]): {
  readonly isBytes: boolean;
  readonly count: string;
  readonly names: readonly string[];
} {
  const [first = '', second = ''] = words;
  const [, letter, count] = /^-([cn])(.*)$/.exec(first) ?? [];
  if (letter !== undefined)
    return count === '' || count === undefined
      ? { isBytes: letter === 'c', count: second, names: words.slice(2) }
      : { isBytes: letter === 'c', count, names: words.slice(1) };
  const short = /^-(\d+)$/.exec(first)?.[1];
  return { isBytes: false, count: short ?? '10', names: short === undefined ? words : words.slice(1) };
}

async function runHead(call: ProgramCall): Promise<number> {
  const { isBytes, count, names } = countOf(call.words);
  let left = Number(count);
  for await (const bytes of contentsOf(call, names)) {
    const text = Buffer.from(bytes).toString('latin1');
    const pieces = isBytes ? [text.slice(0, left)] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).slice(0, left);
    const output = pieces.join('');
    left -= isBytes ? output.length : pieces.filter((piece) => piece.endsWith('\n')).length;
    await call.write(output);
    if (left <= 0) break;
  }
  return 0;
}

async function runTail(call: ProgramCall): Promise<number> {
  const { isBytes, count, names } = countOf(call.words);
  const { bytes, status } = await allOf(call, names);
  const text = bytes.toString('latin1');
  const pieces = isBytes ? Array.from(text) : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
  const wanted = Number(count.replace(/^[-+]/, ''));
  const kept = count.startsWith('+')
    ? pieces.slice(Math.max(0, wanted - 1))
    : pieces.slice(Math.max(0, pieces.length - wanted));
  await call.write(kept.join(''));
  return status;
}

async function runWc(call: ProgramCall): Promise<number> {
  const flags = call.words.filter((word) => word.startsWith('-')).join('');
  const names = call.words.filter((word) => !word.startsWith('-'));
  const { bytes, status } = await allOf(call, names);
  const text = bytes.toString('latin1');
  const counts = {
    l: text.split('\n').length - 1,
    w: text.split(/\s+/).filter(Boolean).length,
    c: bytes.length,
  };
  const wanted = (['l', 'w', 'c'] as const).filter((letter) => flags === '' || flags.includes(letter));
  await call.write(`${[...wanted.map((letter) => counts[letter]), ...names].join(' ')}\n`);
  return status;
}

async function runSha256sum(call: ProgramCall): Promise<number> {
  const { bytes, status } = await allOf(call, call.words);
  await call.write(`${createHash('sha256').update(bytes).digest('hex')}  ${call.words[0] ?? '-'}\n`);
  return status;
}

async function runTr(call: ProgramCall): Promise<number> {
  const [first = '', second = ''] = call.words.map((word) => unescape(word));
  const isDeleted = first === '-d';
  const from = spread(isDeleted ? second : first);
  const to = spread(second);
  for await (const bytes of contentsOf(call, [])) {
    const text = Buffer.from(bytes).toString('latin1');
    await call.write(
      Array.from(text)
        .map((letter) =>
          from.includes(letter) ? (isDeleted ? '' : (to[from.indexOf(letter)] ?? to.at(-1) ?? '')) : letter,
        )
        .join(''),
    );
  }
  return 0;
}

function spread(set: string): readonly string[] {
  return Array.from(
    set.replaceAll(/(.)-(.)/gs, (_, from: string, to: string) => {
      const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
      return Array.from({ length: Math.max(0, last - first + 1) }, (__, at) =>
        String.fromCharCode(first + at),
      ).join('');
    }),
  );
}

async function runSeq(call: ProgramCall): Promise<number> {
  const [first, second, third] = call.words.map(Number);
  const [from, step, to] =
    third === undefined
      ? [second === undefined ? 1 : (first ?? 1), 1, second ?? first ?? 0]
      : [first ?? 1, second ?? 1, third];
  for (let value = from; step > 0 ? value <= to : value >= to; value += step || 1)
    await call.write(`${value}\n`);
  return 0;
}

async function runYes(call: ProgramCall): Promise<number> {
  const line = `${call.words.join(' ') || 'y'}\n`;
  const lines = line.repeat(Math.max(1, Math.floor(8192 / line.length)));
  for (;;) {
    await call.write(lines);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function runSleep(call: ProgramCall): Promise<number> {
  const [word = ''] = call.words;
  const [, number, unit = 's'] = /^(\d+\.?\d*|\.\d+)([smhd])?$/.exec(word) ?? [];
  if (number === undefined && word !== 'infinity') {
    await call.complain(`invalid number '${word}'`);
    return 1;
  }
  const { clock } = call.session.machine;
  const factor = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 1000;
  await clock.sleep(
    number === undefined ? Number.MAX_SAFE_INTEGER : clock.now() + Number(number) * factor,
    call.signal,
  );
  if (call.signal.aborted) throw new Interrupted();
  return 0;
}

async function runBase64(call: ProgramCall): Promise<number> {
  const names = call.words.filter((word) => !word.startsWith('-'));
  const { bytes, status } = await allOf(call, names);
  if (call.words.includes('-d')) await call.write(Buffer.from(bytes.toString('latin1'), 'base64'));
  else await call.write(bytes.toString('base64').replaceAll(/.{1,76}/g, '$&\n'));
  return status;
}

/** Only what copies input to output: `bs=`, `count=`, `if=`, `of=`. Each block is one read, however short. */
async function runDd(call: ProgramCall): Promise<number> {
  const options = new Map(call.words.map((word) => word.split('=') as [string, string]));
  const [size, count] = [Number(options.get('bs') ?? 512), Number(options.get('count') ?? Infinity)];
  const given = options.get('if');
  const content = given === undefined ? undefined : await contentOf(call, given);
  if (given !== undefined && content === undefined) return 1;
  const chunks: Uint8Array[] = [];
  const target = options.get('of');
  for (let block = 0; block < count; block += 1) {
    const bytes = content?.subarray(block * size, (block + 1) * size) ?? (await call.read(size));
    if (bytes.length === 0) break;
    if (target === undefined) await call.write(bytes);
    else chunks.push(Uint8Array.from(bytes));
  }
  if (target !== undefined && target !== '/dev/null')
    call.session.machine.files.write(resolvePath(call.directory, target), {
      ...{ content: Buffer.concat(chunks), mode: 0o644, uid: 0, gid: 0 },
    });
  return 0;
}

const MODES: readonly (keyof TerminalModes)[] = ['icanon', 'echo', 'isig', 'ixon', 'icrnl', 'opost'];

async function runStty(call: ProgramCall): Promise<number> {
  const { terminal } = call.session;
  if (!call.isTerminal(0)) {
    await call.complain('standard input: Inappropriate ioctl for device');
    return 1;
  }
  const [first] = call.words;
  if (first === undefined || first === '-g') {
    await call.write(`${MODES.map((mode) => `${terminal.modes[mode] ? '' : '-'}${mode}`).join(':')}\n`);
    return 0;
  }
  if (first === 'size') return say(call, `${terminal.size.rows} ${terminal.size.columns}`);
  for (const word of call.words.flatMap((given) => given.split(':'))) setMode(terminal.modes, word);
  return 0;
}

function setMode(modes: TerminalModes, word: string): void {
  if (word === 'raw' || word === 'sane')
    for (const mode of MODES) if (mode !== 'echo' || word === 'sane') modes[mode] = word === 'sane';
  const name = word.replace(/^-/, '');
  const mode = MODES.find((known) => known === name);
  if (mode !== undefined) modes[mode] = !word.startsWith('-');
}
