import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../lib/local/api-server/kinds/kind-table.ts';
import { decodeProtobuf } from '../../../lib/local/api-server/schema/decode-protobuf.ts';
import { fieldsOf } from '../../../lib/local/api-server/schema/model-types.ts';
import { PROTOBUF_FIELDS } from '../../../lib/local/api-server/schema/protobuf-fields.ts';

/** Just enough of a protobuf writer: a varint field or a length-delimited one. */
const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
const number = (field: number, value: number): Buffer =>
  Buffer.from([...varint(field << 3), ...varint(value)]);
const bytes = (field: number, ...content: (string | Buffer)[]): Buffer => {
  const joined = Buffer.concat(content.map((one) => Buffer.from(one)));
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(joined.length)]), joined]);
};
const entry = (field: number, key: string, value: string | Buffer): Buffer =>
  bytes(field, bytes(1, key), bytes(2, value));
const envelope = (apiVersion: string, kind: string, ...message: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), bytes(1, bytes(1, apiVersion), bytes(2, kind)), bytes(2, ...message)]);
const decode = (body: Buffer) => decodeProtobuf(body, KINDS);

describe('a binary body', () => {
  it('becomes the JSON that it stands for', () => {
    const container = bytes(
      2,
      bytes(1, 'main'),
      bytes(2, 'x:1'),
      bytes(8, entry(1, 'cpu', bytes(1, '500m'))),
      bytes(6, number(2, 0), number(3, 80), bytes(4, 'TCP')),
    );
    const body = envelope(
      'v1',
      'Pod',
      bytes(1, bytes(1, 'a'), bytes(2, ''), bytes(8), entry(11, 'l', 'v')),
      bytes(2, container, number(4, 0), bytes(1, bytes(1, 'v'), bytes(2, bytes(19, entry(99, 'x', 'y'))))),
    );
    expect(decode(body)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', labels: { l: 'v' } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'x:1',
            resources: { limits: { cpu: '500m' } },
            ports: [{ containerPort: 80, protocol: 'TCP' }],
          },
        ],
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'v', configMap: {} }],
      },
    });
  });

  it('carries bytes as base64, times, and numbers that may be text', () => {
    expect(
      decode(envelope('v1', 'Secret', bytes(1, bytes(1, 's')), entry(2, 'k', 'v'), bytes(3, 'Opaque'))),
    ).toMatchObject({ data: { k: 'dg==' }, type: 'Opaque' });
    const lease = envelope(
      'coordination.k8s.io/v1',
      'Lease',
      bytes(2, bytes(1, 'n'), bytes(4, number(1, 1_767_225_600), number(2, 1_000))),
    );
    expect(decode(lease)).toMatchObject({
      spec: { holderIdentity: 'n', renewTime: '2026-01-01T00:00:00.000001Z' },
    });
    const port = (target: Buffer) =>
      envelope('v1', 'Service', bytes(2, bytes(1, number(3, 80), bytes(4, target))));
    expect(decode(port(Buffer.concat([number(1, 0), number(2, 8080)])))).toMatchObject({
      spec: { ports: [{ targetPort: 8080 }] },
    });
    expect(decode(port(Buffer.concat([number(1, 1), bytes(3, 'http')])))).toMatchObject({
      spec: { ports: [{ targetPort: 'http' }] },
    });
  });

  it('of a subresource is known too, of a stranger is not', () => {
    expect(decode(envelope('policy/v1', 'Eviction', bytes(1, bytes(1, 'a'))))).toEqual({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'a' },
    });
    expect(decode(envelope('example.com/v1', 'Thing'))).toBeUndefined();
    expect(decode(Buffer.from('{}'))).toBeUndefined();
  });

  it('that ends too early is an error', () => {
    expect(() => decode(envelope('v1', 'Pod', bytes(1, 'a')).subarray(0, -1))).toThrow('ends too early');
  });

  it('has a field number for every field of the kinds that are stored', () => {
    const messages = [
      'V1Pod',
      'V1PodSpec',
      'V1Container',
      'V1Node',
      'V1NodeStatus',
      'V1Lease',
      'V1LeaseSpec',
      'V1Deployment',
      'V1JobSpec',
      'CoreV1Event',
    ];
    for (const model of messages) {
      const known = new Set([...(PROTOBUF_FIELDS.get(model)?.values() ?? [])].map((field) => field.name));
      const missing = [...fieldsOf(model).keys()].filter(
        (field) => !known.has(field) && field !== 'apiVersion' && field !== 'kind',
      );
      expect(missing, `fields of ${model} without a protobuf number`).toEqual([]);
    }
  });
});
