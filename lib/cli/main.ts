#!/usr/bin/env node
import { processIo } from './command-io.ts';
import { INTERRUPTED } from './on-interrupt.ts';
import { runCli } from './run-cli.ts';

// Whoever reads only the beginning (`| head`) closes the pipe: there is nobody to tell more to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await runCli(process.argv.slice(2), processIo);
// Whoever interrupts a command does not wait for a reader that has stopped reading.
if (process.exitCode === INTERRUPTED && process.stdout.writableLength > 0) process.exit();
