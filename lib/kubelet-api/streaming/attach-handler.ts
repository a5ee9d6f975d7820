import { failureOf } from '../../core/failure.ts';
import type { Pod } from '../../core/kubernetes.ts';
import { allContainers } from '../../core/pod-needs.ts';
import type { Provider } from '../../ports/provider.ts';
import type { Records } from '../../ports/records.ts';
import { textAnswer } from '../exchange.ts';
import type { Handlers } from '../handlers.ts';
import { findLog, type LogSources } from '../logs/find-log.ts';
import type { LogHub } from '../logs/follow-log.ts';
import { createLineJoiner, renderPiece } from '../logs/format-log.ts';
import type { GrowingLog } from '../logs/log-feed.ts';
import { ownRecord } from '../own-record.ts';
import type { CommandStreams } from './command-streams.ts';
import type { StreamClock } from './connection-life.ts';
import { findRunning, type PodLookUp } from './find-container.ts';
import { openStreams } from './open-streams.ts';
import { NO_STREAMS, readStreamOptions, type StreamOptions } from './stream-options.ts';

/** What attach works with. */
export interface AttachDeps extends PodLookUp {
  readonly records: Pick<Records, 'get'>;
  readonly provider: Pick<Provider, 'logStreamOf'>;
  /** The one of all who follow logs, so that a log is polled once for all of them. */
  readonly hub: LogHub;
  readonly clock: StreamClock;
}

/** How much of what the container wrote already is shown: what `kubectl run --attach` waits for is older than its attach. */
const SHOWN_MS = 60_000;

/**
 * Shows what a container writes. Nobody can attach to the standard streams of a container here, so that it is its log, which says so
 * first; and input, which could not arrive, is refused, after which `kubectl run -it` shows the log by itself. Both outputs are one, as
 * they are in the log.
 */
export function createAttachHandler(deps: AttachDeps): Handlers['attach'] {
  const { hub, clock } = deps;
  return async (request, of) => {
    const options = readStreamOptions(request);
    if (options === undefined) return textAnswer(400, NO_STREAMS);
    const { namespace, pod: name, container } = of;
    const words = `container ${container} not found in pod ${name}_${namespace}`;
    const found = await findRunning(deps, request, of, words);
    if ('answer' in found) return found.answer;
    const { pod } = found;
    if (options.stdin) return textAnswer(501, refusalOfInput(pod, container));
    const source = await findLog(sourcesOf(deps, request.node), pod, container, false);
    if (source.kind === 'none') return textAnswer(500, `${words}; ${source.message}`);
    const shown = { hub, log: source.log, since: clock.now() - SHOWN_MS, notice: noticeFor(pod, container) };
    return openStreams(request, { options, clock, run: (streams) => showLog(shown, options, streams) });
  };
}

function sourcesOf({ pods, records, provider, clock }: AttachDeps, node: string): LogSources {
  return {
    podNow: ({ metadata }) => pods.get(metadata.namespace, metadata.name, node),
    recordOf: (pod) => ownRecord(records, node, pod),
    streamOf: (task, container) => provider.logStreamOf(task, container),
    clock,
  };
}

interface ShownLog {
  readonly hub: LogHub;
  readonly log: GrowingLog;
  readonly since: number;
  readonly notice: string;
}

async function showLog(
  { hub, log, since, notice }: ShownLog,
  options: StreamOptions,
  streams: CommandStreams,
): Promise<void> {
  const to = options.stdout ? 'stdout' : 'stderr';
  void throwAway(streams.resizes);
  try {
    await streams.write(options.stderr ? 'stderr' : to, Buffer.from(notice));
    const join = createLineJoiner();
    for await (const lines of hub.follow(log, { span: { since } }, streams.gone)) {
      const text = lines.map((line) => renderPiece(join(line), false)).join('');
      await streams.write(to, Buffer.from(text));
    }
    await streams.finish({ kind: 'exited', code: 0 });
  } catch (error) {
    const message = `error attaching to container: ${failureOf(error).message}`;
    await streams.finish({ kind: 'failed', message });
  }
}

async function throwAway(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) continue;
}

/** A terminal that shows it does not go to the beginning of a line by itself. */
function noticeFor({ spec }: Pod, container: string): string {
  const hasTerminal = allContainers(spec).some(({ name, tty }) => name === container && tty === true);
  return `This is the log of container "${container}" since a minute ago, some seconds late; nothing can be typed into it.${hasTerminal ? '\r' : ''}\n`;
}

function refusalOfInput({ metadata }: Pod, container: string): string {
  const target = `-n ${metadata.namespace} ${metadata.name} -c ${container}`;
  return `input cannot reach container "${container}" because nothing attaches to the standard streams of a container on this node; run a command in it (kubectl exec -it ${target} -- sh), or attach without -i to see what it writes`;
}
