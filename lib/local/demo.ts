// npm run demo
import { processIo } from './command-io.ts';
import { runDemo } from './run-demo.ts';

process.exitCode = await runDemo(process.argv.slice(2), processIo);
