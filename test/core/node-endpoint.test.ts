import { describe, expect, it } from 'vitest';
import type { Node } from '../../lib/core/kubernetes.ts';
import {
  dialledAddress,
  dueHint,
  endpointDifference,
  gatewayEndpoint,
  hintEndpoint,
} from '../../lib/core/node-endpoint.ts';

const GATEWAY = gatewayEndpoint({ address: '10.0.1.7', port: 10_251 });

const nodeWith = (status: NonNullable<Node['status']>): Node => ({
  metadata: { name: 'node-1', uid: 'n', resourceVersion: '1' },
  status,
});

describe('the endpoint of a node without a gateway', () => {
  it('is an address for people on a Node that is new, and on one that has none', () => {
    const { addresses } = hintEndpoint(false);
    expect(dueHint(undefined, false)).toEqual({ addresses });
    expect(dueHint(nodeWith({}), false)).toEqual({ addresses });
  });

  it('is written once', () => {
    expect(dueHint(nodeWith(hintEndpoint(false)), false)).toEqual({});
  });

  it('replaces all that a gateway has left behind', () => {
    expect(dueHint(nodeWith(GATEWAY), false)).toEqual(hintEndpoint(false));
  });

  it('replaces words that have changed', () => {
    expect(dueHint(nodeWith(hintEndpoint(true)), false)).toEqual({
      addresses: hintEndpoint(false).addresses,
    });
  });
});

describe('the endpoint of a node that has a gateway', () => {
  it('is left to the gateway once it is there, whatever it is', () => {
    expect(dueHint(nodeWith(GATEWAY), true)).toEqual({});
    expect(dueHint(nodeWith({ addresses: [{ type: 'Hostname', address: 'other' }] }), true)).toEqual({});
  });

  it('says until then that the gateway is not up', () => {
    const due = dueHint(nodeWith(hintEndpoint(false)), true);
    expect(due).toEqual({ addresses: hintEndpoint(true).addresses });
    expect(due.addresses?.[0]?.address).toMatch(/^the gateway is not up .*lambdalet logs/);
  });
});

describe('what differs from a wanted endpoint', () => {
  it('is nothing on a Node that has it', () => {
    expect(endpointDifference(GATEWAY, GATEWAY)).toEqual({});
  });

  it('is all of it on a Node that has none', () => {
    expect(endpointDifference(undefined, GATEWAY)).toEqual(GATEWAY);
  });

  it.each([
    [{ addresses: [...GATEWAY.addresses, { type: 'Hostname', address: 'x' }] }, ['addresses']],
    [{ addresses: [{ type: 'ExternalIP', address: '10.0.1.7' }] }, ['addresses']],
    [{ daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } } }, ['daemonEndpoints']],
    [{ declaredFeatures: [] }, ['declaredFeatures']],
  ])('is only what differs: of %j, %j', (change, fields) => {
    expect(Object.keys(endpointDifference({ ...GATEWAY, ...change }, GATEWAY))).toEqual(fields);
  });
});

describe('an endpoint that names no port', () => {
  const wanted = { ...GATEWAY, daemonEndpoints: {} };

  it('is that of a Node that has none, and not that of one that has', () => {
    expect(endpointDifference({ ...GATEWAY, daemonEndpoints: {} }, wanted)).toEqual({});
    expect(endpointDifference(GATEWAY, wanted)).toEqual({ daemonEndpoints: {} });
  });
});

describe('the address that an API server dials', () => {
  it('is never the one for people', () => {
    expect(dialledAddress(hintEndpoint(true))).toBeUndefined();
    expect(dialledAddress({})).toBeUndefined();
    expect(dialledAddress(GATEWAY)).toBe('10.0.1.7');
  });
});
