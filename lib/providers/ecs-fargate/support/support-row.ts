import type { Container, Pod } from '../../../core/kubernetes.ts';
import type { NodeSettings } from '../../../core/node-settings.ts';
import type { FieldFault } from '../../../ports/provider.ts';

/**
 * What this provider does with a field: `native`: as the kubelet does; `emulated`: near enough, the note says where it differs;
 * `ignored`: accepted without effect (mostly the scheduler's business); `rejected`: the pod is refused if it asks for it.
 */
export type SupportLevel = 'native' | 'emulated' | 'ignored' | 'rejected';

/** One thing found in a pod: a fault refuses it, a warning is only shown. */
export interface Finding extends FieldFault {
  readonly severity: 'fault' | 'warning';
}

/** What a pod is judged against besides itself. */
export interface JudgeContext {
  readonly node: NodeSettings;
  /** `probes`: whether pods are probed by their address. */
  readonly settings: { readonly probes?: boolean };
}

/** One field that a pod sets, and what its table says about it. */
export interface FieldUse {
  /** Full path with indices. */
  readonly path: string;
  readonly level: SupportLevel;
  readonly note: string;
  /** Whether the value asks for nothing: false, zero or empty, or of a rejected field what it is by default. */
  readonly blank: boolean;
}

/** Where a value was found. `container` is set below `spec.containers[..]` and `spec.initContainers[..]`. */
export interface Place {
  readonly path: string;
  readonly pod: Pod;
  readonly context: JudgeContext;
  readonly container?: Container;
  /** Told of every field that is set, with its row. */
  readonly visit?: (use: FieldUse, row: SupportRow<unknown>) => void;
}

/** What happens to one field of a Kubernetes object, in words for its user, and where the value decides, in code. */
export interface SupportRow<Value> {
  readonly level: SupportLevel;
  readonly note: string;
  /**
   * What can be said of it to an API server: a CEL expression that holds for pods that do not ask for what is refused here.
   * `variables.spec` is the spec of the pod, `variables.containers` are all of its containers, those that initialise included.
   */
  readonly admits?: string;
  /** Asked for every value that is set, in place of the rule of the level (a rejected field is a fault unless blank). */
  judge?(value: Value, place: Place): readonly Finding[];
}

/** A row for every field: a new field of the Kubernetes API does not compile until someone decides about it. */
export type SupportTable<T> = { readonly [Key in keyof T]-?: SupportRow<NonNullable<T[Key]>> };

const NOTHING: readonly Finding[] = [];
const names = new WeakMap<object, readonly string[]>();

type Judge<Value> = (value: Value, place: Place) => readonly Finding[];

function row<Value>(level: SupportLevel, note: string, judge?: Judge<Value>): SupportRow<Value> {
  return judge === undefined ? { level, note } : { level, note, judge };
}

/** A field that does what the kubelet makes of it. */
export const native = <Value>(note: string, judge?: Judge<Value>): SupportRow<Value> =>
  row('native', note, judge);

/** A field that does nearly what the kubelet makes of it. */
export const emulated = <Value>(note: string, judge?: Judge<Value>): SupportRow<Value> =>
  row('emulated', note, judge);

/** A field that is accepted and has no effect on the task. */
export const ignored = <Value>(note: string, judge?: Judge<Value>): SupportRow<Value> =>
  row('ignored', note, judge);

/** A field whose use refuses the pod; blank values and those of `unless` (defaults of the API server) ask for nothing. */
export function rejected<Value>(note: string, unless: readonly Value[] = []): SupportRow<Value> {
  if (unless.length === 0) return row<Value>('rejected', note);
  return row<Value>('rejected', note, (value, place) =>
    isBlank(value) || unless.includes(value) ? [] : [fault(place.path, note)],
  );
}

/** A field whose use refuses the pod, which an API server can say too, by the expression `admits`. */
export function refusedAtAdmission<Value>(given: SupportRow<Value>, admits: string): SupportRow<Value> {
  return { ...given, admits };
}

/** A field that holds an object: judged by the object's own table. */
export function within<Value extends object>(
  level: SupportLevel,
  note: string,
  table: NoInfer<SupportTable<Value>>,
): SupportRow<Value> {
  return row<Value>(level, note, (value, place) => judgeFields(table, value, place));
}

/** A field that holds a list of objects: each judged by their table. */
export function listWithin<Item extends object>(
  level: SupportLevel,
  note: string,
  table: NoInfer<SupportTable<Item>>,
): SupportRow<Item[]> {
  return row<Item[]>(level, note, (items, place) =>
    judgeItems(items, place, (item, at) => judgeFields(table, item, at)),
  );
}

/** A fault at a path. */
export function fault(path: string, note: string): Finding {
  return { severity: 'fault', path, note };
}

/** A warning at a path. */
export function warning(path: string, note: string): Finding {
  return { severity: 'warning', path, note };
}

/** Whether a value asks for nothing: absent, false, zero, or empty text, list or object. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/**
 * Everything that a table says about an object, in the table's order. A field that the table does not know (of a newer API
 * server) is a warning: refusing it would stop every pod as soon as the server fills in a new default.
 */
export function judgeFields<T extends object>(
  table: NoInfer<SupportTable<T>>,
  object: T,
  place: Place,
): readonly Finding[] {
  const rows = table as unknown as Readonly<Record<string, SupportRow<unknown>>>;
  const values = object as unknown as Readonly<Record<string, unknown>>;
  const known = namesOf(rows).flatMap((name) => {
    const value = values[name];
    const support = rows[name];
    if (value === undefined || value === null || support === undefined) return NOTHING;
    return judgeRow(support, value, { ...place, path: `${place.path}.${name}` });
  });
  const unknown = Object.keys(values)
    .filter((name) => !(name in rows) && !isBlank(values[name]))
    .map((name) =>
      warning(`${place.path}.${name}`, 'This field is newer than this version of lambdalet: no effect.'),
    );
  return [...known, ...unknown];
}

/** A pod of many variables asks the same small tables again and again. */
function namesOf(rows: Readonly<Record<string, SupportRow<unknown>>>): readonly string[] {
  const known = names.get(rows);
  if (known !== undefined) return known;
  const found = Object.keys(rows);
  names.set(rows, found);
  return found;
}

function judgeRow(support: SupportRow<unknown>, value: unknown, place: Place): readonly Finding[] {
  const { level, note } = support;
  const tell = (blank: boolean): void => place.visit?.({ path: place.path, level, note, blank }, support);
  if (level !== 'rejected') {
    tell(isBlank(value));
    return support.judge?.(value, place) ?? NOTHING;
  }
  const refusal = isBlank(value) ? NOTHING : [fault(place.path, note)];
  const findings = support.judge?.(value, place) ?? refusal;
  tell(findings.length === 0);
  return findings;
}

/** The findings of each item of a list, its index in the path. */
export function judgeItems<Item>(
  items: readonly Item[],
  place: Place,
  judge: (item: Item, place: Place) => readonly Finding[],
): readonly Finding[] {
  return items.flatMap((item, index) => judge(item, { ...place, path: `${place.path}[${index}]` }));
}
