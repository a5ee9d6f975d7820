import type { Exec } from '../../ports/exec.ts';
import type { Records } from '../../ports/records.ts';
import { textAnswer } from '../exchange.ts';
import type { Handlers } from '../handlers.ts';
import type { StreamClock } from './connection-life.ts';
import { findRunning, findTask, type PodLookUp } from './find-container.ts';
import { openStreams } from './open-streams.ts';
import { runCommand } from './run-command.ts';
import { NO_STREAMS, readStreamOptions } from './stream-options.ts';

/** What exec works with. */
export interface ExecDeps extends PodLookUp {
  readonly records: Pick<Records, 'get'>;
  readonly exec: Exec;
  readonly clock: StreamClock;
}

/** Runs a command in a container, by the rules and in the words of the kubelet (`getExec`). */
export function createExecHandler(deps: ExecDeps): Handlers['exec'] {
  const { records, exec, clock } = deps;
  return async (request, of) => {
    const options = readStreamOptions(request);
    if (options === undefined) return textAnswer(400, NO_STREAMS);
    const [program, ...rest] = request.query.getAll('command');
    if (program === undefined)
      return textAnswer(400, 'you must specify at least one command for the container');
    const { container } = of;
    const words = `container not found ("${container}")`;
    const found = await findRunning(deps, request, of, words);
    if ('answer' in found) return found.answer;
    const place = await findTask(records, request.node, { pod: found.pod, container }, words);
    if ('answer' in place) return place.answer;
    const { stdin, tty } = options;
    const ask = { task: place.task, container, command: [program, ...rest], stdin, tty } as const;
    return openStreams(request, { options, clock, run: (streams) => runCommand(exec, ask, streams) });
  };
}
