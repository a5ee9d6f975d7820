import { expandWord, expandWords, matches } from './expand-words.ts';
import { resolvePath, type MachineSession } from './machine.ts';
import { runBuiltIn } from './built-ins.ts';
import { INTERRUPTED, Jump } from './jump.ts';
import { findProgram, runProgram } from './run-program.ts';
import { ShellFault } from './shell-fault.ts';
import { createPipe, Interrupted, nullFile, release, share, type OpenFile } from './streams.ts';
import type { Node, Redirection, Word } from './shell-tree.ts';

/** Turns of loops before others get theirs. */
const BREATH = 500;
const MOST_DEPTH = 200;

/** One shell: variables, functions, open files. A subshell is another one that begins as this one is. */
export class Shell {
  readonly session: MachineSession;
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly functions: Map<string, Node>;
  readonly traps: Map<string, string>;
  readonly options = { stopOnError: false, isInteractive: false };
  files: Map<number, OpenFile>;
  name: string;
  words: readonly string[] = [];
  directory: string;
  status = 0;
  /** Commands whose output became part of a word, so far. */
  substitutions = 0;
  #turns = 0;
  readonly #depth: number;

  constructor(
    session: MachineSession,
    begin: {
      readonly files: Map<number, OpenFile>;
      readonly directory: string;
      readonly variables: ReadonlyMap<string, string>;
      readonly exported: Iterable<string>;
      readonly depth?: number;
    },
  ) {
    this.session = session;
    this.variables = new Map(begin.variables);
    this.exported = new Set(begin.exported);
    this.functions = new Map();
    this.traps = new Map();
    this.files = new Map([...begin.files].map(([fd, file]) => [fd, share(file)]));
    this.directory = begin.directory;
    this.name = 'sh';
    this.#depth = begin.depth ?? 0;
  }

  /** A subshell. Its traps are forgotten (POSIX, trap). */
  fork(): Shell {
    if (this.#depth > MOST_DEPTH) throw new ShellFault('too many shells inside each other');
    const { session, files, directory, variables, exported } = this;
    const child = new Shell(session, { files, directory, variables, exported, depth: this.#depth + 1 });
    for (const [name, body] of this.functions) child.functions.set(name, body);
    child.words = this.words;
    child.name = this.name;
    child.status = this.status;
    child.options.stopOnError = this.options.stopOnError;
    return child;
  }

  /** Closes what it has open. */
  end(): void {
    for (const file of this.files.values()) release(file);
    this.files.clear();
  }

  /** Runs in a shell of its own until its end, and gives its status. */
  async runToEnd(node: Node): Promise<number> {
    try {
      return await this.run(node);
    } catch (thrown) {
      if (thrown instanceof Jump) return thrown.to === 'exit' ? thrown.value : this.status;
      if (thrown instanceof Interrupted) return INTERRUPTED;
      if (!(thrown instanceof ShellFault)) throw thrown;
      await this.say(thrown.message);
      return 2;
    } finally {
      this.end();
    }
  }

  async run(node: Node): Promise<number> {
    await this.#breathe();
    this.status = await this.#runNode(node);
    return this.status;
  }

  /** Writes a complaint where stderr goes. */
  async say(message: string): Promise<void> {
    await this.files.get(2)?.sink?.write(Buffer.from(`${this.name}: ${message}\n`, 'latin1'));
  }

  async #runNode(node: Node): Promise<number> {
    switch (node.kind) {
      case 'simple':
        return this.#runSimple(node);
      case 'pipeline':
        return this.#runPipeline(node);
      case 'and-or': {
        const left = await this.run(node.left);
        return (left === 0) === (node.when === '&&') ? this.run(node.right) : left;
      }
      case 'list':
        return this.#runList(node.nodes);
      case 'background':
        void this.fork().runToEnd(node.node);
        return 0;
      case 'group':
        return this.#redirected(node.redirections, () => this.run(node.body));
      case 'subshell':
        return this.#redirected(node.redirections, () => this.fork().runToEnd(node.body));
      case 'function':
        this.functions.set(node.name, node.body);
        return 0;
      case 'if':
        return this.#redirected(node.redirections, () => this.#runIf(node));
      case 'loop':
        return this.#redirected(node.redirections, () => this.#runLoop(node));
      case 'for':
        return this.#redirected(node.redirections, () => this.#runFor(node));
      case 'case':
        return this.#redirected(node.redirections, () => this.#runCase(node));
    }
  }

  async #runList(nodes: readonly Node[]): Promise<number> {
    let status = 0;
    for (const node of nodes) {
      status = await this.run(node);
      const tells = node.kind === 'simple' || node.kind === 'subshell' || node.kind === 'pipeline';
      if (status !== 0 && this.options.stopOnError && tells) throw new Jump('exit', status);
    }
    return status;
  }

  async #runIf(node: Extract<Node, { kind: 'if' }>): Promise<number> {
    if (await this.#holds(node.test)) return this.run(node.then);
    return node.otherwise === undefined ? 0 : this.run(node.otherwise);
  }

  /** In a condition no failure ends the shell. */
  async #holds(test: Node): Promise<boolean> {
    const { stopOnError } = this.options;
    this.options.stopOnError = false;
    try {
      return (await this.run(test)) === 0;
    } finally {
      this.options.stopOnError = stopOnError;
    }
  }

