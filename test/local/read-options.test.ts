import { describe, expect, it } from 'vitest';
import { readDemoOptions, readLocalOptions, SIMULATION } from '../../lib/local/read-options.ts';

describe('the command line of npm run local', () => {
  it('has a default for everything', () => {
    expect(readLocalOptions([])).toEqual({
      kind: 'run',
      options: { node: 'lambdalet', podsReady: false, pace: 'fast', verbose: false },
    });
  });

  it('takes every flag', () => {
    const argv = ['--kubeconfig', 'k.yaml', '--node=edge', '--pods-ready', '--pace', 'real', '--verbose'];
    expect(readLocalOptions(argv)).toEqual({
      kind: 'run',
      options: { kubeconfig: 'k.yaml', node: 'edge', podsReady: true, pace: 'real', verbose: true },
    });
  });

  it('names an unknown flag and lists the known ones', () => {
    const reading = readLocalOptions(['--kubconfig', 'k.yaml']);
    expect(reading).toMatchObject({ kind: 'say', exitCode: 1 });
    const text = reading.kind === 'say' ? reading.text : '';
    expect(text).toContain("Unknown option '--kubconfig'");
    for (const flag of ['--kubeconfig', '--node', '--pods-ready', '--pace', '--verbose', '--help'])
      expect(text).toContain(flag);
  });

  it.each([
    [['--pace', 'slow'], '--pace is "slow", which is neither fast nor real'],
    [['--node', 'Edge 1'], '--node is "Edge 1", which is no name for a node'],
    [['--kubeconfig'], "Option '--kubeconfig <value>' argument missing"],
    [['now'], "Unexpected argument 'now'"],
  ])('refuses %j', (argv, message) => {
    const reading = readLocalOptions(argv);
    expect(reading).toMatchObject({ kind: 'say', exitCode: 1 });
    expect(reading.kind === 'say' && reading.text).toContain(message);
  });

  it('explains the flags and what a simulated container does', () => {
    const reading = readLocalOptions(['--help']);
    expect(reading).toMatchObject({ kind: 'say', exitCode: 0 });
    expect(reading.kind === 'say' && reading.text).toContain(SIMULATION);
  });
});

describe('the command line of npm run demo', () => {
  it('knows its own flags only', () => {
    expect(readDemoOptions(['--pace=real'])).toEqual({
      kind: 'run',
      options: { pace: 'real', verbose: false },
    });
    expect(readDemoOptions(['--node', 'x'])).toMatchObject({ kind: 'say', exitCode: 1 });
  });
});
