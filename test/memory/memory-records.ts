import { FailureError } from '../../lib/core/failure.ts';
import type { Failure } from '../../lib/core/failure.ts';
import type { Instant, PodKey } from '../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type {
  RecordBatch,
  RecordChange,
  RecordGuard,
  Records,
  WriteOutcome,
} from '../../lib/ports/records.ts';

type Method = keyof Records;

/** One call as it was made; `outcome` is absent while the call runs and after it failed. */
export interface MemoryCall {
  readonly method: Method;
  readonly node: string;
  readonly uid?: string;
  readonly uids?: readonly string[];
  readonly change?: RecordChange;
  readonly guard?: RecordGuard;
  readonly expiresAt?: Instant;
  outcome?: 'read' | 'written' | 'conflict' | 'forgotten';
}

/** Records in memory, with the handles that tests need. */
export interface MemoryRecords extends Records {
  /** Every call since the start or the last `forgetCalls`. A list is one call, made when its first page is asked for. */
  readonly calls: readonly MemoryCall[];
  /** How many calls changed or deleted an item. */
  readonly writes: number;
  /** The next call of the method fails; `timeoutAfterSuccess` carries it out first and then fails as ambiguous. */
  failNext(method: Method, failure: Failure | 'timeoutAfterSuccess'): void;
  /** Puts a record in place without any guard and without counting as a call. */
  put(record: PodRecord): void;
  /** Makes a record unreadable, as one of a newer version. */
  spoil(uid: string): void;
  /** What is stored, by UID. */
  stored(uid: string): PodRecord | undefined;
  /** Everything that is stored, of all nodes. */
  all(): readonly PodRecord[];
  /** Forgets the calls, keeps the items. */
  forgetCalls(): void;
}

const MANDATORY = [
  'state',
  'specHash',
  'attempt',
  'try',
  'claimer',
  'launchBefore',
  'replayed',
  'restarts',
  'backOffCount',
] as const satisfies readonly (keyof RecordChange)[];

const TIMEOUT: Failure = { kind: 'ambiguous', message: 'the answer did not arrive', code: 'TimeoutError' };

/** An empty table of records. Writes are atomic, as the port demands; answers are copies. */
export function createMemoryRecords({ recordsPerPage = 250 } = {}): MemoryRecords {
  const items = createItems();
  const { calls, run, failNext } = createCalls();
  return {
    calls,
    get writes() {
      return calls.filter(({ outcome }) => outcome === 'written' || outcome === 'forgotten').length;
    },
    get: (node, uid) => run({ method: 'get', node, uid }, 'read', () => items.read(node, uid)),
    getMany: (node, uids) => {
      const distinct = [...new Set(uids)];
      return run({ method: 'getMany', node, uids: distinct }, 'read', () => items.readAll(node, distinct));
    },
    list: async function* (node) {
      const uids = await run({ method: 'list', node }, 'read', () => items.uidsOf(node));
      // As a Query: each page shows its records as they are by then.
      for (let from = 0; from === 0 || from < uids.length; from += recordsPerPage)
        yield items.readAll(node, uids.slice(from, from + recordsPerPage));
    },
    write: (key, change, guard) => {
      const call: MemoryCall = { method: 'write', node: key.node, uid: key.uid, change, guard };
      return run(
        call,
        ({ kind }) => kind,
        () => items.write(key, change, guard),
      );
    },
    forget: (node, uid, expiresAt) => {
      const call: MemoryCall = { method: 'forget', node, uid, expiresAt };
      return run(
        call,
        (isForgotten) => (isForgotten ? 'forgotten' : 'conflict'),
        () => items.forget(node, uid, expiresAt),
      );
    },
    failNext,
    put: items.put,
    spoil: items.spoil,
    stored: items.stored,
    all: items.all,
    forgetCalls: () => void calls.splice(0),
  };
}

type Outcome = NonNullable<MemoryCall['outcome']>;

