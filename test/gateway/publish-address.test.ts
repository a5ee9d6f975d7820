import { describe, expect, it } from 'vitest';
import { buildNode } from '../../lib/core/node.ts';
import { gatewayEndpoint, hintEndpoint } from '../../lib/core/node-endpoint.ts';
import { publishAddresses } from '../../lib/gateway/publish-address.ts';
import type { Nodes } from '../../lib/ports/nodes.ts';
import { createManualClock } from '../memory/manual-clock.ts';
import { createMemoryKubernetes } from '../memory/memory-kubernetes.ts';
import { createMemoryTelemetry } from '../memory/memory-telemetry.ts';
import { aNodeSettings, NOW } from '../support/vocabulary.ts';

const OWN = { node: 'node-1', address: '10.0.1.7', port: 10_251 } as const;
const OTHER = { address: '10.0.2.9', port: 10_251 } as const;
const LOOK_MS = 30_000;

interface Change {
  readonly without?: 'node';
  /** Whether another gateway answers. */
  readonly answers?: () => boolean;
  /** An API server before 1.35. */
  readonly dropsFeatures?: true;
  /** So many reads fail at first. */
  readonly failures?: number;
}

/** A gateway at `OWN` that publishes itself on a Node of the memory cluster. */
function begin(change: Change = {}) {
  const clock = createManualClock(NOW);
  const cluster = createMemoryKubernetes({ now: () => clock.now() });
  const telemetry = createMemoryTelemetry();
  const facts = {
    ...{ settings: aNodeSettings({ name: OWN.node }), serverVersion: 'v1.36.0', lastPassAt: undefined },
    ...{ notReadyWhenStalled: false, hasGateway: true, marked: undefined, now: NOW },
  };
  const makeNode = () => cluster.controls.addNode(buildNode(facts));
  if (change.without === undefined) makeNode();
  const patches: unknown[] = [];
  let failures = change.failures ?? 0;
  const nodes: Pick<Nodes, 'get' | 'patchStatus'> = {
    get: (name) =>
      failures-- > 0 ? Promise.reject(new Error('the API server is away')) : cluster.nodes.get(name),
    patchStatus: (name, { declaredFeatures, ...status }) => {
      patches.push({ ...status, ...(declaredFeatures !== undefined && { declaredFeatures }) });
      const kept = change.dropsFeatures ? {} : { declaredFeatures: declaredFeatures ?? [] };
      return cluster.nodes.patchStatus(name, { ...status, ...(declaredFeatures !== undefined && kept) });
    },
  };
  const over = new AbortController();
  const asked: string[] = [];
  const answers = (address: string, port: number): Promise<boolean> => {
    asked.push(`${address}:${port}`);
    return Promise.resolve(change.answers?.() ?? true);
  };
  const start = () => publishAddresses({ nodes, clock, telemetry, answers }, [OWN], over.signal);
  const write = (status: object) =>
    cluster.controls.changeNode(OWN.node, (node) => void Object.assign(node.status ?? {}, status));
  const statusOf = () => {
    const { addresses, daemonEndpoints, declaredFeatures } = cluster.controls.nodeOf(OWN.node)?.status ?? {};
    return { addresses, daemonEndpoints, declaredFeatures };
  };
  return { clock, cluster, telemetry, patches, asked, start, write, statusOf, makeNode, over };
}

describe('a gateway', () => {
  it('publishes its address, its port and what it can do, once', async () => {
    const { clock, start, statusOf, patches } = begin();
    void start();
    await clock.advance(10 * LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OWN));
    expect(patches).toHaveLength(1);
  });

  it('takes over from the gateway before it', async () => {
    const { clock, start, write, statusOf } = begin();
    write(gatewayEndpoint(OTHER));
    void start();
    await clock.advance(1);
    expect(statusOf()).toEqual(gatewayEndpoint(OWN));
  });

  it('publishes itself again on a Node that was made anew', async () => {
    const { clock, start, cluster, makeNode, statusOf } = begin();
    void start();
    await clock.advance(1);
    cluster.controls.deleteNode(OWN.node);
    await clock.advance(LOOK_MS);
    makeNode();
    await clock.advance(LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OWN));
  });

  it('publishes itself on a Node that comes later', async () => {
    const { clock, start, makeNode, statusOf } = begin({ without: 'node' });
    void start();
    await clock.advance(LOOK_MS);
    makeNode();
    await clock.advance(LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OWN));
  });

  it('writes again only what another writer took away', async () => {
    const { clock, start, write, statusOf, patches } = begin();
    void start();
    await clock.advance(1);
    write({ daemonEndpoints: { kubeletEndpoint: { Port: 0 } } });
    await clock.advance(LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OWN));
    expect(patches[1]).toEqual({ daemonEndpoints: { kubeletEndpoint: { Port: OWN.port } } });
  });

  it('does not insist on features that the API server drops', async () => {
    const { clock, start, patches, statusOf } = begin({ dropsFeatures: true });
    void start();
    await clock.advance(5 * LOOK_MS);
    expect(statusOf()).toEqual({ ...gatewayEndpoint(OWN), declaredFeatures: undefined });
    expect(patches).toHaveLength(1);
  });

  it('leaves a newer gateway alone as long as it answers, to the end', async () => {
    const { clock, start, write, statusOf, asked, over } = begin();
    const done = start();
    await clock.advance(1);
    write(gatewayEndpoint(OTHER));
    await clock.advance(5 * LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OTHER));
    expect(asked).toContain('10.0.2.9:10251');
    over.abort();
    await done;
    expect(statusOf()).toEqual(gatewayEndpoint(OTHER));
  });

  it('takes back the address of a newer gateway that has been silent in three looks', async () => {
    const { clock, start, write, statusOf } = begin({ answers: () => false });
    void start();
    await clock.advance(1);
    write(gatewayEndpoint(OTHER));
    await clock.advance(3 * LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OTHER));
    await clock.advance(LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OWN));
  });

  it('counts only silence in a row', async () => {
    let looks = 0;
    const { clock, start, write, statusOf } = begin({ answers: () => ++looks % 3 === 0 });
    void start();
    await clock.advance(1);
    write(gatewayEndpoint(OTHER));
    await clock.advance(9 * LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OTHER));
  });

  it('says at its end that it is not up', async () => {
    const { clock, start, statusOf, over } = begin();
    const done = start();
    await clock.advance(1);
    over.abort();
    await done;
    const { addresses, daemonEndpoints } = statusOf();
    expect(addresses).toEqual(hintEndpoint(true).addresses);
    expect(daemonEndpoints).toEqual({ kubeletEndpoint: { Port: 0 } });
  });

  it('never touches a Node that is not of lambdalet', async () => {
    const { clock, cluster, start, patches, over } = begin({ without: 'node' });
    cluster.controls.addNode({ apiVersion: 'v1', kind: 'Node', metadata: { name: OWN.node } });
    const done = start();
    await clock.advance(2 * LOOK_MS);
    over.abort();
    await done;
    expect(patches).toEqual([]);
  });

  it('goes on when the API server was away, and says so', async () => {
    const { clock, start, statusOf, telemetry } = begin({ failures: 1 });
    void start();
    await clock.advance(LOOK_MS);
    expect(statusOf()).toEqual(gatewayEndpoint(OWN));
    expect(telemetry.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'The address could not be published' }),
    );
  });
});
