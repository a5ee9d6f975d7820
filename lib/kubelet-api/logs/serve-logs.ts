import { failureOf } from '../../core/failure.ts';
import { allContainers } from '../../core/pod-needs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logs } from '../../ports/logs.ts';
import type { Pods } from '../../ports/pods.ts';
import type { Provider } from '../../ports/provider.ts';
import type { Records } from '../../ports/records.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { textAnswer, type ApiAnswer, type ApiRequest } from '../exchange.ts';
import type { ContainerPath } from '../handlers.ts';
import { ownRecord } from '../own-record.ts';
import { findLog, type LogSources } from './find-log.ts';
import { TOO_MANY_FOLLOWERS, type LogHub } from './follow-log.ts';
import { startOf } from './log-options.ts';
import { parseLogQuery } from './parse-log-query.ts';
import { createPatientLogs } from './patient-logs.ts';
import { readLog } from './read-log.ts';
import { renderLog } from './render-log.ts';
import { tellPause } from './tell-pause.ts';

/** What logs are served from. */
export interface ServeLogsDeps {
  readonly pods: Pick<Pods, 'get'>;
  readonly records: Pick<Records, 'get'>;
  readonly provider: Pick<Provider, 'logStreamOf'>;
  readonly logs: Logs;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** One for all requests, so that a log is polled once for all who follow it. */
  readonly hub: LogHub;
  readonly telemetry: Pick<Telemetry, 'warn'>;
}

/** The log of a container, with the kubelet's codes and words (`getContainerLogs`). */
export async function serveLogs(
  deps: ServeLogsDeps,
  request: ApiRequest,
  { namespace, pod: name, container }: ContainerPath,
): Promise<ApiAnswer> {
  const asked = parseLogQuery(request.query);
  if ('kind' in asked) return asked;
  const pod = await deps.pods.get(namespace, name, request.node);
  if (pod?.spec.nodeName !== request.node) return textAnswer(404, `pod "${name}" does not exist`);
  if (!allContainers(pod.spec).some((one) => one.name === container))
    return textAnswer(404, `container "${container}" not found in pod "${name}"`);
  const found = await findLog(sourcesOf(deps, request.node), pod, container, asked.previous);
  if (found.kind === 'none') return textAnswer(400, found.message);
  const now = deps.clock.now();
  const start = startOf(asked.bounds, now);
  const pages = asked.follow
    ? deps.hub.follow(found.log, start, request.signal)
    : readLog(
        createPatientLogs(deps.logs, deps.clock, { ...request, onPause: tellPause(deps.telemetry) }),
        found.log.stream,
        start,
      );
  return begin(renderLog(pages, { timestamps: asked.timestamps, mostBytes: asked.bounds.limitBytes }));
}

function sourcesOf({ pods, records, provider, clock }: ServeLogsDeps, node: string): LogSources {
  return {
    podNow: ({ metadata }) => pods.get(metadata.namespace, metadata.name, node),
    recordOf: (pod) => ownRecord(records, node, pod),
    streamOf: (task, container) => provider.logStreamOf(task, container),
    clock,
  };
}

/** Answers as soon as the log was read for the first time: one that cannot be read throws, instead of breaking off. */
async function begin(text: AsyncGenerator<string>): Promise<ApiAnswer> {
  const first = await text.next().catch((error: unknown) => {
    const { code, message } = failureOf(error);
    if (code === TOO_MANY_FOLLOWERS) return textAnswer(429, message);
    throw error;
  });
  if ('kind' in first) return first;
  const body = first.done === true ? '' : continueWith(first.value, text);
  return { kind: 'answer', status: 200, contentType: 'text/plain; charset=utf-8', body };
}

/** Not a generator: one that nobody began would not let go of the log when the caller has hung up already. */
function continueWith(first: string, rest: AsyncGenerator<string>): AsyncIterable<string> {
  let left = first === '' ? [] : [first];
  const iterator: AsyncIterator<string, void> = {
    next: () => {
      const [value] = left;
      left = [];
      return value === undefined ? rest.next() : Promise.resolve({ value, done: false });
    },
    return: () => rest.return(undefined),
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
