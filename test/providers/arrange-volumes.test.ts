import { describe, expect, it } from 'vitest';
import { planVolumes } from '../../lib/providers/ecs-fargate/plan/plan-volumes.ts';
import { aContainer, aPod, withToken } from './fixtures.ts';
import { aPodMounting, aPodWhere, contextOf, mountsOf, problemsOf } from './volume-fixtures.ts';

const draftOf = (...given: Parameters<typeof contextOf>) => planVolumes(contextOf(...given));

const scratch = { name: 'scratch', emptyDir: {} };
const config = (items?: { key: string; path: string }[]) => ({
  name: 'config',
  configMap: { name: 'app', ...(items === undefined ? {} : { items }) },
});

describe('arranging volumes', () => {
  it('needs nothing for a pod that mounts nothing', () => {
    const planned = draftOf(aPod({ volumes: [scratch, config()] }));
    expect(planned).toMatchObject({ volumes: [], writer: undefined, problems: [], notes: [] });
    expect(mountsOf(planned)).toEqual([]);
  });

  it('names volumes by position, whatever the pod calls them', () => {
    const pods = ['a1b2c', 'x9y8z'].map((suffix) => {
      const pod = aPodMounting([{ name: `cache-${suffix}`, emptyDir: {} }]);
      return { ...pod, spec: { ...withToken(pod.spec, suffix), serviceAccountName: 'robot' } };
    });
    const [one, other] = pods.map((pod) => draftOf(pod));
    expect(one?.volumes).toEqual([{ name: 'volume-0' }, { name: 'volume-1' }]);
    expect(one?.writer).toEqual(other?.writer);
    expect(one?.volumes).toEqual(other?.volumes);
    expect(JSON.stringify(one)).not.toContain('a1b2c');
  });

  it('leaves out the token volume that nobody asked for', () => {
    const pod = aPod();
    const planned = draftOf({ ...pod, spec: withToken(pod.spec, 'abcde') });
    expect(planned).toMatchObject({ volumes: [], writer: undefined });
    expect(mountsOf(planned)).toEqual([]);
  });

  it('mounts in the order of the container, init containers and sidecars too', () => {
    const pod = aPod({
      initContainers: [
        aContainer({ name: 'init', volumeMounts: [{ name: 'scratch', mountPath: '/out' }] }),
        aContainer({
          name: 'sidecar',
          restartPolicy: 'Always',
          volumeMounts: [{ name: 'scratch', mountPath: 'in', readOnly: true }],
        }),
      ],
      containers: [
        aContainer({
          volumeMounts: [
            { name: 'config', mountPath: '/etc/app' },
            { name: 'scratch', mountPath: '/etc/app/cache' },
          ],
        }),
      ],
      volumes: [scratch, config()],
    });
    const planned = draftOf(pod);
    expect(mountsOf(planned, 'init')).toEqual(['volume-0:/out']);
    expect(mountsOf(planned, 'sidecar')).toEqual(['volume-0:/in:ro']);
    expect(mountsOf(planned)).toEqual(['volume-1:/etc/app:ro', 'volume-0:/etc/app/cache']);
    expect(planned.problems).toEqual([]);
  });

  it('refuses two mounts at one path', () => {
    const mounts = [
      { name: 'scratch', mountPath: '/data' },
      { name: 'config', mountPath: '/data/' },
    ];
    expect(problemsOf(draftOf(aPodWhere({ main: mounts }, [scratch, config()])))).toEqual([
      'spec.containers[0].volumeMounts[1].mountPath: Another volume is mounted at /data already.',
    ]);
  });
});

