import type { Problem } from '../finding.ts';

/** Several nodes share subnets and groups: each problem is told once. */
export function tellOnce(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}
