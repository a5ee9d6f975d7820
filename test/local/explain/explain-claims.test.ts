import { describe, expect, it } from 'vitest';
import { explainText } from './explain-here.ts';

const STATEFUL = (storage: string): string => `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      containers: [{ name: db, image: db, volumeMounts: [{ name: data, mountPath: /data }] }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { ${storage} accessModes: [ReadWriteMany], resources: { requests: { storage: 1Gi } } }
`;
const CLASS = (name: string, provisioner: string, annotations = '{}'): string => `---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: ${name}, annotations: ${annotations} }
provisioner: ${provisioner}
`;
const POD = `
apiVersion: v1
kind: Pod
metadata: { name: app }
spec:
  containers: [{ name: app, image: app, volumeMounts: [{ name: data, mountPath: /data }] }]
  volumes: [{ name: data, persistentVolumeClaim: { claimName: app-data } }]
`;
const CLAIM = `---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: app-data }
spec: { storageClassName: '', volumeName: pv-1 }
`;
const VOLUME = (source: string): string => `---
apiVersion: v1
kind: PersistentVolume
metadata: { name: pv-1 }
spec: { ${source} }
`;
const DEFAULT = `{ storageclass.kubernetes.io/is-default-class: 'true' }`;

describe('claims', () => {
  it.each([
    ['an unknown class', STATEFUL('storageClassName: fast,'), /give the StorageClass fast with -f too/],
    ['the default class', STATEFUL(''), /give the default StorageClass with -f too/],
    ['a claim that is not there', POD, /give the PersistentVolumeClaim app-data and its volume or class/],
    ['a volume that is not there', `${POD}${CLAIM}`, /give its PersistentVolume with -f too/],
  ])('depend on what is not known: %s', async (_, text, message) => {
    const { code, out } = await explainText(text);
    expect(code).toBe(1);
    expect(out).toContain('DEPENDS: ');
    expect(out.replace(/\s+/g, ' ')).toMatch(message);
  });

  it.each([
    ['its class', `${STATEFUL('storageClassName: fast,')}${CLASS('fast', 'efs.csi.aws.com')}`],
    ['the default class', `${STATEFUL('')}${CLASS('efs', 'efs.csi.aws.com', DEFAULT)}`],
    [
      'its volume by a handle with a prefix',
      `${POD}${CLAIM}${VOLUME("csi: { driver: efs.csi.aws.com, volumeHandle: 'efs:fs-0123abcd::fsap-0123' }")}`,
    ],
    ['its volume', `${POD}${CLAIM}${VOLUME('csi: { driver: efs.csi.aws.com, volumeHandle: fs-0123abcd }')}`],
  ])('run when they are of EFS by %s', async (_, text) => {
    const { code, out } = await explainText(text);
    expect(code, out).toBe(0);
  });

  it.each([
    [
      'a class of disks',
      `${STATEFUL('storageClassName: gp3,')}${CLASS('gp3', 'ebs.csi.aws.com')}`,
      /spec.volumeClaimTemplates\[0\] Fargate mounts volumes of EFS only, and the storage class gp3 makes those of ebs.csi.aws.com/,
    ],
    [
      'a volume of another driver',
      `${POD}${CLAIM}${VOLUME('csi: { driver: ebs.csi.aws.com, volumeHandle: vol-1 }')}`,
      /spec.volumes\[0\].persistentVolumeClaim Fargate mounts persistent volumes of EFS \(efs.csi.aws.com\) only, not of ebs.csi.aws.com/,
    ],
    ['NFS', `${POD}${CLAIM}${VOLUME('nfs: { server: nas, path: / }')}`, /not of nfs/],
    [
      'a handle that is none',
      `${POD}${CLAIM}${VOLUME('csi: { driver: efs.csi.aws.com, volumeHandle: nonsense }')}`,
      /The volume handle nonsense is not one of EFS/,
    ],
  ])('are refused when they are bound to %s', async (_, text, message) => {
    const { code, out } = await explainText(text);
    expect(code).toBe(1);
    expect(out).toContain('REFUSED: ');
    expect(out.replace(/\s+/g, ' ')).toMatch(message);
  });
});
