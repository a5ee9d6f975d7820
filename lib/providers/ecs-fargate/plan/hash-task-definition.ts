import { createHash } from 'node:crypto';
import type { TaskDefinitionBody } from './to-task-definition.ts';

/** Version of the rule by which a pod becomes a task definition: a change of the rule is told from a change of the pod. */
const RULE = '2';
/** 128 bits of the hash: nobody makes two definitions with the same one, and a family stays far below 255 characters. */
const HASH_LENGTH = 32;
const HASH = /^[0-9a-f]{32}$/;

/** Hash (hex) of the definition as canonical JSON: keys sorted, `undefined` left out. The same in records and in families. */
export function hashTaskDefinition(body: TaskDefinitionBody): string {
  return createHash('sha256').update(canonicalJson(body)).digest('hex').slice(0, HASH_LENGTH);
}

/** What a record remembers of a definition: `<rule>:<hash>`. */
export function toSpecHash(hash: string): string {
  return `${RULE}:${hash}`;
}

/** The family that holds the definition with this hash, in ECS's characters. */
export function toFamily(cluster: string, hash: string): string {
  return `${familyPrefix(cluster)}${hash}`;
}

/** What the names of all families of a cluster begin with; those of a cluster whose name goes on with a dash begin so too. */
export function familyPrefix(cluster: string): string {
  return `lambdalet-${cluster.replaceAll(/[^A-Za-z0-9_-]/g, '-')}-`;
}

/** The hash in the name of a family of this very cluster; `undefined` for any other family. */
export function hashInFamily(cluster: string, family: string): string | undefined {
  const prefix = familyPrefix(cluster);
  const hash = family.startsWith(prefix) ? family.slice(prefix.length) : '';
  return HASH.test(hash) ? hash : undefined;
}

/** JSON with the keys of every object sorted. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
