import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { defineCommand } from '../../lib/cli/define-command.ts';
import { choosePaint } from '../../lib/cli/paint.ts';
import { cli } from './run-here.ts';

const MAIN = join(import.meta.dirname, '../../lib/cli/main.ts');
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

describe('lambdalet', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']]])('lists its commands when asked as %j', async (argv) => {
    const { code, out } = await cli(argv);
    expect(code).toBe(0);
    for (const [name, { summary }] of COMMANDS)
      expect(out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  });

  it.each([[['help', '-o', 'json']], [['--help', '-o', 'json']], [['-o', 'json']], [['--output=json']]])(
    'lists them for programs when asked as %j',
    async (argv) => {
      const { out } = await cli(argv);
      const { commands, ...rest } = JSON.parse(out) as { commands: { name: string }[] };
      expect(rest).toEqual({ apiVersion: 'lambdalet.dev/v1', kind: 'Help', version });
      expect(commands.map(({ name }) => name)).toEqual([...COMMANDS.keys(), 'help']);
    },
  );

  it.each([...COMMANDS.keys()])(
    'shows the options of %s, among them -o, by help as by --help',
    async (name) => {
      const { code, out } = await cli(['help', name]);
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^usage: lambdalet ${name}\\b`));
      expect(out).toContain('-o, --output FORMAT');
      expect((await cli([name, '--help'])).out).toBe(out);
      expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThan(130);
    },
  );

  it.each([...COMMANDS.keys(), 'help'])('tells programs the options of %s', async (name) => {
    const { code, out, err } = await cli([name, '--help', '-o', 'json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { options, ...rest } = JSON.parse(out) as { options: { name: string; about: string }[] };
    expect(rest).toMatchObject({ apiVersion: 'lambdalet.dev/v1', kind: 'Help', version, name });
    const text = (await cli(['help', name])).out;
    const shown = [...text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
    expect(options.map((option) => option.name)).toEqual(shown);
    expect(options.find((option) => option.name === '--output')).toMatchObject({
      ...{ short: '-o', value: 'FORMAT', oneOf: ['text', 'json'], mayRepeat: false },
    });
    expect((await cli(['help', name, '-o', 'json'])).out).toBe(out);
  });

  it('says its version', async () => {
    expect(await cli(['--version'])).toEqual({
      code: 0,
      err: '',
      out: `lambdalet ${version} (node ${process.version})\n`,
    });
    expect(JSON.parse((await cli(['version', '-o', 'json'])).out)).toEqual({
      apiVersion: 'lambdalet.dev/v1',
      kind: 'Version',
      version,
      node: process.version,
    });
  });

  it.each([
    [['explian'], 'unknown command "explian": did you mean explain?\n'],
    [['help', 'zebra'], /^unknown command "zebra": known are explain, /],
    [
      ['version', '--ouput', 'json'],
      /^unknown option --ouput: did you mean --output\?\n\nusage: lambdalet version/,
    ],
    [['--ouput', 'json'], /^unknown option --ouput: did you mean --output\?\n\nusage: lambdalet help/],
  ])('ends with 2 when it is asked as %j', async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  it('needs no npm package for its list of commands, so that it is there at once', () => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => { console.error(url); return next(url, context); } });`;
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, MAIN, 'help'],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    const loaded = stderr.split('\n').filter((line) => line.startsWith('file:'));
    expect(loaded).toContain(pathToFileURL(MAIN).href);
    expect(loaded.filter((url) => url.includes('node_modules'))).toEqual([]);
    expect(loaded.length).toBeLessThan(20);
  });

  it('does not mind a reader who closes the pipe', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${MAIN}" explain --help | head -c 1`],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('a file that a command is given', () => {
  const folder = import.meta.dirname;
  it.each([
    [['local', '--kubeconfig', '/nowhere'], '/nowhere cannot be read: ENOENT'],
    [['local', '--kubeconfig', folder], `${folder} cannot be read: it is a directory`],
    [['doctor', '-c', '/nowhere'], '/nowhere cannot be read: ENOENT'],
    [['doctor', '-c', folder], `${folder} cannot be read: it is a directory`],
    [
      ['doctor', '-c', 'examples/eks.yaml', '--kubeconfig', folder],
      `${folder} cannot be read: it is a directory`,
    ],
    [['why', 'a/b', '-c', folder], `${folder} cannot be read: it is a directory`],
    [['logs', 'a', '--cluster', 'local', '--kubeconfig', '/nowhere'], '/nowhere cannot be read: ENOENT'],
    [['bootstrap', '-c', folder], 'the file cannot be read (EISDIR'],
    [['cost', '-c', '/nowhere'], 'the file cannot be read (ENOENT'],
    [['explain', '-f', folder], `${folder} cannot be read: it is a directory`],
  ])('and cannot be read ends %j with 2', async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('a command', () => {
  const broken = defineCommand({
    name: 'broken',
    synopsis: '',
    about: 'Fails.',
    options: {},
    run: () => Promise.reject(new TypeError('x is not a function')),
  });

  it('lets a fault of the program through, for its stack', async () => {
    const io = { stdout: { write: () => true }, stderr: { write: () => true } };
    await expect(broken([], io as never)).rejects.toThrow('x is not a function');
  });
});

describe('colour', () => {
  it.each([
    ['a terminal', { isTTY: true, environment: {} }, '\u001b[31mbad\u001b[39m'],
    ['a terminal with NO_COLOR', { isTTY: true, environment: { NO_COLOR: '1' } }, 'bad'],
    [
      'a terminal with an empty NO_COLOR',
      { isTTY: true, environment: { NO_COLOR: '' } },
      '\u001b[31mbad\u001b[39m',
    ],
    ['a dumb terminal', { isTTY: true, environment: { TERM: 'dumb' } }, 'bad'],
    ['a file', { isTTY: false, environment: {} }, 'bad'],
  ])('on %s', (_where, { isTTY, environment }, painted) => {
    const paint = choosePaint({ stdout: { isTTY, write: () => true }, environment });
    expect(paint('bad', 'bad')).toBe(painted);
  });
});
