// npm run demo: the life of five pods on a virtual node, told and checked.
import { failureOf } from '../core/failure.ts';
import { createScreen } from './demo/create-screen.ts';
import { tellStory } from './demo/tell-story.ts';
import { seconds } from './demo/watch-table.ts';
import { onInterrupt } from './on-interrupt.ts';
import { readDemoOptions, type DemoOptions } from './read-options.ts';
import { startWorld } from './start-world.ts';
import { chooseCluster } from './world/start-cluster.ts';

async function demo({ pace, verbose }: DemoOptions): Promise<number> {
  const screen = createScreen(process.stdout);
  const begun = Date.now();
  const interrupted = onInterrupt();
  const cluster = chooseCluster(undefined, process.env['KUBEBUILDER_ASSETS']);
  screen.title('Lambdalet: a Kubernetes node with no machine behind it.');
  screen.say(
    `The functions are the real ones; ${cluster.kind === 'embedded' ? 'the cluster and AWS are' : 'AWS is'} emulated on this machine.`,
  );
  try {
    const world = await startWorld({
      cluster,
      node: 'lambdalet',
      podsReady: true,
      pace,
      environment: {},
      ...(verbose && { onLine: (line) => void process.stderr.write(`${line}\n`) }),
    });
    screen.say(`The functions log to ${world.log.file}`);
    try {
      const ending = await Promise.race([
        tellStory(world, screen).then(() => 'told' as const),
        interrupted.first.then(() => 'interrupted' as const),
      ]);
      if (ending === 'interrupted') return 130;
    } finally {
      await world.close();
    }
    screen.say('');
    screen.good(`everything as expected, in ${seconds(Date.now() - begun).trim()}`);
    return 0;
  } catch (error) {
    screen.bad(failureOf(error).message);
    return 1;
  }
}

const reading = readDemoOptions(process.argv.slice(2));
if (reading.kind === 'say') {
  (reading.exitCode === 0 ? process.stdout : process.stderr).write(`${reading.text}\n`);
  process.exitCode = reading.exitCode;
} else process.exitCode = await demo(reading.options);