/** The calls that were made, each in turn and failed as planned. */
function createCalls() {
  const calls: MemoryCall[] = [];
  const failures: { method: Method; failure: Failure | 'timeoutAfterSuccess' }[] = [];
  // The await is the network: two callers interleave here, never inside `carryOut`.
  const run = async <T>(
    call: MemoryCall,
    outcome: Outcome | ((result: T) => Outcome),
    carryOut: () => T,
  ): Promise<T> => {
    calls.push(call);
    await Promise.resolve();
    const index = failures.findIndex(({ method }) => method === call.method);
    const planned = index < 0 ? undefined : failures.splice(index, 1)[0]!.failure;
    if (planned !== undefined && planned !== 'timeoutAfterSuccess') throw new FailureError(planned);
    const result = carryOut();
    call.outcome = typeof outcome === 'string' ? outcome : outcome(result);
    if (planned === 'timeoutAfterSuccess') throw new FailureError(TIMEOUT);
    return result;
  };
  const failNext: MemoryRecords['failNext'] = (method, failure) => void failures.push({ method, failure });
  return { calls, run, failNext };
}

/** The items themselves; nothing here waits. */
function createItems() {
  const items = new Map<string, PodRecord>();
  const spoilt = new Set<string>();
  const read = (node: string, uid: string): PodRecord | undefined => {
    const record = items.get(idOf(node, uid));
    if (record === undefined || !spoilt.has(uid)) return copy(record);
    throw new FailureError({ kind: 'internal', message: `the record ${uid} cannot be read` });
  };
  return {
    read,
    readAll: (node: string, uids: readonly string[]): RecordBatch => {
      const there = uids.filter((uid) => items.has(idOf(node, uid)));
      const records = there.filter((uid) => !spoilt.has(uid)).flatMap((uid) => read(node, uid) ?? []);
      return { records, unreadable: there.filter((uid) => spoilt.has(uid)) };
    },
    uidsOf: (node: string): readonly string[] =>
      [...items.values()].flatMap((record) => (record.node === node ? [record.uid] : [])),
    write: (key: Key, change: RecordChange, guard: RecordGuard): WriteOutcome => {
      const id = idOf(key.node, key.uid);
      const current = items.get(id);
      if (spoilt.has(key.uid) || !holds(guard, current))
        return { kind: 'conflict', record: read(key.node, key.uid) };
      const next = whole(merge(current ?? { ...named(key) }, change));
      items.set(id, copy(next));
      return { kind: 'written', record: copy(next) };
    },
    forget: (node: string, uid: string, expiresAt: Instant): boolean => {
      const current = items.get(idOf(node, uid));
      if (spoilt.has(uid) || current?.state !== 'ended') return false;
      return current.expiresAt === inSeconds(expiresAt) && items.delete(idOf(node, uid));
    },
    put: (record: PodRecord): void => void items.set(idOf(record.node, record.uid), copy(record)),
    spoil: (uid: string): void => void spoilt.add(uid),
    all: (): readonly PodRecord[] => structuredClone([...items.values()]),
    stored: (uid: string): PodRecord | undefined =>
      copy([...items.values()].find((record) => record.uid === uid)),
  };
}

type Key = PodKey & { readonly node: string };

function whole(record: Partial<PodRecord>): PodRecord {
  const missing = MANDATORY.find((name) => record[name] === undefined);
  if (missing === undefined) return record as PodRecord;
  throw new FailureError({ kind: 'internal', message: `a new record must name ${missing}` });
}

function idOf(node: string, uid: string): string {
  return `${node} ${uid}`;
}

function named(key: Key): Partial<PodRecord> {
  return { uid: key.uid, node: key.node, namespace: key.namespace, name: key.name };
}

function copy<T>(value: T): T {
  return structuredClone(value);
}

/** `undefined` removes; `expiresAt` is kept in whole seconds, rounded up, as a table's TTL is. */
function merge(current: Partial<PodRecord>, change: RecordChange): Partial<PodRecord> {
  const next: Record<string, unknown> = { ...current };
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) Reflect.deleteProperty(next, name);
    else next[name] = name === 'expiresAt' ? inSeconds(value as Instant) : value;
  }
  return next;
}

function inSeconds(at: Instant): Instant {
  return Math.ceil(at / 1000) * 1000;
}

function holds(guard: RecordGuard, current: PodRecord | undefined): boolean {
  switch (guard.kind) {
    case 'absent':
      return current === undefined;
    case 'at':
      return current !== undefined && equalsGiven(guard, { ...current, kind: 'at' });
    case 'older':
      return (
        current?.attempt === guard.attempt &&
        (current.taskArn ?? guard.taskArn) === guard.taskArn &&
        (current.task?.version ?? -1) < guard.version
      );
  }
}

function equalsGiven(wanted: object, current: object): boolean {
  const values = new Map<string, unknown>(Object.entries(current));
  return Object.entries(wanted).every(([name, value]) => value === undefined || values.get(name) === value);
}
