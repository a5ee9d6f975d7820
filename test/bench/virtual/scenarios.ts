import { measureBurst } from './measure-burst.ts';
import { measureChurn } from './measure-churn.ts';
import { measureSteady } from './measure-steady.ts';

/** What is measured on virtual time, each in a process of its own; the longest first. */
export const SCENARIOS = {
  burstOfManyDefinitions: () => measureBurst(5_000, 50),
  largeBurst: () => measureBurst(5_000, 1),
  steady: () => measureSteady(5_000),
  churn: () => measureChurn(20, 2),
  burst: () => measureBurst(1_000, 1),
} as const;

export type Scenario = keyof typeof SCENARIOS;
export type ScenarioFigures = {
  readonly [Name in Scenario]: Awaited<ReturnType<(typeof SCENARIOS)[Name]>>;
};
