import { createHash } from 'node:crypto';
import type { TaskDefinitionBody } from './to-task-definition.ts';

/** Version of the rule by which a pod becomes a task definition: a change of the rule is told from a change of the pod. */
const RULE = '1';
/** 128 bits of the hash: nobody makes two definitions with the same name, and the family stays far below 255 characters. */
const NAME_LENGTH = 32;

/** SHA-256 (hex) of the definition as canonical JSON: keys sorted, `undefined` left out. */
export function hashTaskDefinition(body: TaskDefinitionBody): string {
  return createHash('sha256').update(canonicalJson(body)).digest('hex');
}

/** What a record remembers of a definition: `<rule>:<hash>`. */
export function toSpecHash(hash: string): string {
  return `${RULE}:${hash}`;
}

/** The family that holds the definition with this hash, in ECS's characters. */
export function toFamily(cluster: string, hash: string): string {
  return `lambdalet-${cluster.replaceAll(/[^A-Za-z0-9_-]/g, '-')}-${hash.slice(0, NAME_LENGTH)}`;
}

/** JSON with the keys of every object sorted. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
