import { posix } from 'node:path';
import type { Container } from '../../../core/kubernetes.ts';

type Mount = NonNullable<Container['volumeMounts']>[number];

/** What part of a volume a mount shows, as far as the pod's template tells. */
export type SubPath =
  /** `''`: the whole volume. The same for all replicas. */
  | { readonly kind: 'shared'; readonly path: string }
  /** Differs between replicas; mounts with the same key show the same directory. */
  | { readonly kind: 'perPod'; readonly key: string }
  | { readonly kind: 'unknown'; readonly variable: string };

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;
/** Stands for the value of a field where it is not known; no path has a NUL. */
const MARK = '\0';

/**
 * The part of the volume that a mount shows. An expression is resolved from plain values and from fields of the pod, which have
 * another value in each replica; anything else (a variable of a ConfigMap, of `envFrom`, or none at all) is `unknown`.
 */
export function resolveSubPath({ env = [] }: Container, { subPath, subPathExpr }: Mount): SubPath {
  if (subPathExpr === undefined || subPathExpr === '') return shared(subPath ?? '');
  const values = new Map(env.map((variable) => [variable.name, variable]));
  let unknown: string | undefined;
  const path = subPathExpr.replace(REFERENCE, (_, name?: string) => {
    if (name === undefined) return '$';
    const variable = values.get(name);
    const field = variable?.valueFrom?.fieldRef?.fieldPath;
    if (field !== undefined) return `${MARK}${field}${MARK}`;
    const isPlain = variable?.valueFrom === undefined && variable?.value?.includes('$') === false;
    if (!isPlain) unknown ??= name;
    return variable?.value ?? '';
  });
  if (unknown !== undefined) return { kind: 'unknown', variable: unknown };
  return path.includes(MARK) ? { kind: 'perPod', key: path } : shared(path);
}

/** Whether one of two different directories lies in the other. */
export function isNested(one: string, other: string): boolean {
  return one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

/** A path without needless parts, as Go's `path.Clean` leaves it; `''` is the directory itself. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path).replace(/\/$/, '');
  return clean === '.' ? '' : clean;
}

function shared(path: string): SubPath {
  return { kind: 'shared', path: cleanPath(path) };
}
