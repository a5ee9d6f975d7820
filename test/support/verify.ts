/**
 * The one gate: every check in order, all of them even after a failure, then a summary. Fails on a dirty tree too, because
 * a generated file that differs is a change nobody committed.
 */
import { spawnSync } from 'node:child_process';

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: 'format', command: ['prettier', '--check', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
  {
    name: 'imports',
    command: ['depcruise', 'functions', 'infra', 'lib', 'events', '--config', '.dependency-cruiser.cjs'],
  },
  { name: 'dead code', command: ['knip'] },
  { name: 'generated schemas', command: ['node', 'events/generate-schemas.ts', '--check'] },
  { name: 'generated schema of the deployment file', command: ['node', 'infra/write-schema.ts', '--check'] },
  {
    name: 'generated compatibility page',
    command: ['node', 'lib/providers/ecs-fargate/support/write-compatibility.ts', '--check'],
  },
  { name: 'generated dashboards', command: ['node', 'lib/local/picture/write-dashboards.ts', '--check'] },
  { name: 'bundles', command: ['node', 'infra/bundle-functions.ts'] },
  { name: 'cdk synth of the examples', command: ['node', 'test/support/synth-examples.ts'] },
  { name: 'tests', command: ['vitest', 'run', '--coverage'] },
  {
    name: 'clean tree',
    command: ['bash', '-c', 'git status --porcelain; test -z "$(git status --porcelain)"'],
  },
];

const failed: string[] = [];
for (const { name, command } of CHECKS) {
  process.stdout.write(`\n== ${name}\n`);
  const [file, ...args] = command;
  const { status, error } = spawnSync(file, args, { stdio: 'inherit' });
  if (status !== 0) failed.push(error === undefined ? name : `${name} (${error.message})`);
}
const verdict = failed.length === 0 ? 'everything holds' : `failed: ${failed.join(', ')}`;
process.stdout.write(
  `\nverify: ${CHECKS.length - failed.length} of ${CHECKS.length} checks passed; ${verdict}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
