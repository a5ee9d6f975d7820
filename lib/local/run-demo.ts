import type { CommandIo } from '../cli/command-io.ts';
import { defineCommand } from '../cli/define-command.ts';
import { INTERRUPTED } from '../cli/on-interrupt.ts';
import { OUTPUT } from '../cli/option-table.ts';
import { failureOf } from '../core/failure.ts';
import { createScreen, type Screen } from './demo/create-screen.ts';
import { createJsonScreen } from './demo/create-json-screen.ts';
import { tellStory } from './demo/tell-story.ts';
import { seconds } from './demo/watch-table.ts';
import { PACE, SIMULATION, VERBOSE, type Pace } from './pace-options.ts';
import { startWorld } from './start-world.ts';
import { chooseCluster } from './world/start-cluster.ts';

/** `lambdalet demo`: the life of five pods on a virtual node, told and checked. */
export const run = defineCommand({
  name: 'demo',
  synopsis: '[options]',
  about:
    'Runs five pods on a virtual node on this machine, without AWS: tells and checks what becomes of them.',
  options: { pace: PACE, verbose: VERBOSE, output: OUTPUT },
  notes: SIMULATION,
  run: async ({ pace = 'fast', verbose, output }, io) => {
    const screen = output === 'json' ? createJsonScreen(io) : createScreen(io.stdout);
    const begun = Date.now();
    try {
      const ending = await tell({ pace, verbose }, screen, io);
      if (ending === 'interrupted') return INTERRUPTED;
      screen.say('');
      screen.good(`everything as expected, in ${seconds(Date.now() - begun).trim()}`);
      return 0;
    } catch (error) {
      screen.bad(failureOf(error).message);
      return 1;
    }
  },
});

async function tell(
  { pace, verbose }: { readonly pace: Pace; readonly verbose: boolean },
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
