import { SIZES } from './ceilings.ts';
import type { Chance } from './chance.ts';
import type { Behaviour, Deed, InitWish, PodWish, ProbeWish } from './deeds.ts';
import { INPUT_NAMES, type InputWish } from './inputs.ts';
import type { Weather } from './weathers.ts';

const SECOND = 1000;

/** What the life of a pod is drawn from. */
export interface Life {
  readonly weather: Weather;
  readonly name: string;
  /** Among the names, from 0. */
  readonly nth: number;
  readonly calmAt: number;
  /** Given: every pod is like this. */
  readonly shape: PodWish | undefined;
}

/** What users do to the pods of one name. */
export function drawPodLife(chance: Chance, { weather, name, nth, calmAt, shape }: Life): Deed[] {
  const born = drawBirth(chance, weather, nth, calmAt);
  const deeds: Deed[] = [{ at: born, kind: 'createPod', name, pod: shape ?? drawPod(chance, weather) }];
  const later = (): number => chance.between(born + SECOND, Math.max(born + SECOND, calmAt));
  const soon = (): number => born + chance.between(0, 60 * SECOND);
  if (chance.happens(0.55)) {
    const at = chance.happens(0.5) ? soon() : later();
    const graceSeconds = chance.happens(0.25) ? 0 : undefined;
    deeds.push({
      ...{ at, kind: 'deletePod', name },
      ...(graceSeconds !== undefined && { graceSeconds }),
      ...(chance.happens(0.6) && { recreate: true }),
    });
    if (chance.happens(0.2))
      deeds.push({
        at: at + chance.between(0, 60 * SECOND),
        kind: 'deletePod',
        name,
        graceSeconds: 0,
        recreate: true,
      });
  }
  if (chance.happens(0.15))
    deeds.push({ at: later(), kind: 'editPod', name, what: chance.pick(['label', 'image']) });
  if (chance.happens(0.3)) deeds.push({ at: later(), kind: 'editPod', name, what: 'finalizer' });
  return deeds;
}

function drawBirth(chance: Chance, { name }: Weather, nth: number, calmAt: number): number {
  if (name === 'long sleep')
    return nth === 0 ? chance.between(0, 3 * SECOND) : chance.between(22 * SECOND, 40 * SECOND);
  return chance.between(0, name === 'crowd' ? 30 * SECOND : calmAt * 0.6);
}

/** A pod of that weather. */
export function drawPod(chance: Chance, weather: Weather): PodWish {
  const policy = chance.pick(['Always', 'Always', 'OnFailure', 'Never'] as const);
  const containers = chance.happens(0.3) ? 2 : 1;
  const isStateful = chance.happens(weather.stateful);
  return {
    policy,
    containers: Array.from({ length: containers }, () => drawBehaviour(chance, weather)),
    graceSeconds: chance.pick([1, 5, 30, 30, 60]),
    ...(chance.happens(0.12) && { deadlineSeconds: chance.pick([5, 30, 120]) }),
    ...(chance.happens(0.08) && { finalizer: true }),
    ...(isStateful && { statefulTimes: chance.between(1, 4) }),
    ...(chance.happens(weather.inits) && { inits: drawInits(chance) }),
    ...(chance.happens(weather.inputs) && { inputs: drawInputs(chance) }),
    ...(chance.happens(weather.probes) && { probe: drawProbe(chance) }),
    ...(chance.happens(weather.hooks) && { preStopSeconds: chance.pick([3, 10, 40]) }),
    ...(weather.bounded === true && { vcpu: chance.pick(SIZES) }),
    ...(chance.happens(0.05) && { wantsAddress: true }),
    ...(chance.happens(0.03) && { unsupported: true }),
  };
}

function drawInits(chance: Chance): readonly InitWish[] {
  const exits = (code: number): InitWish => ({
    kind: 'exits',
    afterSeconds: chance.pick([0, 1, 5, 30]),
    code,
  });
  const code = chance.pick([0, 0, 0, 0, 1, 3]);
  return [
    ...(chance.happens(0.5) ? [{ kind: 'sidecar' } as const] : []),
    ...(chance.happens(0.4) ? [exits(0)] : []),
    chance.happens(0.08) ? { kind: 'hangs' } : exits(code),
  ];
}

function drawInputs(chance: Chance): readonly InputWish[] {
  return Array.from({ length: chance.between(1, 2) }, () => {
    const kind = chance.pick(['ConfigMap', 'Secret'] as const);
    const how = chance.pick(['env', 'envFrom', 'volume', kind === 'Secret' ? 'line' : 'env'] as const);
    return { kind, how, name: chance.pick(INPUT_NAMES) };
  });
}

function drawProbe(chance: Chance): ProbeWish {
  return { by: chance.pick(['exec', 'http']), kind: chance.pick(['liveness', 'readiness']) };
}

function drawBehaviour(chance: Chance, weather: Weather): Behaviour {
  if (chance.happens(0.06)) return { kind: 'cannotBePulled' };
  if (!chance.happens(weather.exits))
    return { kind: 'runs', onTerm: chance.pick(['obeys', 'obeys', 'exits0', 'ignores']) };
  return {
    kind: 'exits',
    afterSeconds: chance.pick([0, 1, 5, 20, 60, 300]),
    code: chance.pick([0, 0, 1, 3, 137]),
  };
}
