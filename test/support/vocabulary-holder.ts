// The words of tests about who holds the watch: invocations that die, triggers at their cadence, and ports that are slow,
// silent or of an older version.
import { FailureError } from '../../lib/core/failure.ts';
import type { Instant } from '../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { SyncDeps } from '../../lib/loop/deps.ts';
import { shareRecovery } from '../../lib/loop/recover-record.ts';
import type { RecordBatch, RecordChange, Records, WriteOutcome } from '../../lib/ports/records.ts';
import type { ManualClock } from '../memory/manual-clock.ts';
import type { LoopWorld } from './vocabulary-loop.ts';
import { changedPages } from './vocabulary-pages.ts';
import { SECOND } from './vocabulary.ts';

const PORTS = [
  'pods',
  'nodes',
  'leases',
  'cluster',
  'events',
  'provider',
  'records',
  'slot',
  'marks',
  'eventQueue',
] as const satisfies readonly (keyof SyncDeps)[];
type PortName = (typeof PORTS)[number];

/** Runs before each call of a port, and before each page or event of one: it may wait, fail, or never come back. */
type Gate = (port: PortName, method: string) => Promise<void>;

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* gated(given: AsyncIterable<unknown>, pass: () => Promise<void>): AsyncGenerator {
  await pass();
  for await (const item of given) {
    yield item;
    await pass();
  }
}

/** The methods of the provider that do no I/O. */
const PURE = new Set<PropertyKey>(['assess', 'useOf', 'needsOf', 'lackIn']);

/** The ports of an invocation with a gate in front of each of their calls. */
export function behindGate(deps: SyncDeps, gate: Gate, change: Partial<SyncDeps> = {}): SyncDeps {
  const wrap = (name: PortName): object =>
    new Proxy(deps[name], {
      get: (target, key, receiver) => {
        const method: unknown = Reflect.get(target, key, receiver);
        if (typeof method !== 'function' || PURE.has(key)) return method;
        const pass = (): Promise<void> => gate(name, String(key));
        return (...args: unknown[]) => {
          if (name === 'pods' && key === 'watch')
            return gatedWatch(() => method.apply(target, args) as AsyncIterable<unknown>, pass);
          if (key === 'list') return gated(method.apply(target, args) as AsyncIterable<unknown>, pass);
          return pass().then(() => method.apply(target, args) as unknown);
        };
      },
    });
  const ports = Object.fromEntries(PORTS.map((name) => [name, wrap(name)])) as unknown as SyncDeps;
  return withOwnRepair({ ...deps, ...ports, ...change });
}

/** A watch is opened by a call; what comes through it afterwards is not asked for. */
async function* gatedWatch(open: () => AsyncIterable<unknown>, pass: () => Promise<void>): AsyncGenerator {
  await pass();
  const events = open();
  if (isIterable(events)) yield* events;
}

/** An invocation of its own finds lost records by its own ports. */
export function withOwnRepair(deps: SyncDeps): SyncDeps {
  return { ...deps, repair: { ...deps, recover: shareRecovery(deps) } };
}

/** An invocation that can die: from then on no call of it is made, no answer reaches it and no sleep ends. */
export function mortal(world: LoopWorld): { readonly deps: SyncDeps; readonly die: () => void } {
  const never = new Promise<never>(() => undefined);
  let isDead = false;
  const gate: Gate = () => (isDead ? never : Promise.resolve());
  const { clock } = world;
  const dying = {
    ...clock,
    now: () => clock.now(),
    sleep: async (until: Instant, signal?: AbortSignal) => {
      await clock.sleep(until, signal);
      if (isDead) await never;
    },
  };
  return { deps: behindGate(world.deps, gate, { clock: dying }), die: () => void (isDead = true) };
}

/** What an API server that hangs looks like behind its adapter: each call takes its ten seconds and fails. */
export function hangingApiServer(clock: ManualClock, isHanging: () => boolean): Gate {
  const asked: ReadonlySet<PortName> = new Set(['pods', 'nodes', 'leases', 'cluster']);
  return async (port) => {
    if (!asked.has(port) || !isHanging()) return;
    await clock.sleep(clock.now() + 10 * SECOND);
    throw new FailureError({ kind: 'transient', message: 'no answer within 10 s', code: 'ETIMEDOUT' });
  };
}

/** Every call takes up to so many milliseconds, by a dice of its own: the same seed, the same delays. */
export function slow(clock: ManualClock, seed: number, most: number): Gate {
  let state = seed;
  const roll = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return () => clock.sleep(clock.now() + Math.floor(roll() * most));
}

/** What a version before this one does not know of a record. */
export type Unknown = readonly (keyof PodRecord)[];

/** The records as an older version reads and writes them: it sees nothing of these attributes and names none of them. */
export function olderRecords(records: Records, unknown: Unknown): Records {
  const strip = <Value extends PodRecord | RecordChange>(value: Value): Value =>
    Object.fromEntries(
      Object.entries(value).filter(([name]) => !unknown.includes(name as keyof PodRecord)),
    ) as Value;
  const batch = (read: RecordBatch): RecordBatch => ({ ...read, records: read.records.map(strip) });
  const outcome = (written: WriteOutcome): WriteOutcome =>
    written.record === undefined ? written : { ...written, record: strip(written.record) };
  return {
    get: async (...key) => {
      const record = await records.get(...key);
      return record && strip(record);
    },
    getMany: async (...keys) => batch(await records.getMany(...keys)),
    list: (node) => changedPages(records.list(node), batch),
    write: async (key, change, guard) => outcome(await records.write(key, strip(change), guard)),
    forget: (...record) => records.forget(...record),
  };
}
