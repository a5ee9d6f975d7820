import type * as z from 'zod';
import type { Instant } from '../../core/kubernetes.ts';
import type { PodRecord } from '../../core/record.ts';
import { cutText } from '../../core/text.ts';
import type { RecordChange } from '../../ports/records.ts';
import { POD_PREFIX } from './item-keys.ts';
import { packObservation, unpackObservation } from './pack-observation.ts';
import { recordSchema } from './record-schema.ts';
import { TTL_ATTRIBUTE } from './table-definition.ts';
import type { Item } from './table-definition.ts';

/** A record, or why the item is none that this version understands. */
export type DecodedRecord =
  { readonly ok: true; readonly record: PodRecord } | { readonly ok: false; readonly fault: string };

/**
 * The named attributes as they are stored: `undefined` stays (it removes), the ttl becomes seconds (rounded up, so that an item
 * never expires early), large observations are packed, the words of a refusal and of an edit are cut to 256 bytes.
 */
export function encodeChange(change: RecordChange): Readonly<Record<string, unknown>> {
  const { task, previous, refusal, edit, expiresAt } = change;
  return {
    ...change,
    ...(task && { task: packObservation(task) }),
    ...(previous && { previous: packObservation(previous) }),
    ...(refusal && { refusal: { ...refusal, message: cutText(refusal.message) } }),
    ...(edit && { edit: { ...edit, message: cutText(edit.message) } }),
    ...(expiresAt !== undefined && { [TTL_ATTRIBUTE]: toSeconds(expiresAt) }),
  };
}

/** An end of life as it is stored: seconds, rounded up. */
export function toSeconds(expiresAt: Instant): number {
  return Math.ceil(expiresAt / 1000);
}

/** The record in an item of a node. Never throws; attributes that it does not know are ignored. */
export function decodeRecord(item: Item, node: string): DecodedRecord {
  try {
    const { sk, task, previous, [TTL_ATTRIBUTE]: ttl } = item;
    const result = recordSchema.safeParse({
      ...item,
      node,
      uid: String(sk).slice(POD_PREFIX.length),
      ...(task !== undefined && { task: unpackObservation(task) }),
      ...(previous !== undefined && { previous: unpackObservation(previous) }),
      ...(typeof ttl === 'number' && { expiresAt: ttl * 1000 }),
    });
    if (result.success) return { ok: true, record: result.data };
    return { ok: false, fault: describeFault(result.error) };
  } catch (error) {
    return { ok: false, fault: `a packed attribute cannot be read: ${String(error)}` };
  }
}

function describeFault(error: z.core.$ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.length === 0 ? 'item' : path.join('.')}: ${message}`)
    .join('; ');
}
