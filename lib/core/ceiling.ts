import type { UseSum } from './task-use.ts';

/** What may be used at a time; what it does not name is not bounded. */
export interface Ceiling {
  /** vCPU of all tasks, as they are billed. */
  readonly vcpu?: number;
  /** List price of all tasks. */
  readonly usdPerHour?: number;
}

/** Ceilings by namespace, over all nodes; `*` is that of each namespace that has none of its own. */
export type NamespaceCeilings = Readonly<Record<string, Ceiling>>;

/** Whose ceiling it is. */
export interface CeilingOwner {
  readonly kind: 'node' | 'namespace';
  readonly name: string;
}

/** What one ceiling lacks for one launch. */
export interface Lack {
  readonly owner: CeilingOwner;
  readonly unit: keyof Ceiling;
  readonly ceiling: number;
  readonly inUse: number;
  readonly need: number;
  /** There would be room, but it is kept for a pod that has waited longer. */
  readonly isKept: boolean;
}

/** Why a launch has to wait: the holder does not know yet what is in use, or there is no room. */
export type NoRoom = { readonly kind: 'unknown' } | { readonly kind: 'lacking'; readonly lack: Lack };

/** The reason of containers that wait for room, and of the event that tells it. */
export const CEILING_REACHED = 'CeilingReached';

const UNITS = ['vcpu', 'usdPerHour'] as const satisfies readonly (keyof Ceiling)[];

/** Prices have up to nine decimals; sums of them must not drift, and ten times a tenth is a whole. */
const NANO = 1e9;

/** The sum, without the errors of binary fractions. */
export function addUse(one: UseSum, other: UseSum, sign: 1 | -1 = 1): UseSum {
  return {
    vcpu: exact(one.vcpu + sign * other.vcpu),
    usdPerHour: exact(one.usdPerHour + sign * other.usdPerHour),
  };
}

function exact(amount: number): number {
  return Math.round(amount * NANO) / NANO;
}

/** Nothing in use. */
export const NO_USE: UseSum = { vcpu: 0, usdPerHour: 0 };

/** The ceiling of a namespace, if it has one. */
export function ceilingOfNamespace(ceilings: NamespaceCeilings, namespace: string): Ceiling | undefined {
  return Object.hasOwn(ceilings, namespace) ? ceilings[namespace] : ceilings['*'];
}

/** Everything that a ceiling lacks for a launch, by unit; none: there is room. What needs nothing of a unit never lacks it. */
export function lacksOf(
  {
    owner,
    ceiling,
    inUse,
  }: { readonly owner: CeilingOwner; readonly ceiling: Ceiling; readonly inUse: UseSum },
  need: UseSum,
): readonly Lack[] {
  return UNITS.flatMap((unit) => {
    const most = ceiling[unit];
    const after = exact(inUse[unit] + need[unit]);
    if (most === undefined || need[unit] === 0 || after <= most) return [];
    return [{ owner, unit, ceiling: most, inUse: inUse[unit], need: need[unit], isKept: false }];
  });
}

/** Whether the pod alone is more than the ceiling: it never fits, however long it waits. */
export function neverFits({ need, ceiling }: Pick<Lack, 'need' | 'ceiling'>): boolean {
  return need > ceiling;
}

/** What the pod says of it, and its event: which ceiling, its value, what the pod needs, the way out, and last what is in use now. */
export function describeLack(lack: Lack): string {
  const { owner, unit, ceiling, inUse, need, isKept } = lack;
  const bound = `The ceiling of ${owner.kind} ${owner.name} is ${inWords(unit, ceiling)}, and this pod needs ${inWords(unit, need)}`;
  const setting =
    owner.kind === 'node' ? `ceiling.${unit} of the node` : `namespaceCeilings.${owner.name}.${unit}`;
  if (neverFits(lack))
    return `${bound}: it never fits. Ask for less, or raise ${setting} in the settings of the deployment.`;
  const behind = isKept ? ', and the room that is left is kept for a pod that has waited longer' : '';
  return `${bound}. It starts when there is room: end other pods, or raise ${setting} in the settings of the deployment.${TOLD}${inWords(unit, inUse)}${behind}.`;
}

const TOLD = ' In use when this was told: ';

/** The part of {@link describeLack} that stays the same while others come and go: only a difference in it is worth telling again. */
export function withoutInUse(message: string): string {
  const at = message.indexOf(TOLD);
  return at === -1 ? message : message.slice(0, at);
}

function inWords(unit: keyof Ceiling, amount: number): string {
  switch (unit) {
    case 'vcpu':
      return `${Number(amount.toFixed(3))} vCPU`;
    case 'usdPerHour':
      return `${Number(amount.toFixed(5))} USD an hour`;
  }
}
