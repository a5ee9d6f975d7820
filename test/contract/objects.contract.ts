import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../lib/core/failure.ts';
import type { ClaimedVolume, ConfigObject, Reading } from '../../lib/core/pod-inputs.ts';
import type { Objects } from '../../lib/ports/objects.ts';
import type { ConfigManifest } from '../memory/memory-config.ts';
import { type KubernetesUnderTest, newName } from './kubernetes-under-test.ts';

const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64');
const text = (value: string) => ({ kind: 'text', text: value });
const NO_UTF8 = Uint8Array.from([0xff, 0x00, 0xfe]);

function found<Value>(reading: Reading<Value>): Value {
  if (reading.kind !== 'found') throw new Error(`it was not found: ${JSON.stringify(reading)}`);
  return reading.value;
}

function bytesOf(object: ConfigObject, key: string): Uint8Array {
  const value = object.data[key];
  if (value?.kind !== 'bytes') throw new Error(`${key} holds no bytes but ${JSON.stringify(value)}`);
  return Uint8Array.from(value.bytes);
}

/** What pods refer to by name, and the Services and policies of their namespace. */
export function objectsContract(under: () => KubernetesUnderTest): void {
  const put = (manifest: ConfigManifest) => under().hands.putObject(manifest);
  const putNew = async (kind: ConfigManifest['kind'], more: object) => {
    const name = newName('object');
    await put({ kind, metadata: { name }, ...more });
    return name;
  };

  describe('objects that are named', () => {
    it('says absent for what is surely not there', async () => {
      const objects = under().newObjects();
      const name = newName('nothing');
      expect(await objects.configMap('default', name, 'node-1')).toEqual({ kind: 'absent' });
      expect(await objects.secret('default', name, 'node-1')).toEqual({ kind: 'absent' });
      expect(await objects.serviceAccount('default', name)).toEqual({ kind: 'absent' });
      expect(await objects.claim('default', name, 'node-1')).toEqual({ kind: 'absent' });
      expect(await objects.configMap(newName('no-such-namespace'), name, 'node-1')).toEqual({
        kind: 'absent',
      });
    });

    it.each(['', '.', '..', 'a/b', '../secrets/x', 'ä', '%2e%2e', 'x\ny'])(
      'says absent for %j, which is no name, and asks for nothing else by it',
      async (name) => {
        expect(await under().newObjects().configMap('default', name, 'node-1')).toEqual({ kind: 'absent' });
      },
    );

    it('gives the texts of a ConfigMap, also empty ones', async () => {
      const name = await putNew('ConfigMap', { data: { GREETING: 'hello\nworld', EMPTY: '' } });
      expect(found(await under().newObjects().configMap('default', name, 'node-1'))).toEqual({
        data: { GREETING: text('hello\nworld'), EMPTY: text('') },
      });
    });

    it('gives the binary data of a ConfigMap as bytes, even where it is UTF-8', async () => {
      const binaryData = { 'logo.png': base64(NO_UTF8), 'plain.txt': base64('plain') };
      const name = await putNew('ConfigMap', { binaryData });
      const object = found(await under().newObjects().configMap('default', name, 'node-1'));
      expect(bytesOf(object, 'logo.png')).toEqual(NO_UTF8);
      expect(Buffer.from(bytesOf(object, 'plain.txt')).toString()).toBe('plain');
    });

    it('gives a ConfigMap without data as one that holds nothing', async () => {
      const name = await putNew('ConfigMap', {});
      expect(found(await under().newObjects().configMap('default', name, 'node-1'))).toEqual({ data: {} });
    });

    it('gives the values of a Secret, as text where they are UTF-8, with its type', async () => {
      const data = { password: base64('geheim ✓'), empty: '', key: base64(NO_UTF8), bom: base64('\ufeffx') };
      const name = await putNew('Secret', { type: 'example.com/mine', data });
      const object = found(await under().newObjects().secret('default', name, 'node-1'));
      expect(object.type).toBe('example.com/mine');
      expect(object.data).toMatchObject({
        password: text('geheim ✓'),
        empty: text(''),
        bom: text('\ufeffx'),
      });
      expect(bytesOf(object, 'key')).toEqual(NO_UTF8);
    });

    it('does not take a Secret for a ConfigMap of the same name', async () => {
      const name = await putNew('Secret', { data: { a: base64('b') } });
      expect(await under().newObjects().configMap('default', name, 'node-1')).toEqual({ kind: 'absent' });
    });

    it('gives the annotations of a service account', async () => {
      const name = newName('account');
      const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/web' };
      await put({ kind: 'ServiceAccount', metadata: { name, annotations } });
      const objects = under().newObjects();
      expect(found(await objects.serviceAccount('default', name))).toEqual({ annotations });
      const plain = await putNew('ServiceAccount', {});
      expect(found(await objects.serviceAccount('default', plain))).toEqual({ annotations: {} });
    });

    it('shows a change, and a removal, to those who ask a second later', async () => {
      const name = await putNew('ConfigMap', { data: { a: 'old' } });
      const objects = under().newObjects();
      const read = async () => {
        const reading = await objects.configMap('default', name, 'node-1');
        return reading.kind === 'found' ? reading.value.data['a'] : reading.kind;
      };
      expect(await read()).toEqual(text('old'));
      await put({ kind: 'ConfigMap', metadata: { name }, data: { a: 'new' } });
      await expect.poll(read, { timeout: 3000, interval: 250 }).toEqual(text('new'));
      await under().hands.removeObject('ConfigMap', name);
      await expect.poll(read, { timeout: 3000, interval: 250 }).toBe('absent');
    });
  });

  describe('objects of the namespace', () => {
    it('gives the Services that have an address of the cluster, with their ports', async () => {
      const ports = [
        { name: 'http', port: 80 },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ];
      const name = await putNew('Service', { spec: { ports } });
      const unnamed = await putNew('Service', { spec: { ports: [{ port: 81 }] } });
      const headless = await putNew('Service', { spec: { clusterIP: 'None', ports: [{ port: 80 }] } });
      const external = await putNew('Service', {
        spec: { type: 'ExternalName', externalName: 'example.com' },
      });
      const services = await under().newObjects().services('default', 'node-1');
      const named = (wanted: string) => services.filter((one) => one.name === wanted);
      expect(named(unnamed)).toEqual([
        {
          namespace: 'default',
          name: unnamed,
          clusterIP: expect.stringMatching(/^10\.\d+\.\d+\.\d+$/) as string,
          ports: [{ port: 81, protocol: 'TCP' }],
        },
      ]);
      expect(named(name)[0]?.ports).toEqual([
        { name: 'http', port: 80, protocol: 'TCP' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ]);
      expect([...named(headless), ...named(external)]).toEqual([]);
    });

    it('gives the Service of the API server to every namespace, once', async () => {
      const objects = under().newObjects();
      const server = (one: { namespace: string; name: string }) =>
        one.namespace === 'default' && one.name === 'kubernetes';
      const other = await objects.services('kube-public', 'node-1');
      expect(other.filter(server)).toMatchObject([
        { ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
      ]);
      expect(other).toHaveLength(1);
      expect((await objects.services('default', 'node-1')).filter(server)).toHaveLength(1);
    });

    it('gives the network policies of the namespace alone, with what they select', async () => {
      const podSelector = {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
      };
      const own = await putNew('NetworkPolicy', { spec: { podSelector } });
      const all = await putNew('NetworkPolicy', { spec: { podSelector: {} } });
      const listed = await under().newObjects().networkPolicies('default');
      const policies = listed.kind === 'found' ? listed.value : [];
      const named = (wanted: string) => policies.filter(({ name }) => name === wanted);
      expect(named(own)).toEqual([{ name: own, podSelector }]);
      expect(named(all)).toEqual([{ name: all, podSelector: {} }]);
      const none = await under().newObjects().networkPolicies('kube-public');
      expect(none).toEqual({ kind: 'found', value: [] });
    });

    it('tells where the API server is', async () => {
      const { host, port } = await under().newObjects().endpoint();
      expect(host).toMatch(/^[a-z0-9.-]+$/);
      expect(port).toMatch(/^\d+$/);
    });
  });
}

/** Claims and the volumes behind them. */
export function claimsContract(under: () => KubernetesUnderTest): void {
  const put = (manifest: ConfigManifest) => under().hands.putObject(manifest);
  const claimed = async (name: string): Promise<ClaimedVolume> =>
    found(await under().newObjects().claim('default', name, 'node-1'));
  const SPEC = { accessModes: ['ReadWriteMany'], storageClassName: '' };
  const putClaim = async (volumeName: string, phase?: string) => {
    const name = newName('claim');
    const spec = { ...SPEC, volumeName, resources: { requests: { storage: '5Gi' } } };
    await put({
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec,
      ...(phase && { status: { phase } }),
    });
    return name;
  };
  const putVolume = (name: string, source: object, claim?: object) => {
    const spec = { ...SPEC, capacity: { storage: '5Gi' }, ...source, ...(claim && { claimRef: claim }) };
    return put({ kind: 'PersistentVolume', metadata: { name }, spec });
  };
  const EFS = { csi: { driver: 'efs.csi.aws.com', volumeHandle: 'fs-0123' } };

  describe('claims', () => {
    it('gives the CSI volume of a bound claim', async () => {
      const volume = newName('volume');
      const name = await putClaim(volume, 'Bound');
      const csi = { ...EFS.csi, readOnly: true, volumeAttributes: { encryptInTransit: 'true' } };
      await putVolume(volume, { csi, mountOptions: ['tls'] }, { namespace: 'default', name });
      expect(await claimed(name)).toEqual({
        kind: 'csi',
        driver: 'efs.csi.aws.com',
        volumeHandle: 'fs-0123',
        attributes: { encryptInTransit: 'true' },
        readOnly: true,
        mountOptions: ['tls'],
      });
    });

    it('gives a CSI volume that says no more than it must', async () => {
      const volume = newName('volume');
      const name = await putClaim(volume, 'Bound');
      await putVolume(volume, EFS, { namespace: 'default', name });
      expect(await claimed(name)).toMatchObject({ attributes: {}, readOnly: false, mountOptions: [] });
    });

    it('names the source of any other volume', async () => {
      const volume = newName('volume');
      const name = await putClaim(volume, 'Bound');
      await putVolume(volume, { nfs: { server: 'a', path: '/b' } }, { namespace: 'default', name });
      expect(await claimed(name)).toEqual({ kind: 'other', source: 'nfs' });
    });

    it('is pending while the claim is not bound, in words that users know', async () => {
      const name = await putClaim('', 'Pending');
      const message = `persistentvolumeclaim "${name}" not bound`;
      expect(await claimed(name)).toEqual({ kind: 'pending', message });
      const wishful = await putClaim(newName('volume'));
      expect(await claimed(wishful)).toMatchObject({ kind: 'pending' });
    });

    it('is pending when the volume is not there', async () => {
      const volume = newName('volume');
      for (const phase of ['Bound', 'Lost']) {
        const name = await putClaim(volume, phase);
        const message = `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volume}"`;
        expect(await claimed(name)).toEqual({ kind: 'pending', message });
      }
    });

    it('is pending when the volume belongs to another claim', async () => {
      const volume = newName('volume');
      const owner = await putClaim(volume, 'Bound');
      await putVolume(volume, EFS, { namespace: 'default', name: owner });
      expect(await claimed(owner)).toMatchObject({ kind: 'csi' });
      expect(await claimed(await putClaim(volume, 'Bound'))).toMatchObject({ kind: 'pending' });
    });
  });
}

/** How the port fares for whom may read nothing. */
export function objectsAccessContract(name: string, make: () => Promise<Objects>): void {
  describe(`objects without rights, ${name}`, () => {
    let objects: Objects | undefined;
    beforeAll(async () => {
      objects = await make();
    });

    it.each([
      ['secrets', () => objects!.secret('default', 'a', 'node-1')],
      ['configmaps', () => objects!.configMap('default', 'a', 'node-1')],
      ['serviceaccounts', () => objects!.serviceAccount('default', 'a')],
      ['persistentvolumeclaims', () => objects!.claim('default', 'a', 'node-1')],
    ])('are unreadable, in the words of the server: %s', async (plural, read) => {
      const reading = await read();
      expect(reading).toMatchObject({ kind: 'unreadable' });
      expect('message' in reading && reading.message).toContain(`cannot get resource "${plural}"`);
    });

    it('gives no token', async () => {
      const metadata = { namespace: 'default', name: 'a', uid: 'u', resourceVersion: '1' };
      const pod = { metadata, spec: { containers: [] } };
      const reading = await objects!.token(pod, { audience: '', expirationSeconds: 3600 });
      expect(reading).toMatchObject({
        kind: 'unreadable',
        message: expect.stringContaining('forbidden') as string,
      });
    });

    it('says so of network policies: none must not be taken for what nobody may see', async () => {
      expect(await objects!.networkPolicies('default')).toMatchObject({ kind: 'unreadable' });
    });

    it('fails, as auth, to list Services', async () => {
      const failure = await objects!.services('default', 'node-1').then(
        () => expect.fail('the Services were listed'),
        (error: unknown) => failureOf(error),
      );
      expect(failure).toMatchObject({ kind: 'auth', code: '403' });
    });
  });
}
