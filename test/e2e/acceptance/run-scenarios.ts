// Runs in a network namespace of its own, where nothing but this world is: prints a line of JSON for each scenario.
import { openWorld } from '../world-under-test.ts';
import { openSuite, SCENARIOS } from './scenarios.ts';

const [folder = '', address = ''] = process.argv.slice(2);
const world = await openWorld({ cluster: { kind: 'assets', folder }, node: 'virtual', kubeletHost: address });
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
try {
  const suite = openSuite(world);
  for (const [name, run] of Object.entries(SCENARIOS)) {
    const failure = await run(suite).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    tell({ name, ...(failure !== undefined && { failure }) });
  }
} finally {
  await world.close();
}
