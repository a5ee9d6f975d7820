import { describe, expect, it } from 'vitest';
import type { Container } from '../../lib/core/kubernetes.ts';
import { buildStart } from '../../lib/providers/ecs-fargate/build-environment.ts';
import { expandVariables } from '../../lib/providers/ecs-fargate/expand-variables.ts';
import { aPodWith } from './fixtures.ts';

const SIZE = { cpu: 512, memory: 1024 };

const startOf = (container: Partial<Container>, metadata = {}, spec = {}) => {
  const pod = aPodWith(container, spec);
  Object.assign(pod.metadata, { name: 'web-1', uid: 'u-1', ...metadata });
  return buildStart(pod, pod.spec.containers[0]!, SIZE);
};
const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const text = (variables: ReadonlyMap<string, { text: string }>) =>
  Object.fromEntries([...variables].map(([name, value]) => [name, value.text]));

describe('expanding variables as the kubelet does', () => {
  const variables = new Map([
    ['A', { text: 'one', perPod: false }],
    ['B', { text: '$(A)', perPod: true }],
  ]);
  it.each([
    ['plain', 'plain', false],
    ['$(A)', 'one', false],
    ['$(A)-$(B)', 'one-$(A)', true],
    ['$$(A)', '$(A)', false],
    ['$$$(A)', '$one', false],
    ['$$', '$', false],
    ['$A $', '$A $', false],
    ['$(MISSING)', '$(MISSING)', false],
    ['$(A', '$(A', false],
    ['$()', '$()', false],
    ['${A}', '${A}', false],
  ])('makes %s of it: %s', (given, expected, perPod) => {
    expect(expandVariables(given, variables)).toEqual({ text: expected, perPod });
  });
});

describe('building the environment of a container', () => {
  it('keeps what differs between replicas apart', () => {
    const start = startOf({
      env: [
        { name: 'MODE', value: 'prod' },
        field('NAME', 'metadata.name'),
        { name: 'URL', value: 'http://$(NAME)/$(MODE)' },
      ],
    });
    expect(text(start.shared)).toEqual({ MODE: 'prod' });
    expect(text(start.perPod)).toEqual({ NAME: 'web-1', URL: 'http://web-1/prod' });
  });

  it('refers only to variables that come before', () => {
    const start = startOf({
      env: [
        { name: 'FIRST', value: '$(SECOND)' },
        { name: 'SECOND', value: 'x' },
      ],
    });
    expect(text(start.shared)).toEqual({ FIRST: '$(SECOND)', SECOND: 'x' });
  });

  it('lets the last of two variables with the same name count', () => {
    const start = startOf({
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '$(A)2' },
      ],
    });
    expect(text(start.shared)).toEqual({ A: '12' });
  });

  it('gives an absent label as an empty text', () => {
    const start = startOf(
      { env: [field('APP', "metadata.labels['app']"), field('TEAM', "metadata.annotations['a.b/team']")] },
      { annotations: { 'a.b/team': 'red' } },
    );
    expect(text(start.perPod)).toEqual({ APP: '', TEAM: 'red' });
  });

  it.each([
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['limits.memory', '1Mi', '1024'],
    ['requests.cpu', '1', '0'],
    ['limits.memory', '0', '1073741824'],
  ])('gives %s in units of %s as %s', (resource, divisor, expected) => {
    const start = startOf({
      resources: { limits: { cpu: '1500m' } },
      env: [
        {
          name: 'R',
          valueFrom: { resourceFieldRef: divisor === undefined ? { resource } : { resource, divisor } },
        },
      ],
    });
    expect(text(start.shared)).toEqual({ R: expected });
  });

  it('tells a wanted host name as HOSTNAME, unless the pod sets that itself', () => {
    expect(text(startOf({}, {}, { hostname: 'db-0' }).perPod)).toEqual({ HOSTNAME: 'db-0' });
    const own = startOf({ env: [{ name: 'HOSTNAME', value: 'mine' }] }, {}, { hostname: 'db-0' });
    expect(text(own.perPod)).toEqual({});
  });
});

describe('building the argument vector', () => {
  it('makes the program the entry point and the rest the command', () => {
    const { entryPoint, command, perPodCommand } = startOf({ command: ['sh', '-c'], args: ['exit 3'] });
    expect({ entryPoint, command, perPodCommand }).toEqual({
      entryPoint: ['sh'],
      command: ['-c', 'exit 3'],
      perPodCommand: false,
    });
  });

  it('leaves the entry point to the image when there are only args', () => {
    const start = startOf({ args: ['--verbose'] });
    expect(start.entryPoint).toBeUndefined();
    expect(start.command).toEqual(['--verbose']);
  });

  it('knows a command that mentions the pod', () => {
    const start = startOf({
      command: ['serve', '--name=$(NAME)'],
      env: [field('NAME', 'metadata.name')],
    });
    expect(start).toMatchObject({ perPodCommand: true, perPodProgram: false, command: ['--name=web-1'] });
  });

  it('knows a program that differs between replicas', () => {
    const start = startOf({ command: ['$(NAME)'], env: [field('NAME', 'metadata.name')] });
    expect(start.perPodProgram).toBe(true);
  });
});
