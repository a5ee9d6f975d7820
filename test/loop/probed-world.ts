// A world for tests of the prober: pods that run, what listens in them, and what their containers' health checks say.
import type { Container, Instant, Pod, PodKey, PodSpec } from '../../lib/core/kubernetes.ts';
import type { ContainerProbes, PodRecord } from '../../lib/core/record.ts';
import type { ObservedContainer, ObservedTask } from '../../lib/core/task.ts';
import type { View } from '../../lib/core/view.ts';
import { PodProber } from '../../lib/loop/probe-pods.ts';
import type { ClusterEvent } from '../../lib/ports/events.ts';
import type { Provider } from '../../lib/ports/provider.ts';
import { createManualClock, type ManualClock } from '../memory/manual-clock.ts';
import { createMemoryProbes, type MemoryProbes } from '../memory/memory-probes.ts';
import { createMemoryRecords, type MemoryRecords } from '../memory/memory-records.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../memory/memory-telemetry.ts';
import { aLaunch, aPod, ARN, aTask, aView, NOW, seen } from '../support/vocabulary.ts';

type Health = ObservedContainer['health'];

/** What a pod of the world may differ in. */
export interface ProbedWords {
  readonly number?: number;
  /** Fields of its container `main`. */
  readonly main?: Partial<Container>;
  readonly spec?: Partial<PodSpec>;
  readonly metadata?: Partial<Pod['metadata']>;
  readonly task?: Partial<ObservedTask>;
  readonly record?: Partial<PodRecord>;
  /** Since when its container runs. */
  readonly startedAt?: Instant;
}

export interface ProbedWorld {
  readonly clock: ManualClock;
  readonly probes: MemoryProbes;
  readonly records: MemoryRecords;
  readonly telemetry: MemoryTelemetry;
  readonly events: readonly ClusterEvent[];
  readonly changed: readonly PodKey[];
  /** The ARNs of every call of `describe`. */
  readonly described: readonly (readonly string[])[];
  /** Health by ARN, as the provider tells from now on; an error is thrown. */
  readonly health: Map<string, Health | Error>;
  readonly prober: PodProber;
  /** Another prober on the same table, as of the next holder or the next pass. */
  another(): PodProber;
  /** Puts the record of a pod that runs into the table; gives its view. */
  run(words?: ProbedWords): View;
  /** The same pod as the table has it now. */
  look(view: View): View;
  /** What the table says of container `main` of a pod. */
  stored(view: View): ContainerProbes | undefined;
  /** Runs the prober in watch mode for so long; resolves when it has ended. */
  watch(ms: number, prober?: PodProber): Promise<void>;
  messages(): string[];
}

export const HTTP = { httpGet: { port: 80 } } as const;
export const EXEC = { exec: { command: ['check'] } };

/** The address of a pod's only listener. */
export const addressOf = (view: View): string => `${view.record?.task?.podIP ?? ''}:80`;

/** @param words `network: false`: pod-sync does not reach the pods */
export function probedWorld({ network = true } = {}): ProbedWorld {
  const clock = createManualClock(NOW);
  const probes = createMemoryProbes();
  const records = createMemoryRecords();
  const telemetry = createMemoryTelemetry();
  const events: ClusterEvent[] = [];
  const changed: PodKey[] = [];
  const described: (readonly string[])[] = [];
  const health = new Map<string, Health | Error>();
  const describe: Provider['describe'] = (arns) => {
    described.push(arns);
    const told = arns.map((arn) => health.get(arn));
    const broken = told.find((one) => one instanceof Error);
    if (broken !== undefined) return Promise.reject(broken);
    const taskOf = (arn: string, is: Health): ObservedTask =>
      aTask({ arn, containers: [seen('main', is === undefined ? {} : { health: is })] });
    return Promise.resolve(
      new Map(
        arns.flatMap((arn, at) =>
          health.has(arn) ? [[arn, { task: taskOf(arn, told[at] as Health) }]] : [],
        ),
      ),
    );
  };
  const deps = {
    clock,
    records,
    telemetry,
    provider: { describe } as Provider,
    events: { publish: (event: ClusterEvent) => Promise.resolve(void events.push(event)) },
    ...(network && { probes }),
  };
  const another = (): PodProber =>
    new PodProber(deps, { node: 'node-1', onChanged: (key) => void changed.push(key) });
  const prober = another();
  const look = (view: View): View => ({ ...view, record: records.stored(view.key.uid) });
  return {
    clock,
    probes,
    records,
    telemetry,
    events,
    changed,
    described,
    health,
    prober,
    another,
    look,
    run: (words = {}) => {
      const { number = 1, main, spec, metadata, startedAt = clock.now() } = words;
      const key = { uid: `uid-${number}`, namespace: 'default', name: `web-${number}` };
      const containers = [{ name: 'main', image: 'web:1', ...main }];
      const pod = aPod({ metadata: { ...key, ...metadata }, spec: { containers, ...spec } });
      const arn = `${ARN}${number}`;
      const podIP = `10.0.${Math.floor(number / 250)}.${number % 250}`;
      const task = aTask({ arn, podIP, containers: [seen('main', { startedAt })], ...words.task });
      const record = aLaunch(task, { ...key, taskArn: arn, ...words.record });
      records.put(record);
      return aView({ key, pod, record });
    },
    stored: (view) => look(view).record?.probes?.containers['main'],
    watch: async (ms, one = prober) => {
      const stop = new AbortController();
      const running = one.run(stop.signal);
      await clock.advance(ms);
      stop.abort();
      await running;
    },
    messages: () => events.map(({ message }) => message),
  };
}
