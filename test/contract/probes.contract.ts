import { afterEach, describe, expect, it } from 'vitest';
import type { Probes, ProbeTarget } from '../../lib/ports/probes.ts';
import type { ProbedServer } from '../memory/memory-probes.ts';

/** Probes, and the servers that they ask. */
export interface ProbesHarness {
  readonly probes: Probes;
  /** Starts a server; gives where it listens. */
  readonly serve: (server: ProbedServer) => Promise<Place>;
  /** An address at which nobody listens. */
  readonly nobody: () => Promise<Place>;
  readonly close: () => Promise<void>;
}

/** Where a server listens. */
export interface Place {
  readonly podIP: string;
  readonly port: number;
}

/** Long enough for any server on this machine, short enough to wait for one that is silent. */
const PATIENCE_MS = 2_000;
const IMPATIENCE_MS = 100;

const byHttp = ({ podIP, port }: Place, path = '/healthz'): ProbeTarget => ({
  podIP,
  handler: { kind: 'http', scheme: 'http', port, path, headers: [] },
});
const byTcp = ({ podIP, port }: Place): ProbeTarget => ({ podIP, handler: { kind: 'tcp', port } });
const byGrpc = ({ podIP, port }: Place, service = ''): ProbeTarget => ({
  podIP,
  handler: { kind: 'grpc', port, service },
});

/** What every implementation of {@link Probes} must do; `make` gives probes and no server. */
export function probesContract(name: string, make: () => Promise<ProbesHarness>): void {
  describe(`probes on ${name}`, () => {
    const opened: ProbesHarness[] = [];
    const open = async (): Promise<ProbesHarness> => {
      const harness = await make();
      opened.push(harness);
      return harness;
    };
    afterEach(async () => {
      for (const harness of opened.splice(0)) await harness.close();
    });

    it.each([200, 204, 299])('take an answer of %i for a success', async (status) => {
      const { probes, serve } = await open();
      const place = await serve({ kind: 'http', status });
      expect(await probes.probe(byHttp(place), PATIENCE_MS)).toEqual({ kind: 'success' });
    });

    it('take a redirect that leads nowhere for a success, with a warning', async () => {
      const { probes, serve } = await open();
      const place = await serve({ kind: 'http', status: 302 });
      expect(await probes.probe(byHttp(place), PATIENCE_MS)).toEqual({
        kind: 'success',
        warning: expect.stringContaining('Probe terminated redirects') as string,
      });
    });

    it.each([400, 404, 500, 503])('take an answer of %i for a failure', async (status) => {
      const { probes, serve } = await open();
      const place = await serve({ kind: 'http', status });
      expect(await probes.probe(byHttp(place), PATIENCE_MS)).toEqual({
        kind: 'failure',
        message: `HTTP probe failed with statuscode: ${status}`,
      });
    });

    it('succeed by TCP with whatever takes the connection', async () => {
      const { probes, serve } = await open();
      for (const server of [{ kind: 'silent' }, { kind: 'http', status: 500 }] as const)
        expect(await probes.probe(byTcp(await serve(server)), PATIENCE_MS)).toEqual({ kind: 'success' });
    });

    it('fail where nobody listens', async () => {
      const { probes, nobody } = await open();
      const place = await nobody();
      const target = `${place.podIP}:${place.port}`;
      const refused = `dial tcp ${target}: connect: connection refused`;
      expect(await probes.probe(byTcp(place), PATIENCE_MS)).toEqual({ kind: 'failure', message: refused });
      expect(await probes.probe(byHttp(place), PATIENCE_MS)).toEqual({
        kind: 'failure',
        message: `Get "http://${target}/healthz": ${refused}`,
      });
      expect(await probes.probe(byGrpc(place), PATIENCE_MS)).toEqual({
        kind: 'failure',
        message: `error: failed to connect service at "${target}": connection error: desc = "transport: Error while dialing: ${refused}"`,
      });
    });

    it('fail when there is no answer in time', async () => {
      const { probes, serve } = await open();
      const place = await serve({ kind: 'silent' });
      expect(await probes.probe(byHttp(place), IMPATIENCE_MS)).toEqual({
        kind: 'failure',
        message: `Get "http://${place.podIP}:${place.port}/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      });
      expect(await probes.probe(byGrpc(place), IMPATIENCE_MS)).toEqual({
        kind: 'failure',
        message: 'timeout: health rpc did not complete within 0.1s',
      });
    });

    it('ask a gRPC server for the health of one of its services', async () => {
      const { probes, serve } = await open();
      const place = await serve({ kind: 'grpc', services: { '': 'SERVING', shop: 'NOT_SERVING' } });
      expect(await probes.probe(byGrpc(place), PATIENCE_MS)).toEqual({ kind: 'success' });
      expect(await probes.probe(byGrpc(place, 'shop'), PATIENCE_MS)).toEqual({
        kind: 'failure',
        message: 'service unhealthy (responded with "NOT_SERVING")',
      });
      expect(await probes.probe(byGrpc(place, 'nope'), PATIENCE_MS)).toEqual({
        kind: 'failure',
        message: 'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
      });
    });

    it('go to the host that the probe names', async () => {
      const { probes, serve } = await open();
      const { podIP, port } = await serve({ kind: 'silent' });
      const target: ProbeTarget = { podIP: '192.0.2.1', handler: { kind: 'tcp', host: podIP, port } };
      expect(await probes.probe(target, PATIENCE_MS)).toEqual({ kind: 'success' });
    });

    it('say nothing about the target when the caller gives up', async () => {
      const { probes, serve } = await open();
      const place = await serve({ kind: 'silent' });
      for (const target of [byHttp(place), byTcp(place), byGrpc(place)])
        expect(await probes.probe(target, PATIENCE_MS, AbortSignal.abort())).toMatchObject({ kind: 'error' });
    });
  });
}
