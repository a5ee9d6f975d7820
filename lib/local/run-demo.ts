import { failureOf } from '../core/failure.ts';
import type { CommandIo } from './command-io.ts';
import { createScreen, type Screen } from './demo/create-screen.ts';
import { tellStory } from './demo/tell-story.ts';
import { seconds } from './demo/watch-table.ts';
import { readDemoOptions, type DemoOptions } from './read-options.ts';
import { startWorld } from './start-world.ts';
import { chooseCluster } from './world/start-cluster.ts';

/** As a shell reports a program that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;

/** `npm run demo`: the life of five pods on a virtual node, told and checked. Returns the exit code. */
export async function runDemo(argv: readonly string[], io: CommandIo): Promise<number> {
  const reading = readDemoOptions(argv);
  if (reading.kind === 'say') {
    (reading.exitCode === 0 ? io.stdout : io.stderr).write(`${reading.text}\n`);
    return reading.exitCode;
  }
  const screen = createScreen(io.stdout);
  const begun = Date.now();
  try {
    const ending = await tell(reading.options, screen, io);
    if (ending === 'interrupted') return INTERRUPTED;
    screen.say('');
    screen.good(`everything as expected, in ${seconds(Date.now() - begun).trim()}`);
    return 0;
  } catch (error) {
    screen.bad(failureOf(error).message);
    return 1;
  }
}

async function tell(
  { pace, verbose }: DemoOptions,
  screen: Screen,
  { environment, stderr, interrupts }: CommandIo,
): Promise<'told' | 'interrupted'> {
  const interrupted = interrupts();
  const cluster = chooseCluster(undefined, environment['KUBEBUILDER_ASSETS']);
  const emulated = cluster.kind === 'embedded' ? 'the cluster and AWS are' : 'AWS is';
  screen.title('Lambdalet: a Kubernetes node with no machine behind it.');
  screen.say(`The functions are the real ones; ${emulated} emulated on this machine.`);
  const world = await startWorld({
    ...{ cluster, pace, node: 'lambdalet', podsReady: true },
    // Nothing that the user has set for something else may send the demo there.
    environment: {},
    ...(verbose && { onLine: (line) => void stderr.write(`${line}\n`) }),
  });
  try {
    screen.say(`The functions log to ${world.log.file}`);
    return await Promise.race([
      tellStory(world, screen).then(() => 'told' as const),
      interrupted.first.then(() => 'interrupted' as const),
    ]);
  } finally {
    await world.close();
  }
}
