import type { Carrier, Expanded } from './plan-types.ts';

/** A variable, as texts may refer to it. */
export interface Known {
  /** The most careful carrier that its value can have: of it, and of a text that refers to it. */
  readonly carrier: Carrier;
  /** `undefined`: it has no value (yet), and a reference to it stays as it is, but is as careful as if it had one. */
  readonly value: Expanded | undefined;
  /** Whether the carrier follows from the pod alone, whatever the objects hold that it refers to. */
  readonly certain: boolean;
}

/** A text after expansion. `certain`: whether its carrier follows from the pod alone. */
export interface Expansion extends Expanded {
  readonly certain: boolean;
}

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;
const BY_CARE: readonly Carrier[] = ['shared', 'perPod', 'config', 'secret'];

/** The more careful one of two carriers. */
export function moreCareful(one: Carrier, other: Carrier): Carrier {
  return BY_CARE.indexOf(one) >= BY_CARE.indexOf(other) ? one : other;
}

/**
 * Expands `$(NAME)` as the kubelet does: `$$` becomes `$` (so `$$(NAME)` stays `$(NAME)`), a reference to an unknown
 * variable and everything else stay as they are. Values are not expanded again. The text has the most careful carrier of its
 * parts, and stays a Secret's key when it is one reference to that and nothing else.
 */
export function expandReferences(text: string, find: (name: string) => Known | undefined): Expansion {
  if (!text.includes('$')) return { text, carrier: 'shared', certain: true };
  let carrier: Carrier = 'shared';
  let certain = true;
  let secretKey: Expanded['secretKey'];
  const expanded = text.replace(REFERENCE, (reference, name?: string) => {
    if (name === undefined) return '$';
    const known = find(name);
    if (known === undefined) return reference;
    const before: Carrier = carrier;
    carrier = moreCareful(carrier, known.carrier);
    // Of parts that are as careful as the whole, one that is certain makes the whole certain.
    if (carrier !== before) certain = known.certain;
    else if (known.carrier === carrier) certain ||= known.certain;
    if (reference.length === text.length) secretKey = known.value?.secretKey;
    return known.value?.text ?? reference;
  });
  return { text: expanded, carrier, certain, ...(secretKey === undefined ? {} : { secretKey }) };
}
