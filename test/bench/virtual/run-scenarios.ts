import { fork } from 'node:child_process';
import { join } from 'node:path';
import { SCENARIOS, type Scenario, type ScenarioFigures } from './scenarios.ts';

/** The smallest machine that has to do it in time has two cores. */
const AT_ONCE = 2;

/** Runs all scenarios; `onDone` is told of each as it ends. */
export async function runScenarios(
  onDone: (scenario: Scenario, seconds: number) => void,
): Promise<ScenarioFigures> {
  const waiting = Object.keys(SCENARIOS) as Scenario[];
  const figures = new Map<Scenario, unknown>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const begun = performance.now();
      figures.set(next, await runScenario(next));
      onDone(next, (performance.now() - begun) / 1000);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return Object.fromEntries(figures) as unknown as ScenarioFigures;
}

function runScenario(scenario: Scenario): Promise<unknown> {
  const child = fork(join(import.meta.dirname, 'scenario-process.ts'), [scenario]);
  const endIt = (): void => void child.kill();
  process.once('exit', endIt);
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => {
      process.removeListener('exit', endIt);
      reject(new Error(`the scenario ${scenario} ended with code ${String(code)}`));
    });
  });
}
