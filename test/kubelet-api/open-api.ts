import { text } from 'node:stream/consumers';
import { createKubeletApi, type KubeletApi } from '../../lib/kubelet-api/create-kubelet-api.ts';
import { textAnswer, type ApiOutcome, type ApiRequest } from '../../lib/kubelet-api/exchange.ts';
import type { Handlers } from '../../lib/kubelet-api/handlers.ts';
import type { ClientCertificate } from '../../lib/kubelet-api/identity/identify-caller.ts';
import { createLogHub } from '../../lib/kubelet-api/logs/follow-log.ts';
import { logStreamOf } from '../../lib/providers/ecs-fargate/plan/log-stream.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { createMemoryKubernetes, type MemoryKubernetes } from '../memory/memory-kubernetes.ts';
import { createMemoryLogs, type MemoryLogs } from '../memory/memory-logs.ts';
import { createMemoryRecords, type MemoryRecords } from '../memory/memory-records.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../memory/memory-telemetry.ts';

export const NODE = 'node-1';
export const GROUP = '/pods';

/** Someone who may everything. */
export const ADMIN: ClientCertificate = {
  kind: 'verified',
  commonName: 'kube-apiserver-kubelet-client',
  organisations: ['system:masters'],
};
export const NOBODY: ClientCertificate = { kind: 'none' };

/** An answer, its body taken. */
export interface TakenAnswer {
  readonly kind: ApiOutcome['kind'];
  readonly status: number;
  readonly body: string;
}

/** The kubelet API over memory. */
export interface ApiBench {
  readonly clock: ManualClock;
  readonly kubernetes: MemoryKubernetes;
  readonly records: MemoryRecords;
  readonly logs: MemoryLogs;
  readonly telemetry: MemoryTelemetry;
  readonly api: KubeletApi;
  /** A request, whose answer is not taken. */
  readonly open: (target: string, options?: AskOptions) => Promise<ApiOutcome>;
  readonly ask: (target: string, options?: AskOptions) => Promise<TakenAnswer>;
}

export interface AskOptions {
  readonly method?: string;
  readonly token?: string;
  readonly certificate?: ClientCertificate;
  readonly signal?: AbortSignal;
  readonly node?: string;
}

const marked = (what: string) => () =>
  Promise.resolve(textAnswer(501, `${what} is not served for this node`));

/** What is no matter of the router answers who was called. */
const MARKED: Handlers = {
  exec: marked('exec'),
  attach: marked('attach'),
  portForward: marked('port-forward'),
  statsSummary: marked('/stats/summary'),
  metricsResource: marked('/metrics/resource'),
};

export function openApi(handlers: Partial<Handlers> = {}): ApiBench {
  const clock = createManualClock();
  const kubernetes = createMemoryKubernetes({ now: () => clock.now(), podsPerPage: 2 });
  const records = createMemoryRecords();
  const logs = createMemoryLogs({ pageLines: 3 });
  logs.addGroup(GROUP);
  const telemetry = createMemoryTelemetry();
  const api = createKubeletApi({
    ...{ clock, records, logs, telemetry },
    pods: kubernetes.pods,
    reviews: kubernetes.reviews,
    provider: { logStreamOf: (task, container) => logStreamOf(GROUP, task, container) },
    hub: createLogHub({ logs, clock }),
    handlers: { ...MARKED, ...handlers },
  });
  const open: ApiBench['open'] = (target, options = {}) => {
    const { token, certificate = token === undefined ? ADMIN : NOBODY } = options;
    const [path = '', search = ''] = target.split('?');
    const request: ApiRequest = {
      node: options.node ?? NODE,
      method: options.method ?? 'GET',
      path: decodeURIComponent(path),
      query: new URLSearchParams(search),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: options.signal ?? new AbortController().signal,
    };
    return api(request, certificate);
  };
  return {
    ...{ clock, kubernetes, records, logs, telemetry, api, open },
    ask: async (target, options) => {
      const outcome = await open(target, options);
      if (outcome.kind === 'upgrade') return { kind: 'upgrade', status: 101, body: '' };
      const { kind, status, body } = outcome;
      return {
        kind,
        status,
        body: typeof body === 'string' ? body : await text(body as AsyncIterable<Buffer>),
      };
    },
  };
}
