import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import type { OutputStream } from '../../cli/command-io.ts';

/** One look at something that changes. */
export interface Frame {
  /** The whole picture, for a terminal. */
  readonly lines: readonly string[];
  /** What is new since the last look, a sentence each, for everything else. */
  readonly changes: readonly string[];
}

/** Where the demo tells its story. Everything reads well without colour. */
export interface Screen {
  title(text: string): void;
  /** The next chapter. */
  chapter(text: string): void;
  say(text: string): void;
  /** A command that the reader could have typed, before its output. */
  command(text: string): void;
  /** Output of a command: a table. */
  show(lines: readonly string[]): void;
  /** Draws over the last frame on a terminal; elsewhere prints what has changed. */
  live(frame: Frame): void;
  /** The last frame, which stays. */
  settle(lines: readonly string[]): void;
  good(text: string): void;
  bad(text: string): void;
}

const INDENT = '   ';

/** The words of a STATUS column that are good, bad, or on their way: colour only repeats what they say. */
const MOODS = [
  [/\b(?:Running|Completed|Ready|Normal)\b/g, 'green'],
  [/\b(?:Error|CrashLoopBackOff|ImagePullBackOff|NotReady|Warning)\b/g, 'red'],
  [/\b(?:Pending|ContainerCreating|Terminating)\b/g, 'yellow'],
] as const;

/** A screen on a stream: live when it is a terminal, lines only otherwise. */
export function createScreen(stream: OutputStream): Screen {
  const isLive = stream.isTTY === true;
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    isLive ? styleText(format, text, { stream: stream as NodeJS.WriteStream }) : text;
  const print = (line: string): void => void stream.write(`${line}\n`);
  const update = isLive ? createLogUpdate(stream as NodeJS.WriteStream) : undefined;
  const cut = (line: string): string => {
    const width = stream.columns ?? 80;
    return isLive && line.length > width ? `${line.slice(0, width - 3)}...` : line;
  };
  const colour = (line: string): string =>
    MOODS.reduce((text, [words, mood]) => text.replace(words, (word) => style(mood, word)), line);
  const picture = ([header = '', ...lines]: readonly string[]): readonly string[] => [
    style('dim', cut(`${INDENT}${header}`)),
    ...lines.map((line) => colour(cut(`${INDENT}${line}`))),
  ];
  let chapters = 0;
  return {
    title: (text) => print(style('bold', text)),
    chapter: (text) => {
      chapters += 1;
      print(`\n${style(['bold', 'cyan'], `${chapters}  ${text}`)}`);
    },
    say: (text) => print(`${INDENT}${text}`),
    command: (text) => print(`${INDENT}${style('bold', `$ ${text}`)}`),
    show: (lines) => {
      for (const line of picture(lines)) print(line);
    },
    live: ({ lines, changes }) => {
      update?.(picture(lines).join('\n'));
      if (update === undefined) for (const change of changes) print(`${INDENT}${change}`);
    },
    settle: (lines) => {
      update?.clear();
      update?.done();
      for (const line of picture(lines)) print(line);
    },
    good: (text) => print(`${INDENT}${style('green', 'ok')} ${text}`),
    bad: (text) => print(`${INDENT}${style('red', 'FAILED')} ${text}`),
  };
}
