import { describe, expect, it } from 'vitest';
import type { Carrier, ContainerStart, Expanded } from '../../lib/providers/ecs-fargate/plan/plan-types.ts';
import { spillToFile, splitVariables } from '../../lib/providers/ecs-fargate/plan/split-variables.ts';

const plain = (text: string, carrier: Carrier): Expanded => ({ text, carrier });
const keyed = (text: string): Expanded => ({
  text,
  carrier: 'secret',
  secretKey: { secret: 'tls', key: 'cert' },
});
const startOf = (variables: Readonly<Record<string, Expanded>>): ContainerStart => ({
  name: 'main',
  variables: new Map(Object.entries(variables)),
  perPodCommand: false,
  perPodProgram: false,
  wrapped: false,
});
const split = (variables: Readonly<Record<string, Expanded>>) => {
  const { definition, override, file, secrets, problems } = splitVariables(startOf(variables));
  const names = [definition, override, file].map((part) => [...part.keys()]);
  return { definition: names[0], override: names[1], file: names[2], secrets, problems };
};
const NONE = { definition: [], override: [], file: [], secrets: [], problems: [] };

describe('splitting variables by their way', () => {
  it('sends each by its carrier, in the order of names', () => {
    expect(
      split({
        Z: plain('z', 'shared'),
        S: plain('s', 'secret'),
        P: plain('p', 'perPod'),
        C: plain('c', 'config'),
        A: plain('', 'shared'),
      }),
    ).toEqual({ ...NONE, definition: ['A', 'Z'], override: ['P'], file: ['C', 'S'] });
  });

  it.each(['', 'one\ntwo', ' x', 'x '])('sends %j of a ConfigMap with the override', (text) => {
    expect(split({ C: plain(text, 'config') })).toEqual({ ...NONE, override: ['C'] });
  });

  it('sends a Secret that no line carries through Secrets Manager, and an empty one with the override', () => {
    expect(split({ CERT: keyed('-----BEGIN\n-----END\n'), EMPTY: keyed('') })).toEqual({
      ...NONE,
      override: ['EMPTY'],
      secrets: [{ name: 'CERT', secret: 'tls', key: 'cert' }],
    });
  });

  it.each([
    ['composed of Secrets with line breaks', plain('a\nb', 'secret'), 'refer to that key alone'],
    ['a Secret that is too long', keyed('x'.repeat(70_000)), 'mount Secret tls as a file'],
    ['a ConfigMap value that is too long', plain('x'.repeat(70_000), 'config'), 'mount the ConfigMap'],
  ])('keeps the pod waiting for %s', (_, value, wayOut) => {
    const { problems, ...ways } = split({ A: value });
    expect({ ...ways, problems: [] }).toEqual(NONE);
    expect(problems).toMatchObject([
      { kind: 'unready', reason: 'CreateContainerConfigError', event: 'Failed' },
    ]);
    expect(JSON.stringify(problems)).toContain(wayOut);
    expect(JSON.stringify(problems)).toContain('variable A of container main');
    expect(JSON.stringify(problems)).not.toContain('xxx');
  });
});

describe('moving variables to the env file when the launch request is full', () => {
  const parts = (...given: Readonly<Record<string, Expanded>>[]) =>
    given.map((variables) => splitVariables(startOf(variables)));
  const where = (splits: ReturnType<typeof parts>) =>
    splits.map(({ override, file }) => ({ override: [...override.keys()], file: [...file.keys()] }));

  it('moves nothing when nothing has to go', () => {
    const splits = parts({ A: plain('a', 'perPod') });
    expect(spillToFile(splits, 0, 200)).toEqual(splits);
  });

  it('moves what a line carries, first where there is a file anyway', () => {
    const splits = parts(
      { A: plain('a'.repeat(500), 'perPod') },
      { B: plain('b'.repeat(90), 'perPod'), BREAK: plain('x\ny', 'perPod'), C: plain('c', 'config') },
    );
    expect(where([...spillToFile(splits, 50, 200)])).toEqual([
      { override: ['A'], file: [] },
      { override: ['BREAK'], file: ['B', 'C'] },
    ]);
    expect(where([...spillToFile(splits, 300, 200)])).toEqual([
      { override: [], file: ['A'] },
      { override: ['BREAK'], file: ['B', 'C'] },
    ]);
  });

  it('moves the largest first, and nothing that costs more than it saves', () => {
    const splits = parts(
      { A: plain('a', 'perPod') },
      { B: plain('b'.repeat(300), 'perPod') },
      { C: plain('c'.repeat(600), 'perPod') },
    );
    expect(where([...spillToFile(splits, 400, 200)]).map(({ file }) => file)).toEqual([[], [], ['C']]);
    expect(where([...spillToFile(splits, 9000, 200)]).map(({ file }) => file)).toEqual([[], ['B'], ['C']]);
  });

  it('saves as many characters of JSON as it says', () => {
    const splits = parts({ A: plain('"quoted"', 'perPod'), B: plain('b', 'perPod') });
    const room = (given: ReturnType<typeof parts>) =>
      JSON.stringify(
        given.map(({ override }) => [...override].map(([name, { text }]) => ({ name, value: text }))),
      ).length;
    const saved = room(splits) - room([...spillToFile(splits, 30, 0)]);
    expect(saved).toBeGreaterThanOrEqual(30);
  });
});
