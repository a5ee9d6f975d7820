import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { offlineEnvironment } from '../support/synth-examples.ts';
import { textOf } from './deployment-text.ts';
import { emptyFunctions } from './synthesize.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** Without credentials, network and Docker. */
function cdkSynth(...pairs: readonly string[]) {
  const home = mkdtempSync(join(tmpdir(), 'lambdalet-synth-'));
  const context = [`functions=${emptyFunctions()}`, ...pairs].flatMap((pair) => ['-c', pair]);
  const run = spawnSync('cdk', ['synth', '--quiet', '--output', join(home, 'cdk.out'), ...context], {
    cwd: PROJECT,
    env: offlineEnvironment(home),
    encoding: 'utf8',
  });
  return { home, status: run.status, output: `${run.stdout}${run.stderr}` };
}

describe('cdk synth', () => {
  it('makes the three stacks of an example without credentials and network', { timeout: 120_000 }, () => {
    const { home, status, output } = cdkSynth('config=examples/kubeconfig.yaml');
    expect(status, output).toBe(0);
    expect(readdirSync(join(home, 'cdk.out')).filter((file) => file.endsWith('.template.json'))).toEqual([
      'lambdalet-example-control-loop.template.json',
      'lambdalet-example-observability.template.json',
      'lambdalet-example-state.template.json',
    ]);
    expect(output).toContain("clusters[0].nodes[0].subnets[0] is the example's subnet-0123456789abcdef0");
  });

  it(
    'deploys nothing that is not named: a forgotten option must not put an example over what is there',
    {
      timeout: 120_000,
    },
    () => {
      const { status, output } = cdkSynth();
      expect(status, output).not.toBe(0);
      expect(output).toContain('name yours with -c config=FILE');
      expect(output).not.toContain('    at ');
    },
  );

  it('lists the faults of a deployment file, without a stack trace', { timeout: 120_000 }, () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lambdalet-faults-')), 'bad.yaml');
    writeFileSync(file, textOf({ mode: 'fast', profile: 'test' }));
    const { status, output } = cdkSynth(`config=${file}`);
    expect(status, output).not.toBe(0);
    expect(output).toContain(`${file} cannot be deployed:\n- clusters[0].mode is "fast"`);
    expect(output).toContain('\n- clusters[0].profile is "test"');
    expect(output).not.toContain('    at ');
  });
});
