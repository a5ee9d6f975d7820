import { HELPERS, WRAPPER_PATH } from '../../../providers/ecs-fargate/plan/plan-types.ts';
import { filesOf } from './container-files.ts';
import type { Container, Task } from './ecs-state.ts';
import { playWriter } from './play-writer.ts';
import type { ContainerProgram, ContainerStep, SimulatedContainer } from './simulate-container.ts';

const WRAPPER = `${WRAPPER_PATH}/busybox`;
const ADDRESS = /<lambdalet:podIPs?>/g;
const NOT_FOUND = 127;

/** What a helper container does, whose program is the product's own and known; `undefined` for every other container. */
export function playHelper(task: Task, container: Container): SimulatedContainer | undefined {
  const words = wordsOf(task, container);
  if (container.name === HELPERS.writer) {
    const fault = playWriter(task, container, words[words.indexOf('-c') + 1] ?? '');
    return endAtOnce(fault === undefined ? undefined : `${HELPERS.writer}: ${fault}`, 1);
  }
  // It ends once those that it waits for have: its task looks after every end, see `hasWaited`.
  if (container.name === HELPERS.waiter) return { next: () => undefined, onTerm: () => 0 };
  if (words[0] === WRAPPER && !filesOf(task, container).has(WRAPPER))
    return endAtOnce(`exec: ${WRAPPER}: not found`, NOT_FOUND);
  return undefined;
}

/** Whether the container is a waiter that runs, and every container that it waits for has stopped. */
export function hasWaited(task: Task, container: Container): boolean {
  if (container.name !== HELPERS.waiter || container.now.lastStatus !== 'RUNNING') return false;
  const names = argumentsOf(wordsOf(task, container));
  return names.every((wanted) =>
    task.containers.some(({ name, now }) => name === wanted && now.lastStatus === 'STOPPED'),
  );
}

/** The program of a container, without the wrapper that tells it its address. */
export function programOf(task: Task, container: Container, address: string): ContainerProgram {
  const words = wordsOf(task, container);
  const environment = container.environment ?? new Map<string, string>();
  const files = filesOf(task, container);
  if (words[0] !== WRAPPER) return { words, environment, files };
  const told = (text: string): string => text.replace(ADDRESS, address);
  return {
    words: argumentsOf(words).map(told),
    environment: new Map([...environment].map(([name, value]) => [name, told(value)])),
    files,
  };
}

/** What follows `sh -c SCRIPT NAME`. */
function argumentsOf(words: readonly string[]): readonly string[] {
  return words.slice(words.indexOf('-c') + 3);
}

function wordsOf(task: Task, { name, definition }: Container): readonly string[] {
  const override = task.overrides.containerOverrides?.find((one) => one.name === name);
  return [...(definition?.entryPoint ?? []), ...(override?.command ?? definition?.command ?? [])];
}

function endAtOnce(fault: string | undefined, failed: number): SimulatedContainer {
  const exit: ContainerStep = { kind: 'exit', afterMs: 0, exitCode: fault === undefined ? 0 : failed };
  const steps: ContainerStep[] =
    fault === undefined ? [exit] : [{ kind: 'line', afterMs: 0, text: fault }, exit];
  return { next: () => steps.shift(), onTerm: () => 0 };
}
