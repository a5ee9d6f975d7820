import type { CommandIo } from '../../cli/command-io.ts';
import { writeJsonLine } from '../../cli/write-json.ts';
import type { Screen } from './create-screen.ts';

/** The demo's story for programs: a line of JSON for each thing that is told; tables as their lines. */
export function createJsonScreen(io: Pick<CommandIo, 'stdout'>): Screen {
  const tell = (event: object): void => writeJsonLine(io, 'DemoEvent', event);
  const text =
    (event: 'title' | 'chapter' | 'command' | 'good' | 'bad') =>
    (said: string): void =>
      tell({ event, text: said });
  return {
    title: text('title'),
    chapter: text('chapter'),
    // An empty line is for the eye.
    say: (said) => {
      if (said !== '') tell({ event: 'say', text: said });
    },
    command: text('command'),
    show: (lines) => tell({ event: 'table', lines }),
    live: ({ changes }) => {
      for (const change of changes) tell({ event: 'change', text: change.trim() });
    },
    settle: (lines) => tell({ event: 'table', lines }),
    good: text('good'),
    bad: text('bad'),
  };
}
