import { styleText } from 'node:util';
import type { CommandIo } from './command-io.ts';

/** How something is said: colour only repeats what the words say. */
export type Mood = 'good' | 'bad' | 'doubtful' | 'quiet' | 'strong';

/** Gives a text its colour, or leaves it plain. */
export type Paint = (mood: Mood, text: string) => string;

const FORMATS = { good: 'green', bad: 'red', doubtful: 'yellow', quiet: 'dim', strong: 'bold' } as const;

/** Colour is for terminals, unless `NO_COLOR` (https://no-color.org) says otherwise. */
export function choosePaint({ stdout, environment }: Pick<CommandIo, 'stdout' | 'environment'>): Paint {
  const isPlain = stdout.isTTY !== true || Boolean(environment['NO_COLOR']) || environment['TERM'] === 'dumb';
  return (mood, text) => (isPlain ? text : styleText(FORMATS[mood], text, { validateStream: false }));
}
