import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOf } from './deployment-text.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** Nothing of the person's AWS configuration, and a proxy that refuses: a request to anywhere would fail the run. */
function offline(home: string): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    PATH: `${join(PROJECT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    AWS_EC2_METADATA_DISABLED: 'true',
    CI: 'true',
  };
}

function cdkSynth(...context: readonly string[]) {
  const home = mkdtempSync(join(tmpdir(), 'lambdalet-synth-'));
  const args = [
    'synth',
    '--quiet',
    '--output',
    join(home, 'cdk.out'),
    '-c',
    `bundles=${join(home, 'bundles')}`,
  ];
  const run = spawnSync('cdk', [...args, ...context.flatMap((pair) => ['-c', pair])], {
    cwd: PROJECT,
    env: offline(home),
    encoding: 'utf8',
  });
  return { home, status: run.status, output: `${run.stdout}${run.stderr}` };
}

describe('cdk synth', () => {
  it(
    'makes the three stacks of the shipped deployment file without credentials and network',
    { timeout: 120_000 },
    () => {
      const { home, status, output } = cdkSynth();
      expect(status, output).toBe(0);
      expect(readdirSync(join(home, 'cdk.out')).filter((file) => file.endsWith('.template.json'))).toEqual([
        'lambdalet-example-control-loop.template.json',
        'lambdalet-example-observability.template.json',
        'lambdalet-example-state.template.json',
      ]);
      expect(output).toContain("nodes[0].subnets[0] is the example's");
    },
  );

  it('lists the faults of a deployment file, without a stack trace', { timeout: 60_000 }, () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lambdalet-faults-')), 'bad.yaml');
    writeFileSync(file, textOf({ mode: 'fast', profile: undefined }));
    const { status, output } = cdkSynth(`deployment=${file}`);
    expect(status, output).not.toBe(0);
    expect(output).toContain(`${file} cannot be deployed:\n- profile is missing`);
    expect(output).toContain('\n- mode is "fast"');
    expect(output).not.toContain('    at ');
  });
});
