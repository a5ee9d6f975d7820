// The examples of docs/cli.md: a command, and what it prints.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../../docs/cli.md', import.meta.url).pathname;
const BLOCK = /```\n\$ lambdalet ([^\n]*)\n([^]*?)```/g;

/** A block of the page. `...` as a line of its own stands for any number of lines. */
export interface DocExample {
  readonly argv: readonly string[];
  readonly shown: string;
}

/** All examples, in their order. */
export function readExamples(): readonly DocExample[] {
  return [...readFileSync(FILE, 'utf8').matchAll(BLOCK)].map(([, command = '', shown = '']) => ({
    argv: command.split(' '),
    shown,
  }));
}

/** Puts what a command prints into its block. */
export function writeExample({ argv }: DocExample, printed: string): void {
  const text = readFileSync(FILE, 'utf8');
  const head = `\`\`\`\n$ lambdalet ${argv.join(' ')}\n`;
  const begin = text.indexOf(head) + head.length;
  const end = text.indexOf('```', begin);
  writeFileSync(FILE, `${text.slice(0, begin)}${printed.trimEnd()}\n${text.slice(end)}`);
}

/** What differs from run to run: times, versions, folders. */
export function withoutChance(printed: string): string {
  return printed
    .replace(/\S*\/deployment-\d+\.yaml/g, 'deployment.yaml')
    .replace(/\/tmp\/lambdalet-\w+/g, '/tmp/lambdalet')
    .replace(/node v[\d.]+/g, 'node v24')
    .replace(/lambdalet \d+\.\d+\.\d+/g, 'lambdalet 0.0.0')
    .replace(/\d+ s ago/g, '9 s ago')
    .replace(/ +\d+(\.\d+)? s\b(?! ago)/g, ' 2.5 s')
    .replace(/ +\d+s\b/g, ' 0s')
    .replace(/[ \t]+$/gm, '')
    .trimEnd();
}