describe('a subPath of an emptyDir', () => {
  const at = (subPath: string, mountPath = `/${subPath}`) => ({ name: 'scratch', mountPath, subPath });

  it('becomes a volume of its own', () => {
    const planned = draftOf(
      aPodWhere({ main: [at('logs'), at('data/db')], other: [at('./logs/', '/var/log')] }, [scratch]),
    );
    expect(planned.problems).toEqual([]);
    expect(planned.volumes).toHaveLength(2);
    expect(mountsOf(planned)).toEqual(['volume-0:/logs', 'volume-1:/data/db']);
    expect(mountsOf(planned, 'other')).toEqual(['volume-0:/var/log']);
    expect(planned.writer?.script).toContain('chmod 0777 volume-1');
  });

  it('cannot be mounted next to the whole or to a directory above it', () => {
    const whole = { name: 'scratch', mountPath: '/all' };
    const besideWhole = draftOf(aPodWhere({ main: [at('logs'), whole] }, [scratch]));
    const nested = draftOf(aPodWhere({ main: [at('logs'), at('logs/old')] }, [scratch]));
    expect(problemsOf(besideWhole)).toEqual([
      expect.stringMatching(/^spec\.containers\[0\]\.volumeMounts\[0\]\.subPath: ECS mounts whole volumes/),
    ]);
    expect(problemsOf(nested)).toHaveLength(2);
  });

  const byExpression = (subPathExpr: string, mountPath = '/own') => ({
    name: 'scratch',
    mountPath,
    subPathExpr,
  });
  const env = [
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'TIER', value: 'web' },
    { name: 'MADE', value: '$(TIER)-2' },
    { name: 'SET', valueFrom: { configMapKeyRef: { name: 'app', key: 'set' } } },
  ];

  it("may name fields of the pod: the directory is the pod's own anyway", () => {
    const mounts = [byExpression('$(POD)-$(TIER)')];
    const planned = draftOf(aPodWhere({ main: mounts, other: mounts }, [scratch], { env }));
    expect(planned.problems).toEqual([]);
    expect(planned.volumes).toEqual([{ name: 'volume-0' }]);
    expect(mountsOf(planned, 'other')).toEqual(['volume-0:/own']);
  });

  it('may not differ from another one in ways that are known only at run time', () => {
    const mounts = [byExpression('$(POD)'), byExpression('$(TIER)', '/shared')];
    expect(problemsOf(draftOf(aPodWhere({ main: mounts }, [scratch], { env })))).toEqual([
      expect.stringContaining('volumeMounts[0].subPathExpr'),
      expect.stringContaining('volumeMounts[1].subPathExpr'),
    ]);
  });

  it('takes plain values of variables as text', () => {
    const mounts = [byExpression('$(TIER)$$'), { name: 'scratch', mountPath: '/same', subPath: 'web$' }];
    const planned = draftOf(aPodWhere({ main: mounts }, [scratch], { env }));
    expect(mountsOf(planned)).toEqual(['volume-0:/own', 'volume-0:/same']);
  });

  it.each(['$(MADE)', '$(SET)', '$(NOBODY)'])('refuses %s, which is not known', (expression) => {
    const planned = draftOf(aPodWhere({ main: [byExpression(expression)] }, [scratch], { env }));
    expect(problemsOf(planned)).toEqual([
      `spec.containers[0].volumeMounts[0].subPathExpr: ${expression} is not known when the task is defined: only plain values and fields of the pod can be in a path.`,
    ]);
  });
});

describe('a subPath of files or of a claim', () => {
  const inDirectory = [
    { key: 'a', path: 'conf.d/a.conf' },
    { key: 'b', path: 'conf.d/deep/b.conf' },
    { key: 'c', path: 'c.conf' },
  ];
  const given = { configMaps: { app: { a: 'A', b: 'B', c: 'C' } } };

  it('is a directory that items make', () => {
    const mounts = [
      { name: 'config', mountPath: '/etc/conf.d', subPath: 'conf.d' },
      { name: 'config', mountPath: '/etc/all' },
    ];
    const planned = draftOf(aPodWhere({ main: mounts }, [config(inDirectory)]), given);
    expect(planned.problems).toEqual([]);
    expect(mountsOf(planned)).toEqual(['volume-0:/etc/conf.d:ro', 'volume-1:/etc/all:ro']);
  });

  it('is never a single file', () => {
    const mounts = [{ name: 'config', mountPath: '/etc/c.conf', subPath: 'c.conf' }];
    for (const items of [inDirectory, undefined])
      expect(problemsOf(draftOf(aPodWhere({ main: mounts }, [config(items)])))).toEqual([
        expect.stringMatching(/volumeMounts\[0\]\.subPath: Fargate mounts directories, not single files/),
      ]);
  });

  it('is the same for all replicas', () => {
    const mounts = [{ name: 'config', mountPath: '/etc/app', subPathExpr: '$(POD)' }];
    const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    expect(problemsOf(draftOf(aPodWhere({ main: mounts }, [config()], { env })))).toEqual([
      expect.stringContaining('subPathExpr: Which files a container sees cannot differ between replicas'),
    ]);
  });

  it('may be a directory of a projected volume', () => {
    const volume = {
      name: 'all',
      projected: { sources: [{ serviceAccountToken: { path: 'auth/token' } }, { secret: { name: 'keys' } }] },
    };
    const mounts = [{ name: 'all', mountPath: '/auth', subPath: 'auth' }];
    expect(draftOf(aPodWhere({ main: mounts }, [volume])).problems).toEqual([]);
  });

  it('is refused for a claim', () => {
    const volume = { name: 'data', persistentVolumeClaim: { claimName: 'shared' } };
    const mounts = [{ name: 'data', mountPath: '/data', subPath: 'mine' }];
    expect(problemsOf(draftOf(aPodWhere({ main: mounts }, [volume])))).toEqual([
      expect.stringContaining('volumeMounts[0].subPath: Fargate mounts the whole volume'),
    ]);
  });
});
