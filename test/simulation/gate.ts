import type { Instant } from '../../lib/core/kubernetes.ts';
import type { Fate } from './deeds.ts';
import { failureOfCall } from './failures.ts';
import { kill, NEVER, type Sandbox } from './sandbox.ts';
import type { GatedCall, Strikes } from './strikes.ts';
import type { Timeline } from './timeline.ts';

/** How long calls take, as a weather has it: milliseconds from the call to its being carried out and back. */
export type Latency = (chance: Sandbox['chance']) => readonly [out: number, back: number];

/** What the gates of all sandboxes share. */
export interface GateWorld {
  readonly timeline: Timeline;
  readonly strikes: Strikes;
  readonly latency: Latency;
  /** Told of each call when it is carried out, of each fate, and of each death. */
  readonly watcher: {
    calls(call: GatedCall, sandbox: Sandbox): void;
    answers(call: GatedCall, sandbox: Sandbox, answer: unknown): void;
    strikes(call: GatedCall, sandbox: Sandbox, fate: Fate): void;
  };
  /** Calls that are on the wire to ECS: a jump of the clock must not hold them up, because only clocks jump, not time. */
  readonly onWire: Set<() => void>;
}

/** A client that waits longer than this gives up, whoever it asks. */
const TIMEOUT_MS = 10_000;
/** From a lost answer to the second send's. */
const AGAIN_MS = 200;

type Settle = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void };
interface Flight extends Settle {
  readonly world: GateWorld;
  readonly sandbox: Sandbox;
  readonly call: GatedCall;
  readonly carryOut: () => Promise<unknown>;
  readonly back: number;
}

/** One call through the gate. */
export function gateCall(
  world: GateWorld,
  sandbox: Sandbox,
  call: GatedCall,
  carryOut: () => Promise<unknown>,
): Promise<unknown> {
  if (sandbox.dead) return NEVER;
  return new Promise((resolve, reject) => {
    const [out, back] = world.latency(sandbox.chance);
    const fate = world.strikes.fateOf(call, world.timeline.now());
    const flight: Flight = { world, sandbox, call, carryOut, back, resolve, reject };
    if (fate === undefined) {
      planSend(flight, out, () => send(flight, (answer) => settle(flight, back, answer)));
      return;
    }
    sandbox.struckAt = world.timeline.now();
    sandbox.strikes += 1;
    world.watcher.strikes(call, sandbox, fate);
    meet(flight, fate, out);
  });
}

/** A call meets its fate. */
function meet(flight: Flight, fate: Fate, out: number): void {
  const { world, sandbox, call, back } = flight;
  const lost = (): Error => failureOfCall(call.port, call.method, fate);
  switch (fate.kind) {
    case 'fails': {
      settle(flight, out, { error: lost() });
      return;
    }
    case 'losesAnswer': {
      planSend(flight, out, () => send(flight, () => settle(flight, TIMEOUT_MS - out, { error: lost() })));
      return;
    }
    case 'isSentTwice': {
      planSend(flight, out, () =>
        send(flight, () =>
          planSend(flight, AGAIN_MS, () => send(flight, (answer) => settle(flight, back, answer))),
        ),
      );
      return;
    }
    case 'arrivesLate':
      settle(flight, TIMEOUT_MS, { error: lost() });
      {
        planSend(flight, TIMEOUT_MS + fate.ms, () => send(flight, () => undefined));
        return;
      }
    case 'isSlow': {
      planSend(flight, fate.ms, () => send(flight, (answer) => settle(flight, back, answer)));
      return;
    }
    case 'crashes':
      if (fate.moment === 'before')
        return void world.timeline.plan(world.timeline.now() + out, () => kill(sandbox));
      {
        planSend(flight, out, () => send(flight, () => kill(sandbox)));
        return;
      }
    case 'freezes': {
      planSend(flight, out, () =>
        send(flight, (answer) => {
          sandbox.frozenUntil = Math.max(sandbox.frozenUntil, world.timeline.now() + fate.ms);
          settle(flight, back, answer);
        }),
      );
      return;
    }
  }
}

/** Plans that the far side carries the call out. What has left a dying process may still arrive, or may not. */
function planSend(flight: Flight, delay: number, arrive: () => void): void {
  const { world, sandbox, call } = flight;
  const wire = { lost: false };
  const die = (): void => void (wire.lost = sandbox.chance.happens(0.5));
  const land = (): void => {
    planned.cancel();
    sandbox.onDeath.delete(die);
    world.onWire.delete(land);
    if (!wire.lost) arrive();
  };
  const planned = world.timeline.plan(world.timeline.now() + delay, land);
  sandbox.onDeath.add(die);
  if (call.port === 'ecs') world.onWire.add(land);
}

type Answer = { readonly value: unknown } | { readonly error: unknown };

function send({ world, sandbox, call, carryOut }: Flight, done: (answer: Answer) => void): void {
  world.watcher.calls(call, sandbox);
  carryOut().then(
    (value) => {
      world.watcher.answers(call, sandbox, value);
      done({ value });
    },
    (error: unknown) => done({ error }),
  );
}

/** Gives the answer after a while: never to the dead, to the frozen when they go on. */
function settle(flight: Flight, delay: number, answer: Answer): void {
  const { world, sandbox, resolve, reject } = flight;
  wake(world.timeline, sandbox, world.timeline.now() + delay, () => {
    if ('value' in answer) resolve(answer.value);
    else reject(answer.error);
  });
}

/** Does something inside the sandbox at that time: never when it is dead, later when it stands still then. */
export function wake(timeline: Timeline, sandbox: Sandbox, at: Instant, act: () => void): { cancel(): void } {
  const state = { planned: timeline.plan(at, () => run()) };
  const run = (): void => {
    if (sandbox.dead) return;
    if (timeline.now() < sandbox.frozenUntil) state.planned = timeline.plan(sandbox.frozenUntil, run);
    else act();
  };
  return { cancel: () => state.planned.cancel() };
}
