import { describe, expect, it } from 'vitest';
import { createFiles } from '../../../lib/local/aws/ecs/container-files.ts';
import { simulateContainer } from '../../../lib/local/aws/ecs/simulate-container.ts';
import type { SimulatedContainer } from '../../../lib/local/aws/ecs/simulate-container.ts';

interface Life {
  readonly lines: readonly string[];
  readonly exit: string;
}

/** Runs a container to its end (or for 200 steps) and tells its story: `<ms>: <line>` and `<code> after <ms>`. */
function live(container: SimulatedContainer): Life {
  const lines: string[] = [];
  for (let steps = 0; steps < 200; steps += 1) {
    const step = container.next();
    if (step === undefined) return { lines, exit: 'runs on' };
    if (step.kind === 'line') lines.push(`${step.afterMs}: ${step.text}`);
    if (step.kind === 'exit') return { lines, exit: `${step.exitCode} after ${step.afterMs}` };
  }
  return { lines, exit: 'never ends' };
}

function container(words: readonly string[], environment: Record<string, string> = {}): SimulatedContainer {
  return simulateContainer({
    words,
    environment: new Map(Object.entries(environment)),
    files: createFiles(new Map()),
  });
}

const shell = (script: string, environment: Record<string, string> = {}) =>
  container(['sh', '-c', script], environment);

describe('a simulated container with a shell script', () => {
  it.each<[string, readonly string[], string]>([
    ['sleep 2; echo done; exit 3', ['2000: done'], '3 after 2000'],
    ['echo one && echo two || echo three', ['0: one', '0: two'], '0 after 0'],
    ['false && echo no || echo yes', ['0: yes'], '0 after 0'],
    ['false\necho after', ['0: after'], '0 after 0'],
    ['set -e; false; echo never', [], '1 after 0'],
    ['set -e; false || true; echo on', ['0: on'], '0 after 0'],
    ['sleep .5 && sleep 1m', [], '0 after 60500'],
    ['sleep infinity', [], 'runs on'],
    ['sleep nonsense; echo $?', ["0: sleep: invalid number 'nonsense'", '0: 1'], '0 after 0'],
    ['', [], '0 after 0'],
    ['# only a comment\ntrue', [], '0 after 0'],
    ['exit', [], '0 after 0'],
    ['false; exit', [], '1 after 0'],
    ['exit 257', [], '1 after 0'],
    ['nginx -t', ['0: sh: nginx: not found'], '127 after 0'],
    ['nginx -t; echo "it was $?"', ['0: sh: nginx: not found', '0: it was 127'], '0 after 0'],
    ['/bin/echo a  b "c  d" \'$HOME\'', ['0: a b c  d $HOME'], '0 after 0'],
    ['echo "a\nb"', ['0: a', '0: b'], '0 after 0'],
    ['NAME=you; echo "hi ${NAME}!" >&2', ['0: hi you!'], '0 after 0'],
    ['echo quiet > /dev/null; echo loud 2>/dev/null', ['0: loud'], '0 after 0'],
    [
      'for i in 1 2; do echo $i; sleep 1; done; exec echo end',
      ['0: 1', '1000: 2', '2000: end'],
      '0 after 2000',
    ],
    ['echo a \\\n b', ['0: a b'], '0 after 0'],
    ['echo cost: 5$ \\$X', ['0: cost: 5$ $X'], '0 after 0'],
  ])('%j', (script, lines, exit) => {
    expect(live(shell(script))).toEqual({ lines, exit });
  });

  it('takes variables from its environment, and an unquoted empty one is no word', () => {
    expect(
      live(shell('echo [$CODE] $EMPTY "$EMPTY" $LIST; exit $CODE', { CODE: '4', LIST: 'a  b' })),
    ).toEqual({
      lines: ['0: [4]  a b'],
      exit: '4 after 0',
    });
  });

  it('loops for ever without being computed ahead', () => {
    const beat = shell('while true; do echo beat; sleep 5; done');
    const steps = Array.from({ length: 5 }, () => beat.next());
    expect(steps.map((step) => step?.afterMs)).toEqual([0, 5000, 5000, 10_000, 10_000]);
  });

  it('gives a loop that takes no time a little', () => {
    const busy = shell('while true; do true; done');
    expect(Array.from({ length: 3 }, () => busy.next()?.afterMs)).toEqual([10, 20, 30]);
  });

  it.each([
    ['cat /etc/hosts | wc -l', 'sh: syntax not simulated: |'],
    ['echo $(date)', 'sh: syntax not simulated: $('],
    ['echo "now $(date)"', 'sh: syntax not simulated: $('],
    ['sleep 1 &', 'sh: syntax not simulated: &'],
    ['if true; then echo x; fi', 'sh: syntax not simulated: if'],
    ['echo "open', 'sh: syntax error: unterminated quoted string'],
    ['true && ', 'sh: syntax error: unexpected end of script'],
    ['while true; do echo', 'sh: syntax error: unexpected end of script'],
    ['; done', 'sh: syntax not simulated: done'],
  ])('says what it does not understand in %j and exits 2', (script, line) => {
    expect(live(shell(script))).toEqual({ lines: [`0: ${line}`], exit: '2 after 0' });
  });
});

