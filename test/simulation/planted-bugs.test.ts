import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';

const SIMULATE = fileURLToPath(new URL('simulate.ts', import.meta.url));

/** What the simulation prints, whether it fails or not: in a process of its own, because a planted bug stays. */
async function simulate(args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, [SIMULATE, '--brief', ...args])).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return `${stdout}${stderr}`;
  }
}

const BUGS = Object.entries(PLANTED_BUGS).map(([name, bug]) => ({ name, ...bug }));

describe('bugs planted into the control loop', () => {
  it.each(BUGS)(
    'finds $name: $breaks',
    { timeout: 180_000 },
    async ({ name, weather, foundWithin, rule }) => {
      const seeds = ['--seeds', String(foundWithin), '--until', rule];
      const printed = await simulate(['--plant', name, '--weather', weather, ...seeds]);
      expect(printed, 'the simulation does not find this bug any more: make its weather worse').toContain(
        `: ${rule}: `,
      );
    },
  );

  it('says so when a bug does not fit the source any more', async () => {
    expect(await simulate(['--plant', 'no-such-bug', '--seeds', '1'])).toContain(
      'no planted bug no-such-bug',
    );
  });
});
