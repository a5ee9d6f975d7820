import { draw } from './change-task.ts';
import type { AfterContainer } from './container-life.ts';
import { addressOf } from './describe-task.ts';
import type { Container, EcsWorld, Task } from './ecs-state.ts';
import type { Instant } from '../../../core/kubernetes.ts';
import { programOf } from './play-helper.ts';
import { simulateContainer } from './simulate-container.ts';

/** What ECS takes where a health check says nothing (API reference, HealthCheck), in seconds and failures. */
const DEFAULTS = { interval: 30, retries: 3, startPeriod: 0 } as const;

/**
 * Begins to check the health of a container that has just started: the first result comes after `timings.health`, and the next
 * ones at the interval of the check, as long as its command is one that can be simulated; anything else answers as it should, once.
 * A failure counts after the start period; after so many of them the container is UNHEALTHY, after one success HEALTHY.
 */
export function beginHealth(
  world: EcsWorld,
  task: Task,
  container: Container,
  { at, after }: { readonly at: Instant; readonly after: AfterContainer },
): void {
  const check = container.definition?.healthCheck;
  if (check === undefined || check.command[0] === 'NONE') return;
  const {
    interval = DEFAULTS.interval,
    retries = DEFAULTS.retries,
    startPeriod = DEFAULTS.startPeriod,
  } = check;
  container.health = 'UNKNOWN';
  let failures = 0;
  const look = (now: Instant): void => {
    delete container.nextHealth;
    if (container.now.lastStatus !== 'RUNNING' || container.healthByHand === true) return;
    const answer = ask(task, container, check.command);
    const before = container.health;
    failures = answer === 'fails' && now - at >= startPeriod * 1000 ? failures + 1 : 0;
    if (answer !== 'fails') container.health = 'HEALTHY';
    else if (failures >= retries) container.health = 'UNHEALTHY';
    if (answer !== 'unknown') container.nextHealth = world.due.plan(now + interval * 1000, look);
    if (container.health !== before) after(world, task, container, now);
  };
  container.nextHealth = world.due.plan(at + draw(world, world.timings.health), look);
}

/** Runs the command in the container, as it is by now; time does not pass for it. */
function ask(task: Task, container: Container, command: readonly string[]): 'passes' | 'fails' | 'unknown' {
  const program = programOf(task, container, addressOf(task));
  const [kind, ...rest] = command;
  const words = kind === 'CMD-SHELL' ? ['sh', '-c', ...rest] : rest;
  const run = simulateContainer({ ...program, words });
  for (let step = run.next(); step !== undefined; step = run.next()) {
    if (step.kind !== 'exit') continue;
    if (run.metUnknown?.() === true) return 'unknown';
    return step.exitCode === 0 ? 'passes' : 'fails';
  }
  return 'unknown';
}
