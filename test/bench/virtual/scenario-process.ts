// One scenario in a process of its own, so that its CPU time and its memory are its own.
import { SCENARIOS, type Scenario } from './scenarios.ts';

const scenario = process.argv[2] as Scenario;
const figures = await SCENARIOS[scenario]();
process.send?.(figures, () => process.exit());
