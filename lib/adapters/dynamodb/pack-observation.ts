import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ObservedContainer } from '../../core/task.ts';

/** What is packed: an observed task or the previous attempt. */
interface Observation {
  readonly containers: readonly ObservedContainer[];
  readonly reason?: string;
  readonly version?: number;
}

/**
 * The stored form: the observation as it is, so that people can read it in the console, or, when it is large, deflated JSON.
 * `version` stays outside, because conditions compare it.
 */
export type StoredObservation = Observation | { readonly packed: Uint8Array; readonly version?: number };

/** Bytes of JSON up to which an observation is stored as it is. A task of four containers usually fits. */
const PLAIN_BYTES = 900;
/**
 * The most that a packed one may take. With two of them, ten restart counters and the longest names an item stays under
 * 4 KB, which is one read unit (the test measures it).
 */
const PACKED_BYTES = 1_150;
/** No observation is near this large unpacked; it only bounds what a broken item may cost. */
const UNPACKED_BYTES = 64 * 1024;
/** How far reasons are cut, step by step, until the packed form fits; only many long and different reasons come here. */
const REASON_STEPS = [256, 128, 64, 32, 0];

/** Turns an observation into its stored form. What is cut to fit is the provider's words first, then image digests; never a fact. */
export function packObservation(observation: Observation): StoredObservation {
  if (Buffer.byteLength(JSON.stringify(observation)) <= PLAIN_BYTES) return observation;
  const version = observation.version === undefined ? {} : { version: observation.version };
  let packed = deflate(observation);
  for (const length of REASON_STEPS) {
    if (packed.length <= PACKED_BYTES) break;
    packed = deflate(cutReasons(observation, length));
  }
  if (packed.length > PACKED_BYTES) packed = deflate(dropDigests(cutReasons(observation, 0)));
  return { ...version, packed };
}

/** The observation in a stored value; throws when a packed one cannot be read. */
export function unpackObservation(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !('packed' in stored)) return stored;
  if (!(stored.packed instanceof Uint8Array)) throw new TypeError('packed is not binary');
  return JSON.parse(inflateRawSync(stored.packed, { maxOutputLength: UNPACKED_BYTES }).toString()) as unknown;
}

function deflate(observation: Observation): Uint8Array {
  return new Uint8Array(deflateRawSync(JSON.stringify(observation), { level: 9 }));
}

function cutReasons(observation: Observation, length: number): Observation {
  const cut = <T extends { readonly reason?: string }>({
    reason,
    ...rest
  }: T): Omit<T, 'reason'> & { reason?: string } =>
    reason === undefined || length === 0 ? rest : { ...rest, reason: reason.slice(0, length) };
  return { ...cut(observation), containers: observation.containers.map(cut) };
}

function dropDigests(observation: Observation): Observation {
  return {
    ...observation,
    containers: observation.containers.map(({ imageDigest: _, ...rest }) => rest),
  };
}
