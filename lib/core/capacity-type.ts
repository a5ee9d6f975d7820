import type { NodeSettings } from './node-settings.ts';
import type { PodRecord } from './record.ts';

/** Capacity of the list price, or spare capacity that AWS takes back with two minutes of warning. */
export type CapacityType = 'on-demand' | 'spot';

/** The share of attempts that a mixed node tries on Spot first, where nothing else is said. */
export const DEFAULT_SPOT_PERCENT = 70;

/**
 * What a try of an attempt runs on. On a mixed node the first try takes Spot for `spotPercent` of all attempts, by a hash of pod and
 * attempt, and every next try takes the other type: a try moves only when the one before was refused, or started nothing. Pure, so
 * that every send of one token asks for the same.
 */
export function chooseCapacityType(
  { capacityType, spotPercent = DEFAULT_SPOT_PERCENT }: Pick<NodeSettings, 'capacityType' | 'spotPercent'>,
  { uid, attempt, try: nth }: Pick<PodRecord, 'uid' | 'attempt' | 'try'>,
): CapacityType {
  if (capacityType !== 'mixed') return capacityType;
  const isSpotFirst = spread(`${uid}/${attempt}`) % 100 < spotPercent;
  return isSpotFirst === (nth % 2 === 0) ? 'spot' : 'on-demand';
}

/** A hash whose every bit hangs on every character: FNV-1a, then the finalizer of MurmurHash3 (UIDs differ in few characters). */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
