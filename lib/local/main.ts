// npm run local
import { processIo } from './command-io.ts';
import { runLocal } from './run-local.ts';

process.exitCode = await runLocal(process.argv.slice(2), processIo);
