import { FailureError } from '../../lib/core/failure.ts';
import type { Failure } from '../../lib/core/failure.ts';
import type { PodKey } from '../../lib/core/kubernetes.ts';
import type { PodRecord } from '../../lib/core/record.ts';
import type { RecordChange, RecordGuard, Records, WriteOutcome } from '../../lib/ports/records.ts';

type Method = keyof Records;

/** One call as it was made; `outcome` is absent while the call runs and after it failed. */
export interface MemoryCall {
  readonly method: Method;
  readonly node: string;
  readonly uid?: string;
  readonly change?: RecordChange;
  readonly guard?: RecordGuard;
  outcome?: 'read' | 'written' | 'conflict';
}

/** Records in memory, with the handles that tests need. */
export interface MemoryRecords extends Records {
  /** Every call since the start or the last `forget`. */
  readonly calls: readonly MemoryCall[];
  /** How many calls changed an item. */
  readonly writes: number;
  /** The next call of the method fails; `timeoutAfterSuccess` carries it out first and then fails as ambiguous. */
  failNext(method: Method, failure: Failure | 'timeoutAfterSuccess'): void;
  /** Puts a record in place without any guard and without counting as a call. */
  put(record: PodRecord): void;
  /** What is stored, by UID. */
  stored(uid: string): PodRecord | undefined;
  /** Forgets the calls, keeps the items. */
  forget(): void;
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
export function createMemoryRecords(): MemoryRecords {
  const items = new Map<string, PodRecord>();
  const calls: MemoryCall[] = [];
  const failures: { method: Method; failure: Failure | 'timeoutAfterSuccess' }[] = [];

  // The await is the network: two callers interleave here, never inside `carryOut`.
  const run = async <T>(call: MemoryCall, carryOut: () => T): Promise<T> => {
    calls.push(call);
    await Promise.resolve();
    const index = failures.findIndex(({ method }) => method === call.method);
    const planned = index < 0 ? undefined : failures.splice(index, 1)[0]!.failure;
    if (planned !== undefined && planned !== 'timeoutAfterSuccess') throw new FailureError(planned);
    const result = carryOut();
    if (planned === 'timeoutAfterSuccess') throw new FailureError(TIMEOUT);
    return result;
  };

  const writeItem = (
    key: PodKey & { node: string },
    change: RecordChange,
    guard: RecordGuard,
  ): WriteOutcome => {
    const current = items.get(idOf(key.node, key.uid));
    if (!holds(guard, current)) return { kind: 'conflict', record: copy(current) };
    const next = merge(current ?? { ...named(key) }, change);
    for (const name of MANDATORY) {
      if (next[name] === undefined)
        throw new FailureError({ kind: 'internal', message: `a new record must name ${name}` });
    }
    items.set(idOf(key.node, key.uid), copy(next as PodRecord));
    return { kind: 'written', record: copy(next as PodRecord) };
  };

  return {
    calls,
    get writes() {
      return calls.filter(({ outcome }) => outcome === 'written').length;
    },
    get: (node, uid) => {
      const call: MemoryCall = { method: 'get', node, uid };
      return run(call, () => {
        call.outcome = 'read';
        return copy(items.get(idOf(node, uid)));
      });
    },
    list: (node) => {
      const call: MemoryCall = { method: 'list', node };
      return run(call, () => {
        call.outcome = 'read';
        const records = [...items.values()].filter((record) => record.node === node).map(copy);
        return { records, unreadable: [] };
      });
    },
    write: (key, change, guard) => {
      const call: MemoryCall = { method: 'write', node: key.node, uid: key.uid, change, guard };
      return run(call, () => {
        const result = writeItem(key, change, guard);
        call.outcome = result.kind;
        return result;
      });
    },
    failNext: (method, failure) => void failures.push({ method, failure }),
    put: (record) => void items.set(idOf(record.node, record.uid), copy(record)),
    stored: (uid) => copy([...items.values()].find((record) => record.uid === uid)),
    forget: () => void calls.splice(0),
  };
}

function idOf(node: string, uid: string): string {
  return `${node} ${uid}`;
}

function named(key: PodKey & { node: string }): Partial<PodRecord> {
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
    else next[name] = name === 'expiresAt' ? Math.ceil((value as number) / 1000) * 1000 : value;
  }
  return next;
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
