import type { Instant, Pod } from '../../lib/core/kubernetes.ts';
import type { MemoryControls } from '../memory/memory-kubernetes.ts';

/** Kinds of objects that pods of the simulation refer to. */
export type InputKind = 'ConfigMap' | 'Secret';

/** One object that a pod refers to, and how its values get into the container; `line`: a value that no env file can carry. */
export interface InputWish {
  readonly kind: InputKind;
  readonly name: string;
  readonly how: 'env' | 'envFrom' | 'volume' | 'line';
}

/** In the values of Secrets: it may go to S3 and to Secrets Manager, and nowhere else. */
export const SECRET_CANARY = 'canary-secret-77d1';

/** The ConfigMaps and Secrets of the cluster as they truly are. */
export interface Inputs {
  put(kind: InputKind, name: string): void;
  remove(kind: InputKind, name: string): void;
  forbid(kind: InputKind, isOn: boolean): void;
  /** Everything is there and may be read. */
  restore(): void;
  /** Since when something that the pod needs cannot be had; `undefined`: everything can. */
  lackingSince(pod: Pod): Instant | undefined;
  /** When the state of what the pod needs last changed. */
  changedAt(pod: Pod): Instant;
}

interface Known {
  isThere: boolean;
  since: Instant;
}

/** No object yet; whatever is needed is absent from `start` on. */
export function createInputs(controls: MemoryControls, now: () => Instant, start: Instant): Inputs {
  const objects = new Map<string, Known>();
  const rights = new Map<string, Known>();
  const set = (map: Map<string, Known>, key: string, isThere: boolean): void => {
    if (map.get(key)?.isThere !== isThere) map.set(key, { isThere, since: now() });
  };
  const needs = (pod: Pod): readonly Known[] =>
    neededBy(pod).flatMap((key) => [
      objects.get(key) ?? { isThere: false, since: start },
      rights.get(key.split('/')[0] ?? '') ?? { isThere: true, since: start },
    ]);
  const put = (kind: InputKind, name: string): void => {
    controls.putObject(manifestOf(kind, name));
    set(objects, `${kind}/${name}`, true);
  };
  return {
    put,
    remove: (kind, name) => {
      controls.removeObject(kind, name);
      set(objects, `${kind}/${name}`, false);
    },
    forbid: (kind, isOn) => {
      if (isOn) controls.forbid(kind);
      else controls.allow(kind);
      set(rights, kind, !isOn);
    },
    restore: () => {
      for (const kind of ['ConfigMap', 'Secret'] as const) {
        controls.allow(kind);
        set(rights, kind, true);
        for (const name of INPUT_NAMES) put(kind, name);
      }
    },
    lackingSince: (pod) => {
      const lacking = needs(pod).filter(({ isThere }) => !isThere);
      return lacking.length === 0 ? undefined : Math.max(...lacking.map(({ since }) => since));
    },
    changedAt: (pod) => Math.max(start, ...needs(pod).map(({ since }) => since)),
  };
}

/** Their names: few, so that pods share them. */
export const INPUT_NAMES = ['app-1', 'app-2', 'app-3'] as const;

/** What the pod refers to, as `ConfigMap/app-1`. */
function neededBy({ metadata }: Pod): readonly string[] {
  return (metadata.annotations?.[NEEDS] ?? '').split(' ').filter((key) => key !== '');
}

/** Annotation in which users note what a pod refers to, for the judges. */
export const NEEDS = 'needs';

function manifestOf(kind: InputKind, name: string): Parameters<MemoryControls['putObject']>[0] {
  const data = { mode: `fast-${name}` };
  if (kind === 'ConfigMap') return { kind, metadata: { name }, data };
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  return {
    kind,
    metadata: { name },
    data: { mode: encode(`${SECRET_CANARY}-${name}`), lines: encode(`${SECRET_CANARY}\n${name}`) },
  };
}
