import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { helpersOf } from '../../lib/providers/ecs-fargate/support/choose-helpers.ts';
import { planVolumes } from '../../lib/providers/ecs-fargate/plan/plan-volumes.ts';
import { WRAPPER_PATH } from '../../lib/providers/ecs-fargate/plan/plan-types.ts';
import { aContainer, aPod } from './fixtures.ts';
import { aPodMounting, aPodWhere, contextOf, mountsOf, problemsOf, type Given } from './volume-fixtures.ts';

const scratch = { name: 'scratch', emptyDir: {} };
const memory = (sizeLimit?: string) => ({
  name: 'fast',
  emptyDir: { medium: 'Memory', ...(sizeLimit === undefined ? {} : { sizeLimit }) },
});
const tmpfsOf = (...given: Parameters<typeof contextOf>) =>
  planVolumes(contextOf(...given)).mounts.get('main')?.linuxParameters?.tmpfs;

describe('an emptyDir', () => {
  it('is a directory for everybody, which the writer opens', () => {
    const { writer, volumes } = planVolumes(contextOf(aPodMounting([scratch])));
    expect(volumes).toEqual([{ name: 'volume-0' }]);
    expect(writer?.mountPoints).toEqual([{ sourceVolume: 'volume-0', containerPath: '/volumes/volume-0' }]);
    expect(writer?.script.split('\n').at(-1)).toBe('chmod 0777 volume-0');
    expect(writer).toMatchObject({ needsFiles: false, archive: undefined });
  });

  it('belongs to the fsGroup, and so does what is made in it', () => {
    const pod = aPodMounting([scratch], { securityContext: { fsGroup: 2000 } });
    expect(planVolumes(contextOf(pod)).writer?.script).toContain('chgrp 2000 volume-0\nchmod 2777 volume-0');
  });

  it('needs no writer when only root is there', () => {
    const pod = aPodMounting([scratch], { securityContext: { runAsUser: 0 } });
    expect(planVolumes(contextOf(pod)).writer).toBeUndefined();
  });
});

describe('an emptyDir in memory', () => {
  it('is a tmpfs of the container that mounts it, as large as its limit', () => {
    const pod = aPodMounting([memory('64Mi')]);
    expect(tmpfsOf(pod)).toEqual([
      { containerPath: '/fast', size: 64, mountOptions: ['rw', 'exec', 'mode=1777'] },
    ]);
    expect(planVolumes(contextOf(pod))).toMatchObject({ volumes: [], writer: undefined, notes: [] });
  });

  it.each([
    { limit: undefined, size: 512 },
    { limit: '4Gi', size: 1024 },
    { limit: '1', size: 1 },
  ])('with limit $limit has $size MiB of a task with 1 GiB', ({ limit, size }) => {
    expect(tmpfsOf(aPodMounting([memory(limit)]))?.[0]?.size).toBe(size);
  });

  it('belongs to the fsGroup', () => {
    const pod = aPodMounting([memory()], { securityContext: { fsGroup: 2000 } });
    expect(tmpfsOf(pod)?.[0]?.mountOptions).toEqual(['rw', 'exec', 'mode=3777', 'gid=2000']);
  });

  it('may be read-only', () => {
    const pod = aPodWhere({ main: [{ name: 'fast', mountPath: '/f', readOnly: true }] }, [memory()]);
    expect(tmpfsOf(pod)?.[0]?.mountOptions?.[0]).toBe('ro');
  });

  it('is on the disk when containers share it, and says so once', () => {
    const mount = { name: 'fast', mountPath: '/fast' };
    const planned = planVolumes(contextOf(aPodWhere({ main: [mount], other: [mount] }, [memory()])));
    expect(mountsOf(planned, 'other')).toEqual(['volume-0:/fast']);
    expect(planned.notes).toEqual([
      expect.objectContaining({ type: 'Warning', reason: 'MemoryVolumeOnDisk' }),
    ]);
  });
});

describe('a wrapped container', () => {
  const wrappedPod = aPod({ containers: [aContainer(), aContainer({ name: 'plain' })] });

  it('finds a shell in a volume that the writer fills', () => {
    const planned = planVolumes(contextOf(wrappedPod), ['main']);
    expect(planned.volumes).toEqual([{ name: 'wrapper' }]);
    expect(mountsOf(planned)).toEqual([`wrapper:${WRAPPER_PATH}:ro`]);
    expect(mountsOf(planned, 'plain')).toEqual([]);
    expect(planned.writer?.script).toContain('cp -f /bin/busybox wrapper/busybox');
    expect(planned.writer?.needsFiles).toBe(false);
  });

  it('has no other volume in that place', () => {
    const pod = aPodWhere({ main: [{ name: 'scratch', mountPath: '/lambdalet/' }] }, [scratch]);
    expect(planVolumes(contextOf(pod)).problems).toEqual([]);
    expect(problemsOf(planVolumes(contextOf(pod), ['main']))).toEqual([
      expect.stringContaining('spec.containers[0].volumeMounts[0].mountPath: /lambdalet is taken'),
    ]);
  });
});

describe('a draft', () => {
  const sources = {
    disk: { emptyDir: {} },
    memory: { emptyDir: { medium: 'Memory' } },
    config: { configMap: { name: 'app' } },
    secret: { secret: { secretName: 'keys', defaultMode: 0o400 } },
    labels: { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    all: { projected: { sources: [{ secret: { name: 'keys' } }, { configMap: { name: 'app' } }] } },
  } as const;
  const given: Given = { configMaps: { app: { a: 'A' } }, secrets: { keys: { b: 'B' } } };
  const kinds = fc.subarray(Object.keys(sources) as (keyof typeof sources)[]);
  const users = fc.option(fc.constantFrom(0, 1000), { nil: undefined });

  it('is the same as what is launched, but for the archive', () => {
    fc.assert(
      fc.property(kinds, users, fc.boolean(), (names, runAsUser, hasGroup) => {
        const securityContext = {
          ...(runAsUser === undefined ? {} : { runAsUser }),
          ...(hasGroup ? { fsGroup: 7 } : {}),
        };
        const volumes = names.map((name) => ({ name, ...sources[name] })) as Parameters<
          typeof aPodMounting
        >[0];
        const pod = aPodMounting(volumes, { securityContext });
        const [draft, final] = [planVolumes(contextOf(pod)), planVolumes(contextOf(pod, given))];
        expect({ ...final, writer: final.writer && { ...final.writer, archive: undefined } }).toEqual(draft);
        expect(draft.writer?.archive).toBeUndefined();
        expect(final.writer?.archive !== undefined).toBe(final.writer?.needsFiles === true);
        expect(final.problems).toEqual([]);
        expect(final.writer !== undefined).toBe(helpersOf(pod).includes('writer'));
      }),
    );
  });
});
