import { describe, expect, it } from 'vitest';
import type { ClaimedVolume } from '../../lib/core/pod-inputs.ts';
import { planVolumes } from '../../lib/providers/ecs-fargate/plan/plan-volumes.ts';
import { aPodMounting, aPodWhere, contextOf, mountsOf, problemsOf } from './volume-fixtures.ts';

type CsiVolume = Extract<ClaimedVolume, { kind: 'csi' }>;

const efs = (volumeHandle: string, more: Partial<CsiVolume> = {}): CsiVolume => ({
  kind: 'csi',
  driver: 'efs.csi.aws.com',
  volumeHandle,
  attributes: {},
  readOnly: false,
  mountOptions: [],
  ...more,
});

const data = { name: 'data', persistentVolumeClaim: { claimName: 'shared' } };
const planWith = (claim: ClaimedVolume, volume: object = {}) =>
  planVolumes(contextOf(aPodMounting([{ ...data, ...volume }]), { claims: { shared: claim } }));
const configurationOf = (claim: ClaimedVolume) => planWith(claim).volumes[0]?.efsVolumeConfiguration;

describe('a claim of EFS', () => {
  it.each(['fs-0a1b', 'fs-0a1b:', 'fs-0a1b::', 'fs-0a1b:/', 'efs:fs-0a1b'])(
    '%s is the whole file system',
    (handle) => {
      expect(configurationOf(efs(handle))).toEqual({ fileSystemId: 'fs-0a1b', transitEncryption: 'ENABLED' });
    },
  );

  it.each(['fs-0a1b:/data/app', 'fs-0a1b:data/app', 'fs-0a1b:/data/app/:', 'efs:fs-0a1b:/data/app'])(
    '%s is a path',
    (handle) => {
      expect(configurationOf(efs(handle))).toMatchObject({ rootDirectory: '/data/app' });
    },
  );

  it.each(['fs-0a1b::fsap-9', 'fs-0a1b:/:fsap-9', 'efs:fs-0a1b::fsap-9'])(
    '%s is an access point',
    (handle) => {
      expect(configurationOf(efs(handle))).toEqual({
        fileSystemId: 'fs-0a1b',
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: 'fsap-9', iam: 'DISABLED' },
      });
    },
  );

  it('obeys the mount options and attributes of the driver', () => {
    const claim = efs('fs-1', {
      attributes: {
        encryptInTransit: 'false',
        path: '/old',
        'storage.kubernetes.io/csiProvisionerIdentity': 'x',
      },
    });
    expect(configurationOf(claim)).toEqual({
      fileSystemId: 'fs-1',
      rootDirectory: '/old',
      transitEncryption: 'DISABLED',
    });
    expect(configurationOf(efs('fs-1', { mountOptions: ['tls', 'iam'] }))).toMatchObject({
      authorizationConfig: { iam: 'ENABLED' },
    });
    expect(configurationOf(efs('fs-1', { mountOptions: ['accesspoint=fsap-2'] }))).toMatchObject({
      transitEncryption: 'ENABLED',
      authorizationConfig: { accessPointId: 'fsap-2' },
    });
  });

  it('tells which mount options have no effect', () => {
    const { notes, problems } = planWith(efs('fs-1', { mountOptions: ['tls', 'noresvport'] }));
    expect(problems).toEqual([]);
    expect(notes).toEqual([expect.objectContaining({ reason: 'MountOptionsIgnored' })]);
    expect(notes[0]?.message).toContain('noresvport of the claim shared');
  });

  it('is read-only when the volume, the claim, an option or the mount says so', () => {
    const pod = aPodWhere({ main: [{ name: 'data', mountPath: '/data', readOnly: true }] }, [data]);
    const plans = [
      planWith(efs('fs-1', { readOnly: true })),
      planWith(efs('fs-1', { mountOptions: ['ro'] })),
      planWith(efs('fs-1'), { persistentVolumeClaim: { claimName: 'shared', readOnly: true } }),
      planVolumes(contextOf(pod, { claims: { shared: efs('fs-1') } })),
    ];
    for (const planned of plans) expect(mountsOf(planned)).toEqual(['volume-0:/data:ro']);
    expect(mountsOf(planWith(efs('fs-1')))).toEqual(['volume-0:/data']);
  });

  it('needs no writer', () => {
    expect(planWith(efs('fs-1')).writer).toBeUndefined();
  });

  it.each([
    { claim: efs('vol-1'), says: 'vol-1 is not one of EFS' },
    { claim: efs('s3files:fs-1::fsap-1'), says: 'one of S3 Files' },
    { claim: efs('nfs:fs-1'), says: 'nfs:fs-1 is not one of EFS' },
    { claim: efs('vol-1', { driver: 'ebs.csi.aws.com' }), says: 'not of ebs.csi.aws.com' },
    { claim: efs('fs-1:/a:fsap-1'), says: 'either an access point or a path' },
    { claim: efs('fs-1::fsap-1', { mountOptions: ['accesspoint=fsap-2'] }), says: 'two access points' },
    { claim: efs('fs-1', { attributes: { crossaccount: 'true' } }), says: 'take crossaccount out' },
    { claim: { kind: 'other', source: 'nfs' } as const, says: 'not of nfs' },
  ])('is refused when $says', ({ claim, says }) => {
    const problems = problemsOf(planWith(claim));
    expect(problems).toEqual([expect.stringContaining('spec.volumes[0].persistentVolumeClaim: ')]);
    expect(problems[0]).toContain(says);
  });
});

describe('a claim that cannot be mounted yet', () => {
  const start =
    'ContainerCreating/FailedMount: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC shop/shared: ';
  const pod = aPodMounting([data]);

  it.each([
    { given: {}, why: 'failed to fetch PVC from API server: persistentvolumeclaims "shared" not found' },
    { given: { unreadable: 'shared' }, why: 'failed to fetch PVC from API server: shared is forbidden' },
    {
      given: { claims: { shared: { kind: 'pending', message: 'PVC is not bound' } as const } },
      why: 'PVC is not bound',
    },
  ])('is waited for: $why', ({ given, why }) => {
    expect(problemsOf(planVolumes(contextOf(pod, given)))).toEqual([`${start}${why}`]);
  });

  it('is accepted in a draft', () => {
    const draft = planVolumes(contextOf(pod));
    expect(draft).toMatchObject({ volumes: [{ name: 'volume-0' }], problems: [] });
    expect(mountsOf(draft)).toEqual(['volume-0:/data']);
  });
});
