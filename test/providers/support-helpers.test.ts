import { describe, expect, it } from 'vitest';
import type { Container, PodSpec } from '../../lib/core/kubernetes.ts';
import { helpersOf, isTmpfs, isWrapped } from '../../lib/providers/ecs-fargate/support/choose-helpers.ts';
import { aContainer, aPod, aPodWith, withToken } from './fixtures.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

const mounting = (more: object = {}): Partial<Container> => ({
  volumeMounts: [{ name: 'v', mountPath: '/v', ...more }],
});
const ROOT = { securityContext: { runAsUser: 0 } };
const emptyDir = (more: object = {}): Volume => ({ name: 'v', emptyDir: more });
const address = { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } };

describe('choosing helpers', () => {
  it('needs none for a plain pod, nor for what nobody mounts', () => {
    expect(helpersOf(aPod())).toEqual([]);
    expect(helpersOf(aPod({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }))).toEqual([]);
  });

  it.each<Volume>([
    { name: 'v', configMap: { name: 'c' } },
    { name: 'v', secret: { secretName: 's' } },
    { name: 'v', downwardAPI: { items: [] } },
    { name: 'v', projected: { sources: [] } },
  ])('needs the writer for files: %o', (volume) => {
    expect(helpersOf(aPodWith(mounting(), { volumes: [volume] }))).toEqual(['writer']);
  });

  it('needs the writer for the token of admission only where it is delivered', () => {
    const spec = withToken({ containers: [aContainer()] }, 'x7k2p');
    expect(helpersOf(aPod(spec))).toEqual([]);
    expect(helpersOf(aPod({ ...spec, serviceAccountName: 'robot' }))).toEqual(['writer']);
    expect(helpersOf(aPod({ ...spec, automountServiceAccountToken: true }))).toEqual(['writer']);
  });

  it.each<[string, Container, Partial<PodSpec>, boolean]>([
    ['of the user of an image', aContainer(mounting()), {}, true],
    ['of another user', aContainer({ ...mounting(), securityContext: { runAsUser: 5 } }), {}, true],
    ['of root', aContainer({ ...mounting(), ...ROOT }), {}, false],
    ['of root by the pod', aContainer(mounting()), ROOT, false],
    ['of root, for a group', aContainer(mounting()), { securityContext: { runAsUser: 0, fsGroup: 5 } }, true],
    ['that is only read', aContainer(mounting({ readOnly: true })), {}, false],
  ])('looks at who writes to an emptyDir %s', (_, container, spec, needs) => {
    const pod = aPod({ ...spec, containers: [container], volumes: [emptyDir()] });
    expect(helpersOf(pod)).toEqual(needs ? ['writer'] : []);
  });

  it('needs none for an emptyDir that root writes and another user reads', () => {
    const containers = [
      aContainer({ ...mounting(), ...ROOT }),
      aContainer({ ...mounting({ readOnly: true }), name: 'reader', securityContext: { runAsUser: 5 } }),
    ];
    expect(helpersOf(aPod({ containers, volumes: [emptyDir()] }))).toEqual([]);
  });

  it('looks at init containers too', () => {
    const pod = aPod({
      initContainers: [aContainer({ ...mounting(), name: 'init' })],
      containers: [aContainer({ ...mounting(), ...ROOT })],
      volumes: [emptyDir()],
    });
    expect(helpersOf(pod)).toEqual(['writer']);
  });

  it('needs none for memory that one container has alone, but for shared memory, which is on disk', () => {
    const volumes = [emptyDir({ medium: 'Memory' })];
    const two = [aContainer(mounting()), aContainer({ ...mounting(), name: 'side' })];
    expect(helpersOf(aPodWith(mounting(), { volumes }))).toEqual([]);
    expect(helpersOf(aPod({ containers: two, volumes }))).toEqual(['writer']);
    expect(helpersOf(aPodWith(mounting({ subPath: 'a' }), { volumes }))).toEqual(['writer']);
  });

  it('needs the writer for a container that is told its address, if it has a command', () => {
    expect(helpersOf(aPodWith({ command: ['run'], env: [address] }))).toEqual(['writer']);
    expect(helpersOf(aPodWith({ env: [address] }))).toEqual([]);
  });

  it.each<[PodSpec['restartPolicy'], number, boolean, boolean]>([
    ['Always', 2, true, false],
    ['Never', 1, false, false],
    ['Never', 2, false, true],
    ['OnFailure', 2, false, true],
    ['OnFailure', 1, true, false],
    [undefined, 2, true, false],
  ])('with restartPolicy %s, %i app containers, a sidecar %s: waiter %s', (policy, count, sidecar, needs) => {
    const pod = aPod({
      containers: Array.from({ length: count }, (_, index) => aContainer({ name: `c${index}` })),
      initContainers: [
        aContainer({ name: 'init' }),
        ...(sidecar ? [aContainer({ name: 'proxy', restartPolicy: 'Always' })] : []),
      ],
      ...(policy === undefined ? {} : { restartPolicy: policy }),
    });
    expect(helpersOf(pod)).toEqual(needs ? ['waiter'] : []);
  });

  it('names both, the writer first', () => {
    const containers = [aContainer(mounting()), aContainer({ name: 'side' })];
    const volumes = [emptyDir()];
    expect(helpersOf(aPod({ containers, volumes, restartPolicy: 'Never' }))).toEqual(['writer', 'waiter']);
  });
});

describe('what goes into memory, and what is wrapped', () => {
  it('takes only Memory with one mount of the whole for a tmpfs', () => {
    const pod = aPodWith(mounting());
    expect(isTmpfs(pod, emptyDir({ medium: 'Memory' }))).toBe(true);
    expect(isTmpfs(pod, emptyDir({ medium: '' }))).toBe(false);
    expect(isTmpfs(aPod(), emptyDir({ medium: 'Memory' }))).toBe(false);
    expect(isTmpfs(aPodWith(mounting({ subPathExpr: '$(A)' })), emptyDir({ medium: 'Memory' }))).toBe(false);
  });

  it('wraps a container with a command that asks for an address', () => {
    expect(isWrapped(aContainer({ command: ['run'], env: [{ name: 'A', value: 'b' }, address] }))).toBe(true);
    expect(isWrapped(aContainer({ command: ['run'] }))).toBe(false);
    expect(isWrapped(aContainer({ command: [], env: [address] }))).toBe(false);
  });
});