  async #runLoop(node: Extract<Node, { kind: 'loop' }>): Promise<number> {
    let status = 0;
    while ((await this.#holds(node.test)) !== node.until) {
      const turn = await this.#runTurn(node.body);
      if (turn === 'break') return 0;
      status = turn;
    }
    return status;
  }

  async #runFor(node: Extract<Node, { kind: 'for' }>): Promise<number> {
    let status = 0;
    const values = node.words === undefined ? this.words : await expandWords(this, node.words);
    for (const value of values) {
      this.variables.set(node.name, value);
      const turn = await this.#runTurn(node.body);
      if (turn === 'break') return 0;
      status = turn;
    }
    return status;
  }

  async #runTurn(body: Node): Promise<number | 'break'> {
    try {
      return await this.run(body);
    } catch (thrown) {
      if (!(thrown instanceof Jump) || (thrown.to !== 'break' && thrown.to !== 'continue')) throw thrown;
      if (thrown.value > 1) throw new Jump(thrown.to, thrown.value - 1);
      return thrown.to === 'break' ? 'break' : 0;
    }
  }

  async #runCase(node: Extract<Node, { kind: 'case' }>): Promise<number> {
    const text = await expandWord(this, node.word);
    for (const { patterns, body } of node.branches)
      for (const pattern of patterns) if (await matches(this, text, pattern)) return this.run(body);
    return 0;
  }

  async #runPipeline({ commands, negated }: Extract<Node, { kind: 'pipeline' }>): Promise<number> {
    const running: Promise<number>[] = [];
    let input: OpenFile | undefined;
    for (const [at, command] of commands.entries()) {
      const child = this.fork();
      if (input !== undefined) child.replace(0, input);
      input = undefined;
      if (at < commands.length - 1) {
        const { reader, writer } = createPipe();
        child.replace(1, writer);
        input = reader;
      }
      running.push(child.runToEnd(command));
    }
    const status = (await Promise.all(running)).at(-1) ?? 0;
    return negated ? Number(status === 0) : status;
  }

  /** Takes over an open file; what was there is closed. */
  replace(fd: number, file: OpenFile | undefined): void {
    const before = this.files.get(fd);
    if (file === undefined) this.files.delete(fd);
    else this.files.set(fd, file);
    release(before);
  }

  async #redirected(redirections: readonly Redirection[], run: () => Promise<number>): Promise<number> {
    if (redirections.length === 0) return run();
    const before = this.files;
    this.files = new Map([...before].map(([fd, file]) => [fd, share(file)]));
    try {
      for (const redirection of redirections) await this.#redirect(redirection);
      return await run();
    } catch (thrown) {
      if (!(thrown instanceof ShellFault)) throw thrown;
      await this.say(thrown.message);
      return 1;
    } finally {
      this.end();
      this.files = before;
    }
  }

  async #redirect({ fd, operator, target }: Redirection): Promise<void> {
    const name = await expandWord(this, target);
    if (operator === '>&' || operator === '<&') {
      const other = this.files.get(Number(name));
      if (name !== '-' && other === undefined) throw new ShellFault(`${name}: Bad file descriptor`);
      this.replace(fd, other === undefined || name === '-' ? undefined : share(other));
      return;
    }
    this.replace(fd, this.#openPath(name, operator));
  }

  #openPath(name: string, operator: '<' | '>' | '>>'): OpenFile {
    if (name === '/dev/null') return nullFile();
    const { files } = this.session.machine;
    const path = resolvePath(this.directory, name);
    const known = files.read(path);
    if (operator === '<') {
      if (known === undefined) throw new ShellFault(`cannot open ${name}: No such file`);
      let at = 0;
      const read = (most: number): Promise<Uint8Array> => {
        const bytes = known.content.subarray(at, at + most);
        at += bytes.length;
        return Promise.resolve(bytes);
      };
      return { source: { read }, holders: 1 };
    }
    const chunks = operator === '>>' && known !== undefined ? [known.content] : [];
    const store = (): void =>
      files.write(path, { content: Buffer.concat(chunks), mode: known?.mode ?? 0o644, uid: 0, gid: 0 });
    store();
    const write = (bytes: Uint8Array): Promise<boolean> => {
      chunks.push(Uint8Array.from(bytes));
      return Promise.resolve(true);
    };
    return { sink: { write }, close: store, holders: 1 };
  }

  async #runSimple(node: Extract<Node, { kind: 'simple' }>): Promise<number> {
    const words = await expandWords(this, node.words);
    const [name, ...given] = words;
    if (name === undefined) return this.#assignAll(node);
    if (name === 'exec') return this.#exec(given, node);
    return this.#redirected(node.redirections, async () => {
      const restore = await this.#assignFor(node.assignments);
      try {
        return await this.call(name, given);
      } finally {
        restore();
      }
    });
  }

  /** Runs a function, a built-in command or a program. */
  async call(name: string, given: readonly string[]): Promise<number> {
    const body = this.functions.get(name);
    if (body !== undefined) return this.#callFunction(body, given);
    const built = await runBuiltIn(this, name, given);
    return built ?? this.runExternal(name, given);
  }

  /** Runs a program of the image. A shell that is no interactive one and traps nothing ends with what ^C ended. */
  async runExternal(name: string, given: readonly string[]): Promise<number> {
    const program = findProgram(this, name);
    if (program === undefined) {
      await this.say(`${name}: not found`);
      return 127;
    }
    const status = await runProgram(this, program, [name, ...given]);
    if (status === INTERRUPTED) this.#heedInterrupt();
    return status;
  }

  #heedInterrupt(): void {
    if (this.session.isKilled) throw new Jump('exit', 129);
    if (!this.options.isInteractive && !this.traps.has('INT')) throw new Jump('exit', INTERRUPTED);
  }

  async #exec(given: readonly string[], node: Extract<Node, { kind: 'simple' }>): Promise<number> {
    for (const redirection of node.redirections) await this.#redirect(redirection);
    const [name, ...rest] = given;
    if (name === undefined) return 0;
    if (findProgram(this, name) === undefined) {
      await this.say(`exec: ${name}: not found`);
      throw new Jump('exit', 127);
    }
    throw new Jump('exit', await this.runExternal(name, rest));
  }

  async #callFunction(body: Node, given: readonly string[]): Promise<number> {
    const before = this.words;
    this.words = given;
    try {
      return await this.run(body);
    } catch (thrown) {
      if (thrown instanceof Jump && thrown.to === 'return') return thrown.value;
      throw thrown;
    } finally {
      this.words = before;
    }
  }

  /** The status of an assignment is that of the last command in it (POSIX, 2.9.1). */
  async #assignAll(node: Extract<Node, { kind: 'simple' }>): Promise<number> {
    return this.#redirected(node.redirections, async () => {
      const before = this.substitutions;
      for (const { name, value } of node.assignments) this.variables.set(name, await expandWord(this, value));
      return this.substitutions === before ? 0 : this.status;
    });
  }

  async #assignFor(
    assignments: readonly { readonly name: string; readonly value: Word }[],
  ): Promise<() => void> {
    const before = assignments.map(
      ({ name }) => [name, this.variables.get(name), this.exported.has(name)] as const,
    );
    for (const { name, value } of assignments) {
      this.variables.set(name, await expandWord(this, value));
      this.exported.add(name);
    }
    return () => {
      for (const [name, value, wasExported] of before) {
        if (value === undefined) this.variables.delete(name);
        else this.variables.set(name, value);
        if (!wasExported) this.exported.delete(name);
      }
    };
  }

  /** A loop that never waits would let nothing else happen on this machine. */
  async #breathe(): Promise<void> {
    if (this.session.isKilled) throw new Jump('exit', 129);
    this.#turns += 1;
    if (this.#turns % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