describe('a simulated container without a shell', () => {
  it.each<[readonly string[], readonly string[], string]>([
    [['sleep', '5'], [], '0 after 5000'],
    [['/bin/sleep', '1.5'], [], '0 after 1500'],
    [['echo', "it's", '$HOME', 'a;b'], ["0: it's $HOME a;b"], '0 after 0'],
    [['true'], [], '0 after 0'],
    [['false'], [], '1 after 0'],
    [['exit', '3'], [], '3 after 0'],
    [[], [], 'runs on'],
    [['--port=80'], [], 'runs on'],
    [['/app/server', '--listen', ':80'], [], 'runs on'],
    [['bash'], [], 'runs on'],
    [['/bin/bash', '-ec', 'false; echo never'], [], '1 after 0'],
  ])('%j', (words, lines, exit) => {
    expect(live(container(words))).toEqual({ lines, exit });
  });

  it('keeps files, tests for them and prints them', () => {
    const script =
      'echo one > /tmp/x; echo two >> "/tmp/x"; cat /tmp/x; [ -f /tmp/y ] || touch /tmp/y; test -e /tmp/y && rm /tmp/y; test -f /tmp/y; echo $?; echo gone > /dev/null';
    expect(live(shell(script)).lines).toEqual(['0: one', '0: two', '0: 1']);
  });

  it.each<[string, string[]]>([
    ['cat /nowhere', ["0: cat: can't open '/nowhere': No such file or directory"]],
    ['rm /nowhere && echo never', []],
    ['rm -f /nowhere && echo on', ['0: on']],
    ['printenv A; printenv B || echo none', ['0: a', '0: none']],
    ['[ "$A" = a ] && [ -n "$A" ] && [ ! -z "$A" ] && [ a != b ] && echo yes', ['0: yes']],
    [
      'touch /d/f; [ -d /d ] && test -s /d/f || echo empty; rm -r /d; [ -d /d ] || echo gone',
      ['0: empty', '0: gone'],
    ],
  ])('does "%s"', (script, lines) => {
    expect(live(shell(script, { A: 'a' })).lines).toEqual(lines);
  });

  it('tells of commands that it does not have', () => {
    const met = (script: string) => {
      const run = shell(script);
      live(run);
      return run.metUnknown?.();
    };
    expect([met('curl localhost || exit 1'), met('cat /nowhere || exit 1')]).toEqual([true, false]);
  });
});

describe('SIGTERM', () => {
  it.each<[string, 'ignores' | number]>([
    ['sleep 100', 143],
    ["trap '' TERM; sleep 100", 'ignores'],
    ["trap 'exit 7' TERM; sleep 100", 7],
    ["trap 'exit' SIGTERM; sleep 100", 0],
    ["trap 'exit 7' INT; sleep 100", 143],
  ])('in %j is answered with %j', (script, answer) => {
    const running = shell(script);
    running.next();
    expect(running.onTerm()).toBe(answer);
  });
});
