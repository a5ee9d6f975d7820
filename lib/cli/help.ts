import type { CommandIo } from './command-io.ts';
import { COMMANDS, loadCommand } from './commands.ts';
import { defineCommand, type RunCommand } from './define-command.ts';
import { OUTPUT } from './option-table.ts';
import { packageVersion } from './read-package.ts';
import { writeJson } from './write-json.ts';

/** `lambdalet help [COMMAND]` */
export const run: RunCommand = defineCommand({
  name: 'help',
  synopsis: '[COMMAND] [options]',
  about: 'Lists the commands, or shows the options of one.',
  options: { output: OUTPUT },
  takesOperands: true,
  run: async ({ output }, io, [name]) => {
    if (name !== undefined) return showCommand(name, output ?? 'text', io);
    if (output === 'json') writeJson(io, 'Help', { version: packageVersion(), commands: listCommands() });
    else io.stdout.write(renderHelp());
    return 0;
  },
});

async function showCommand(name: string, output: string, io: CommandIo): Promise<number> {
  const asked = ['--help', '--output', output];
  return name === 'help' ? run(asked, io) : (await loadCommand(name))(asked, io);
}

function listCommands(): readonly { readonly name: string; readonly summary: string }[] {
  const all = [...COMMANDS].map(([name, { summary }]) => ({ name, summary }));
  return [...all, { name: 'help', summary: 'this list, or the options of one command' }];
}

function renderHelp(): string {
  const width = Math.max(...[...COMMANDS.keys()].map(({ length }) => length)) + 2;
  return [
    'usage: lambdalet COMMAND [options]',
    '',
    'A Kubernetes node with no machine behind it: AWS Lambda is its kubelet, ECS Fargate runs its pods.',
    '',
    ...listCommands().map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'lambdalet COMMAND --help shows the options of a command; every one takes -o json.',
    'It ends with 0 when all is well, 1 when faults were found, 2 when it was asked wrongly.',
    '',
  ].join('\n');
}
